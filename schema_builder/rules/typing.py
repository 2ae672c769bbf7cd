"""What a rule reads of its place, followed through its schema: what the schema does not know is a mistake.

The library cannot check this: its types are those of protocol buffers. Only what is certain is told: where a schema
says nothing about properties, or allows those that it does not declare, anything may be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from schema_builder.patterns import searches
from schema_builder.rules.tree import Call, Comprehension, Constant, Expr, Items, Name, Select
from schema_builder.validation.messages import Suggestions

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["Fields", "SchemaFields", "Type", "unknown_reads"]

_PATHS: Final = frozenset({"_?._", "_[_]", "_[?_]"})
_OPEN: Final = ("additionalProperties", "unevaluatedProperties")
_EMBEDDED: Final = ("apiVersion", "kind", "metadata")


class Type(Protocol):
    """What is known about a value."""

    def field(self, name: str) -> Type | str | None:
        """Return the type of a property, None where nothing is known about it, or why there is none."""

    def item(self) -> Type | None:
        """Return the type of items, or of values by names that are not declared; None where nothing is known."""


class Fields:
    """An object with these properties and no others."""

    def __init__(self, properties: Mapping[str, Type | None]) -> None:
        self._properties = properties

    def field(self, name: str) -> Type | str | None:
        """Return the type of a property, or why there is none."""
        return self._properties[name] if name in self._properties else _unknown(name, self._properties)

    def item(self) -> Type | None:
        """Return None: what has fields has no items."""
        return None


class SchemaFields:
    """What the schemas of one place say."""

    def __init__(self, document: Document, *schemas: Any) -> None:
        self._document = document
        self._schemas = list(_in_place(document, schemas))

    def field(self, name: str) -> Type | str | None:
        """Return the type of a property, None where nothing is known about it, or why there is none."""
        declared = [one["properties"][name] for one in self._schemas if name in one.get("properties", {})]
        if declared:
            return SchemaFields(self._document, *declared)
        for schema in self._schemas:
            if any(searches(pattern, name) for pattern in schema.get("patternProperties", {})):
                return None
            if any(schema.get(keyword, False) is not False for keyword in _OPEN):
                return self.item()
            if schema.get("x-kubernetes-preserve-unknown-fields") is True:
                return None
            if schema.get("x-kubernetes-embedded-resource") is True and name in _EMBEDDED:
                return None
        known = {one for schema in self._schemas for one in schema.get("properties", {})}
        return _unknown(name, known) if known else None

    @property
    def is_list(self) -> bool:
        """Tell whether it has items, and no properties."""
        return any("items" in schema for schema in self._schemas)

    def item(self) -> Type | None:
        """Return the type of items, or of values by names that are not declared."""
        for keyword in ("items", "additionalProperties"):
            found = [schema[keyword] for schema in self._schemas if isinstance(schema.get(keyword), dict)]
            if found:
                return SchemaFields(self._document, *found)
        return None


def unknown_reads(tree: Expr, types: Mapping[str, Type | None]) -> Iterator[tuple[str, str]]:
    """Yield (property, what is wrong) for each property that an expression reads and the schema does not know.

    Args:
        tree: The expression.
        types: What its variables are.
    """
    found: dict[str, str] = {}
    _type_of(tree, types, found)
    yield from found.items()


def _type_of(expr: Expr, types: Mapping[str, Type | None], found: dict[str, str]) -> Type | None:
    match expr:
        case Name(name):
            return types.get(name)
        case Select(operand, field, _):
            return _read(_type_of(operand, types, found), field, found)
        case Call(function, (operand, Constant(_, str(field)))) if function in _PATHS:
            return _read(_type_of(operand, types, found), field, found)
        case Call("_[_]" | "_[?_]", (operand, index)):
            _type_of(index, types, found)
            outer = _type_of(operand, types, found)
            return outer.item() if outer is not None else None
        case Call(_, parts) | Items(parts):
            for part in parts:
                _type_of(part, types, found)
            return None
        case Comprehension():
            return _of_loop(expr, types, found)
    return None


def _read(outer: Type | None, field: str, found: dict[str, str]) -> Type | None:
    inner = outer.field(field) if outer is not None else None
    if isinstance(inner, str):
        found.setdefault(field, inner)
        return None
    return inner


def _of_loop(loop: Comprehension, types: Mapping[str, Type | None], found: dict[str, str]) -> Type | None:
    """Look into a loop: over a list its variable is an item, over a map it is a name, and the second one a value."""
    over = _type_of(loop.over, types, found)
    _type_of(loop.start, types, found)
    item = over.item() if over is not None else None
    first = item if over is not None and _is_list(over) and not loop.second else None
    inside = {**types, loop.total: None, loop.variable: first, loop.second: item}
    _type_of(loop.condition, inside, found)
    _type_of(loop.step, inside, found)
    _type_of(loop.result, {**types, loop.total: None}, found)
    return None


def _is_list(one: Type) -> bool:
    return isinstance(one, SchemaFields) and one.is_list


def _in_place(document: Document, schemas: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    pending = list(schemas)
    while pending:
        schema = pending.pop()
        if isinstance(schema, dict) and id(schema) not in seen:
            seen.add(id(schema))
            yield schema
            pending += document.in_place(schema)


def _unknown(name: str, known: Any) -> str:
    return Suggestions().unknown_field(name, known=sorted(known))
