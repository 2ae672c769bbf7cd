"""What several schemas say together: the merge of ``allOf`` and the reading of alternatives.

A place of a body is described by *fragments*: schemas that all apply to it (its own, the members of ``allOf``, the
targets of references), and by *alternatives*: schemas that may apply (branches of ``anyOf`` and ``oneOf``, ``then``,
``else``, dependent schemas). Fragments can contradict each other; alternatives cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from schema_builder.dialect import Dialect

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["ANNOTATIONS", "ANY_TYPE", "Reader", "is_null_only", "type_of_value"]

ANY_TYPE: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NULL: Final = frozenset({"null"})
_INT_OR_STRING: Final = frozenset({"integer", "string"})

ANNOTATIONS: Final = frozenset(
    {
        "$comment", "$defs", "$schema", "default", "definitions", "deprecated", "description", "example", "examples",
        "externalDocs", "nullable", "readOnly", "title", "writeOnly",
    }
)  # fmt: skip

_COMBINING: Final = frozenset(
    {"$dynamicRef", "$ref", "allOf", "anyOf", "dependencies", "dependentSchemas", "if", "oneOf"}
)  # fmt: skip
"""Keywords whose subschemas speak of the same place."""


class Reader:
    """Reads fragments and alternatives out of one document; each schema is read once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._types: dict[int, frozenset[str]] = {}

    @staticmethod
    def is_plain(schema: dict[str, Any]) -> bool:
        """Tell whether no other schema speaks of the same place."""
        return _COMBINING.isdisjoint(schema)

    def fragments(self, schemas: Iterable[Any]) -> list[Any]:
        """Return all schemas that apply where the given ones do, in order, each once; ``true`` says nothing."""
        pending = list(schemas)[::-1]
        if len(pending) == 1 and isinstance(pending[0], dict) and _COMBINING.isdisjoint(pending[0]):
            return pending
        found: dict[int, Any] = {}
        while pending:
            schema = pending.pop()
            if schema is True or id(schema) in found:
                continue
            if schema is False:
                found[id(schema)] = schema
                continue
            targets = self._targets(schema)
            if not (self._document.dialect is Dialect.DRAFT_7 and targets):
                found[id(schema)] = schema
                pending += schema.get("allOf", ())[::-1]
            pending += targets
            for branches in self.groups(schema):
                solid = [branch for branch in branches if not is_null_only(branch)]
                if len(solid) == 1:
                    pending.append(solid[0])
        return list(found.values())

    def alternatives(self, fragments: Sequence[Any], others: Sequence[Any] = ()) -> list[Any]:
        """Return all schemas that may apply beside fragments, and what applies beside other such schemas."""
        if not others and all(fragment is False or _COMBINING.isdisjoint(fragment) for fragment in fragments):
            return []
        pending = [*others, *(branch for fragment in fragments for branch in self._branches(fragment))][::-1]
        known = {id(fragment) for fragment in fragments}
        found: dict[int, Any] = {}
        while pending:
            schema = pending.pop()
            if not isinstance(schema, dict) or id(schema) in found or id(schema) in known:
                continue
            targets = self._targets(schema)
            if not (self._document.dialect is Dialect.DRAFT_7 and targets):
                found[id(schema)] = schema
                pending += [*schema.get("allOf", ()), *self._branches(schema)][::-1]
            pending += targets
        return list(found.values())

    def types(self, schema: Any) -> frozenset[str]:
        """Return the types that a schema accepts; ``number`` always comes with ``integer``."""
        if not isinstance(schema, dict):
            return ANY_TYPE if schema else frozenset()
        known = self._types.get(id(schema))
        if known is None:
            known = self._types[id(schema)] = self._types_of(schema)
        return known

    def groups(self, schema: Any) -> Iterator[list[Any]]:
        """Yield the branches of ``anyOf`` and of ``oneOf``."""
        if isinstance(schema, dict) and not (self._document.dialect is Dialect.DRAFT_7 and "$ref" in schema):
            for keyword in ("anyOf", "oneOf"):
                if schema.get(keyword):
                    yield schema[keyword]

    def sole_reference(self, schema: dict[str, Any]) -> Any:
        """Return the schema that a reference names where nothing beside it speaks of shape, also as ``X or null``."""
        structural = [
            name for name in schema if name not in ANNOTATIONS and (name[:2] != "x-" or name.startswith("x-kubernetes"))
        ]
        if self._document.dialect is Dialect.DRAFT_7 and "$ref" in schema:
            structural = ["$ref"]
        if len(structural) != 1:
            return None
        keyword = structural[0]
        if keyword == "$ref":
            return self._targets(schema)[0]
        if keyword in {"allOf", "anyOf", "oneOf"}:
            solid = [branch for branch in schema[keyword] if keyword == "allOf" or not is_null_only(branch)]
            if len(solid) == 1 and isinstance(solid[0], dict):
                return self.sole_reference(solid[0])
        return None

    def _targets(self, schema: dict[str, Any]) -> list[Any]:
        return [
            self._document.resolve(schema[keyword], base=self._document.base(schema)).schema
            for keyword in ("$ref", "$dynamicRef")
            if keyword in schema and not (keyword == "$dynamicRef" and self._document.dialect is Dialect.DRAFT_7)
        ]

    def _branches(self, schema: Any) -> Iterator[Any]:
        if not isinstance(schema, dict):
            return
        for branches in self.groups(schema):
            yield from branches
        if "if" in schema:
            yield from (schema[keyword] for keyword in ("if", "then", "else") if keyword in schema)
        for keyword in ("dependentSchemas", "dependencies"):
            if keyword in schema and isinstance(schema[keyword], dict):
                yield from schema[keyword].values()

    def _types_of(self, schema: dict[str, Any]) -> frozenset[str]:
        if _COMBINING.isdisjoint(schema):
            types = _declared_types(schema)
            return types | _NULL if schema.get("nullable") is True else types
        targets = self._targets(schema)
        types = ANY_TYPE
        if not (self._document.dialect is Dialect.DRAFT_7 and targets):
            types = _declared_types(schema)
            for member in schema.get("allOf", ()):
                types &= self.types(member)
            for branches in self.groups(schema):
                types &= frozenset().union(*map(self.types, branches))
        for target in targets:
            types &= self.types(target)
        return types | _NULL if schema.get("nullable") is True else types


def _declared_types(schema: dict[str, Any]) -> frozenset[str]:
    declared = schema.get("type")
    types = ANY_TYPE
    if schema.get("x-kubernetes-int-or-string") is True:
        types = _INT_OR_STRING
    elif isinstance(declared, str):
        types = frozenset({declared, "integer"} if declared == "number" else {declared})
    elif isinstance(declared, list):
        types = frozenset(declared) | ({"integer"} if "number" in declared else frozenset())
    if "const" in schema:
        types &= {type_of_value(schema["const"])}
    elif "enum" in schema:
        types &= _enum_types(schema["enum"])
    return types


def _enum_types(values: list[Any]) -> frozenset[str]:
    if all(type(value) is str for value in values):
        return frozenset({"string"}) if values else frozenset()
    return frozenset(map(type_of_value, values))


def type_of_value(value: Any) -> str:
    """Return the JSON Schema type of a value; a float without fraction is an integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def is_null_only(schema: Any) -> bool:
    """Tell whether a branch accepts null and nothing else, by its own words."""
    return isinstance(schema, dict) and (
        schema.get("type") in ("null", ["null"]) or schema.get("enum") == [None] or schema.get("const", 0) is None
    )
