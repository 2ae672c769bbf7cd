"""From a schema to its structural tree: what every step but validation reads.

References become REFERENCE nodes, so recursion stays finite; ``allOf`` is merged, and a contradiction in it refused;
properties that only alternatives add are merged into the shape. What GraphQL cannot say becomes a JSON node with the
reason; validation says the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from schema_builder.constraints import contradiction, hints_of, integer_bounds, merged_enum, united_enum
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.fragments import ANY_TYPE, Reader, is_null_only
from schema_builder.interning import Interner
from schema_builder.limits import MAX_SCHEMA_NODES
from schema_builder.patterns import searches
from schema_builder.references import Document
from schema_builder.structural import MISSING, ListType, Node, NodeKind, Structure

__all__ = ["structure"]

_SCALARS: Final = {
    frozenset({"string"}): NodeKind.STRING,
    frozenset({"integer"}): NodeKind.INTEGER,
    frozenset({"integer", "number"}): NodeKind.NUMBER,
    frozenset({"boolean"}): NodeKind.BOOLEAN,
}
_NUMBERS_OR_STRING: Final = frozenset({"integer", "number", "string"})


def structure(document: Document) -> Structure:
    """Return the structural tree of a document that has no failures.

    Raises:
        DefinitionRefused: Its ``allOf`` contradict each other, or merging them makes too many shapes.
    """
    builder = _Builder(document)
    try:
        root = builder.node(document.root)
        builder.finish()
    except RecursionError:
        builder.refuse(document.root, "limit", "combines its schemas too deeply")
    return Structure(root=root, definitions=MappingProxyType(builder.definitions))


class _Builder:
    def __init__(self, document: Document) -> None:
        self.definitions: dict[str, Node] = {}
        self._document = document
        self._reader = Reader(document)
        self._interner = Interner()
        self._keys: dict[int, str] = {}
        self._pending: list[tuple[str, Any]] = []
        self._done: dict[Any, Node] = {}
        self._open: dict[Any, str | None] = {}
        self._work = 0

    def finish(self) -> None:
        """Build what references name; each of them may name more."""
        while self._pending:
            key, schema = self._pending.pop()
            self.definitions[key] = self._merged([schema], [])

    def refuse(self, schema: Any, keyword: str, message: str) -> Any:
        """Refuse the definition because of one schema."""
        pointer = self._document.pointer(schema)
        raise DefinitionRefused("The schema cannot be served.", [Failure(pointer, keyword, message)])

    def node(self, schema: Any) -> Node:
        """Return the node of one schema: a reference where it names another and says nothing about shape beside it."""
        if isinstance(schema, dict):
            target = self._reader.sole_reference(schema)
            if isinstance(target, dict):
                return self._reference(schema, target)
        return self._merged([schema], [])

    def _reference(self, schema: dict[str, Any], target: dict[str, Any]) -> Node:
        key = self._keys.get(id(target))
        if key is None:
            key = self._keys[id(target)] = self._new_key(target)
            self._pending.append((key, target))
        return self._interner.intern(
            Node(
                NodeKind.REFERENCE,
                target=key,
                nullable="null" in self._reader.types(schema),
                **_annotations([schema]),
            )
        )

    def _new_key(self, target: dict[str, Any]) -> str:
        pointer = self._document.place(target).trail
        tokens: list[str] = []
        while pointer:
            token, pointer = pointer
            tokens.append(token)
        taken = set(self._keys.values())
        if len(tokens) == 2 and tokens[1] in {"$defs", "definitions"} and tokens[0] not in taken:
            return tokens[0]
        key = "/".join(reversed(tokens)) or "root"
        while key in taken:
            key += "/"
        return key

    def _merged(self, schemas: list[Any], others: list[Any]) -> Node:
        """Return the node of schemas that all apply and of others that may apply; at least one list has something."""
        fragments = self._reader.fragments(schemas)
        alternatives = self._reader.alternatives(fragments, others)
        key = (tuple(map(id, fragments)), tuple(map(id, alternatives)), bool(schemas))
        if key in self._done:
            return self._done[key]
        if key in self._open:
            name = self._open[key] = (
                self._open[key] or f"recursion/{len(self.definitions) + len(self._keys) + len(self._open)}"
            )
            return self._interner.intern(Node(NodeKind.REFERENCE, target=name))
        self._work += 1 + len(fragments) + len(alternatives)
        if self._work > 4 * MAX_SCHEMA_NODES:
            self.refuse(self._document.root, "limit", "combines its schemas in too many ways")
        self._open[key] = None
        types = self._types(schemas, others)
        if len(fragments) > 1:
            self._check(fragments, types)
        node = self._interner.intern(self._shape(fragments, alternatives, types))
        recursion = self._open.pop(key)
        if recursion is not None:
            self.definitions[recursion] = node
        self._done[key] = node
        return node

    def _types(self, schemas: list[Any], others: list[Any]) -> frozenset[str]:
        if schemas:
            return ANY_TYPE.intersection(*map(self._reader.types, schemas))
        return frozenset().union(*map(self._reader.types, others))

    def _check(self, fragments: list[Any], types: frozenset[str]) -> None:
        if not types:
            accepted = ", ".join(
                sorted({" or ".join(sorted(self._reader.types(fragment))) or "nothing" for fragment in fragments})
            )
            self.refuse(
                fragments[0], "allOf", f"combines schemas that no value can satisfy together: they accept {accepted}"
            )
        reason = contradiction([fragment for fragment in fragments if isinstance(fragment, dict)])
        if reason:
            self.refuse(fragments[0], "allOf", f"combines schemas that no value can satisfy together: {reason}")

    def _shape(self, fragments: list[Any], alternatives: list[Any], types: frozenset[str]) -> Node:
        said = [fragment for fragment in fragments if isinstance(fragment, dict)]
        common = {"nullable": "null" in types, "hints": hints_of(said), **_annotations(said)}
        if types == ANY_TYPE:
            if any(fragment.get("properties") for fragment in (*said, *alternatives)):
                return self._object(said, alternatives, common)
            return self._json(None, said, alternatives, common)
        core = types - {"null"}
        integer_or_string = any(fragment.get("x-kubernetes-int-or-string") is True for fragment in said)
        if integer_or_string and core and core <= _NUMBERS_OR_STRING:
            return Node(NodeKind.INT_OR_STRING, **common)
        if core == {"object"}:
            return self._object(said, alternatives, common)
        if core == {"array"}:
            return self._list(said, alternatives, common)
        if core in _SCALARS:
            return _scalar(_SCALARS[core], said, alternatives, common)
        reason = (
            f"may be any of {', '.join(sorted(core))}"
            if core
            else "accepts no value but null"
            if types
            else "accepts no value"
        )
        return self._json(reason, said, alternatives, common)

    def _json(self, reason: str | None, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        """Return a JSON node; it is write-only as a whole where something inside is, since nothing inside can be left out."""
        if self._document.sensitive and not common["write_only"]:
            common = {**common, "write_only": self._hides((*said, *alternatives))}
        enum = merged_enum(said) or ()
        return Node(NodeKind.JSON, reason=reason, enum=enum, **common)

    def _hides(self, schemas: Sequence[Any]) -> bool:
        seen: set[int] = set()
        pending = list(schemas)
        while pending:
            schema = pending.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if schema.get("writeOnly") is True:
                return True
            pending += self._document.in_place(schema)
            pending += (child for _, child in self._document.subschemas(schema))
        return False

    def _list(self, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        items = [fragment["items"] for fragment in said if "items" in fragment]
        if any("prefixItems" in fragment for fragment in (*said, *alternatives)) or any(
            isinstance(one, list) for one in items
        ):
            return self._json("is a tuple, whose items differ by position", said, alternatives, common)
        others = [fragment["items"] for fragment in alternatives if isinstance(fragment.get("items"), dict)]
        list_type = next(
            (fragment["x-kubernetes-list-type"] for fragment in said if "x-kubernetes-list-type" in fragment), "atomic"
        )
        keys = next(
            (fragment["x-kubernetes-list-map-keys"] for fragment in said if "x-kubernetes-list-map-keys" in fragment),
            (),
        )
        return Node(
            NodeKind.LIST,
            items=self._child(items, others) if items or others else self._merged([True], []),
            list_type=ListType(list_type),
            list_keys=tuple(keys),
            **common,
        )

    def _object(self, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        properties = self._properties(said, alternatives)
        required = frozenset(name for fragment in said for name in fragment.get("required", ()))
        self._check_required(said, required)
        embedded = any(fragment.get("x-kubernetes-embedded-resource") is True for fragment in said)
        if embedded and properties:
            properties = {**self._embedded_properties(), **properties}
        is_open, patterns, values = self._undeclared(said, alternatives)
        if (
            not properties
            and values is None
            and not patterns
            and not any("additionalProperties" in one for one in said)
        ):
            return self._json(None, said, alternatives, common)
        return Node(
            NodeKind.OBJECT if properties else NodeKind.MAP,
            properties=MappingProxyType(properties),
            required=required.intersection(properties),
            values=values,
            open=is_open or not properties,
            patterns=patterns,
            atomic=any(_is_atomic(fragment) for fragment in said),
            embedded_resource=embedded,
            **common,
        )

    def _embedded_properties(self) -> dict[str, Node]:
        text = self._interner.intern(Node(NodeKind.STRING))
        return {"apiVersion": text, "kind": text, "metadata": self._merged([True], [])}

    def _properties(self, said: list[Any], alternatives: list[Any]) -> dict[str, Node]:
        conjoined: dict[str, list[Any]] = {}
        possible: dict[str, list[Any]] = {}
        for schemas, found in ((said, conjoined), (alternatives, possible)):
            for fragment in schemas:
                for name, schema in fragment.get("properties", {}).items():
                    found.setdefault(name, []).append(schema)
        closed = (
            [fragment for fragment in said if fragment.get("additionalProperties") is False] if len(said) > 1 else []
        )
        properties: dict[str, Node] = {}
        for name in {**conjoined, **possible}:
            schemas, others = conjoined.get(name, []), possible.get(name, [])
            if False in schemas or any(not _declares(fragment, name) for fragment in closed):
                continue
            others = [other for other in others if other is not False]
            if schemas or others:
                properties[name] = self._child(schemas, others)
        return properties

    def _child(self, schemas: list[Any], others: list[Any]) -> Node:
        """Return the node of a property or item; without schemas of its own it has no default: defaults fill what is sure."""
        if len(schemas) == 1 and not any(isinstance(other, dict) and self._adds_shape(other) for other in others):
            return self.node(schemas[0])
        if schemas:
            return self._merged(schemas, others)
        if len(others) == 1:
            return self._undefaulted(self.node(others[0]))
        return self._undefaulted(self._merged([], others))

    def _adds_shape(self, schema: dict[str, Any]) -> bool:
        return any(
            fragment.get(keyword)
            for fragment in self._reader.alternatives((), [schema])
            for keyword in ("properties", "items", "additionalProperties", "patternProperties", "prefixItems")
        )

    def _undefaulted(self, node: Node) -> Node:
        if node.default is MISSING:
            return node
        fields = {name: getattr(node, name) for name in Node.__slots__}
        return self._interner.intern(Node(**{**fields, "default": MISSING}))

    def _check_required(self, said: list[Any], required: frozenset[str]) -> None:
        if len(said) < 2:
            return
        for fragment in said:
            if fragment.get("additionalProperties") is False:
                forbidden = sorted(name for name in required if not _declares(fragment, name))
                if forbidden:
                    message = (
                        f"requires {forbidden[0]}, which one of its schemas forbids by additionalProperties: false"
                    )
                    self.refuse(said[0], "allOf", message)

    def _undeclared(self, said: list[Any], alternatives: list[Any]) -> tuple[bool, tuple[str, ...], Node | None]:
        """Return whether undeclared properties are kept, what their names must match, and what they are."""
        fragments = [*said, *alternatives]
        kept = any(fragment.get("x-kubernetes-preserve-unknown-fields") is True for fragment in said)
        extra = [fragment[name] for fragment in fragments for name in _EXTRA if fragment.get(name, False) is not False]
        patterns = {
            name: schema for fragment in fragments for name, schema in fragment.get("patternProperties", {}).items()
        }
        if kept or extra:
            schemas = [schema for schema in extra if schema not in (True, {})]
            typed = not kept and not patterns and len(schemas) == len(extra)
            return True, (), self._child(schemas, []) if typed else None
        if not patterns:
            return False, (), None
        nodes = {id(node): node for node in (self._child([schema], []) for schema in patterns.values())}
        return True, tuple(sorted(patterns)), next(iter(nodes.values())) if len(nodes) == 1 else None


_EXTRA: Final = ("additionalProperties", "unevaluatedProperties")


def _declares(fragment: dict[str, Any], name: str) -> bool:
    return name in fragment.get("properties", {}) or any(
        searches(pattern, name) for pattern in fragment.get("patternProperties", {})
    )


def _is_atomic(fragment: dict[str, Any]) -> bool:
    branches = [branch for branch in fragment.get("oneOf", ()) if not is_null_only(branch)]
    return fragment.get("x-kubernetes-map-type") == "atomic" or len(branches) > 1


def _scalar(kind: NodeKind, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
    bounded = said or alternatives[:1] if len(alternatives) <= 1 else said
    minimum, maximum = integer_bounds(bounded) if kind is NodeKind.INTEGER else (None, None)
    enum = merged_enum(said)
    if enum is None:
        enum = () if said or not alternatives else united_enum(alternatives)
    formats = (fragment["format"] for fragment in (said or alternatives) if "format" in fragment)
    return Node(
        kind,
        enum=tuple(value for value in enum if value is not None),
        format=next(formats, None),
        minimum=minimum,
        maximum=maximum,
        **common,
    )


def _annotations(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    default: Any = MISSING
    description: str | None = None
    deprecated = read_only = write_only = False
    for schema in schemas:
        if default is MISSING and "default" in schema:
            default = schema["default"]
        description = description or schema.get("description") or schema.get("title")
        deprecated = deprecated or schema.get("deprecated") is True
        read_only = read_only or schema.get("readOnly") is True
        write_only = write_only or schema.get("writeOnly") is True
    return {
        "default": default,
        "description": description,
        "deprecated": "No longer supported" if deprecated else None,
        "read_only": read_only,
        "write_only": write_only,
    }
