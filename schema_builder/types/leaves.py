"""Which scalar or enum says a leaf, and what a place of a body is once references are followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import GraphQLBoolean, GraphQLFloat, GraphQLInt, GraphQLScalarType, GraphQLString

from schema_builder.scalars import BIG_INT, DATE_TIME, INT_OR_STRING, JSON, STRING_MAP
from schema_builder.structural import MISSING, Node, NodeKind, Structure

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "LEAVES",
    "Place",
    "enum_values",
    "has_entries",
    "has_fields",
    "is_string_map",
    "leaf_name",
    "list_core",
    "place_of",
    "unused_key",
]

LEAVES: Final[Mapping[str, GraphQLScalarType]] = {
    scalar.name: scalar
    for scalar in (
        GraphQLString,
        GraphQLInt,
        GraphQLFloat,
        GraphQLBoolean,
        BIG_INT,
        DATE_TIME,
        INT_OR_STRING,
        JSON,
        STRING_MAP,
    )
}
"""What a leaf can be, by name."""

_ENUM_VALUE: Final = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*\Z")
_NO_ENUM_VALUES: Final = frozenset({"true", "false", "null"})
_INT_MIN: Final = -(2**31)
_INT_MAX: Final = 2**31 - 1


class Place(NamedTuple):
    """A property or item: its node behind any references, and what the references themselves say."""

    structure: Structure
    node: Node
    nullable: bool
    default: Any
    description: str | None
    hints: tuple[str, ...]
    deprecated: str | None
    read_only: bool
    write_only: bool


def place_of(structure: Structure, node: Node) -> Place:
    """Return what a place is; what is said beside a reference wins over what its target says."""
    target = structure.resolve(node)
    if target is node:
        return Place(
            structure,
            node,
            node.nullable,
            node.default,
            node.description,
            node.hints,
            node.deprecated,
            node.read_only,
            node.write_only,
        )
    return Place(
        structure,
        target,
        node.nullable or target.nullable,
        target.default if node.default is MISSING else node.default,
        node.description or target.description,
        node.hints or target.hints,
        node.deprecated or target.deprecated,
        node.read_only or target.read_only,
        node.write_only or target.write_only,
    )


def list_core(structure: Structure, node: Node) -> tuple[Node, int] | None:
    """Return what a place holds below any lists, and how many lists; None for lists that hold only themselves."""
    node = structure.resolve(node)
    depth = 0
    seen: set[int] = set()
    while node.kind is NodeKind.LIST and node.items is not None:
        if id(node) in seen:
            return None
        seen.add(id(node))
        node = structure.resolve(node.items)
        depth += 1
    return node, depth


def has_fields(node: Node) -> bool:
    """Tell whether a node becomes object types; objects without declared properties are JSON."""
    return node.kind is NodeKind.OBJECT and bool(node.properties)


def has_entries(structure: Structure, node: Node) -> bool:
    """Tell whether a resolved node is a map whose values have a type of their own, other than that of ``StringMap``.

    Such a map is ``JSON``, and its entries can be read and written as typed ones besides.
    """
    if node.kind is not NodeKind.MAP or node.values is None or is_string_map(structure, node):
        return False
    values = place_of(structure, node.values)
    if values.read_only or values.write_only:
        return False
    seen: set[int] = set()
    while node.kind is NodeKind.MAP and leaf_name(structure, node) == JSON.name:
        core = None if node.values is None or id(node) in seen else list_core(structure, node.values)
        if core is None:
            return False
        seen.add(id(node))
        node = core[0]
    return has_fields(node) or leaf_name(structure, node) != JSON.name


def is_string_map(structure: Structure, node: Node) -> bool:
    """Tell whether a resolved node is a ``StringMap``."""
    return node.kind is NodeKind.MAP and leaf_name(structure, node) == STRING_MAP.name


def enum_values(node: Node) -> tuple[str, ...]:
    """Return the values of a leaf that becomes a GraphQL enum; empty where it does not.

    Values are never escaped, so all of them have to be legal names of enum values already.
    """
    if node.kind is not NodeKind.STRING or not node.enum:
        return ()
    values = [value for value in node.enum if value is not None]
    legal = all(
        isinstance(value, str) and _ENUM_VALUE.match(value) and value not in _NO_ENUM_VALUES for value in values
    )
    return tuple(dict.fromkeys(values)) if legal else ()


def leaf_name(structure: Structure, node: Node) -> str:
    """Return the name of the scalar for a resolved node that is neither a list nor becomes an enum or object types."""
    match node.kind:
        case NodeKind.STRING:
            return DATE_TIME.name if node.format == "date-time" and not node.enum else GraphQLString.name
        case NodeKind.INTEGER:
            return GraphQLInt.name if _fits_int(node) else BIG_INT.name
        case NodeKind.NUMBER:
            return GraphQLFloat.name
        case NodeKind.BOOLEAN:
            return GraphQLBoolean.name
        case NodeKind.INT_OR_STRING:
            return INT_OR_STRING.name
        case NodeKind.MAP if node.values is not None and _is_text(structure.resolve(node.values)):
            return STRING_MAP.name
        case _:
            return JSON.name


def _fits_int(node: Node) -> bool:
    if node.format == "int32":
        return True
    return (
        node.minimum is not None and node.maximum is not None and node.minimum >= _INT_MIN and node.maximum <= _INT_MAX
    )


def _is_text(node: Node) -> bool:
    return node.kind is NodeKind.STRING and not node.nullable


def unused_key(wanted: str, names: Collection[str]) -> str:
    """Return a key that is none of the names: for what stands beside properties in one mapping."""
    while wanted in names:
        wanted += "_"
    return wanted
