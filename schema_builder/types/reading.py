"""Reading stored values by a type, leniently: what the type cannot say reads as null, never as an error.

A resource may be older than its kind's present schema; ``raw`` always has its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from schema_builder.limits import MAX_INTEGER, MIN_INTEGER
from schema_builder.plain import PlainResolver
from schema_builder.scalars import MAX_SAFE_INTEGER
from schema_builder.structural import Node, NodeKind, Structure, Union
from schema_builder.types.leaves import enum_values, has_fields, leaf_name, list_core

__all__ = ["Read", "entries_reader", "reader_of", "rest_resolver"]

Read: TypeAlias = Callable[[Any], Any]
"""Turns a stored value that is not None into one that its type can say, or None."""


def rest_resolver(declared: Mapping[str, Any]) -> PlainResolver:
    """Return the resolver of ``_extra``: the undeclared properties of an open object, null where there are none."""

    def read_rest(source: Any) -> Any:
        if not isinstance(source, Mapping):
            return None
        return {name: value for name, value in source.items() if name not in declared and name.__class__ is str} or None

    return PlainResolver(read_rest)


def reader_of(structure: Structure, node: Node) -> Read | None:
    """Return how a place is read; None where every value can be said (JSON)."""
    node = structure.resolve(node)
    if node.kind is NodeKind.LIST and node.items is not None and list_core(structure, node) is not None:
        return _list_reader(reader_of(structure, node.items))
    if node.union is not None:
        return _union_reader(node.union)
    if has_fields(node):
        return _read_object
    values = enum_values(node)
    if values:
        allowed = frozenset(values)
        return lambda value: value if value.__class__ is str and value in allowed else None
    return _LEAVES[leaf_name(structure, node)]


def entries_reader(lists: int) -> Read:
    """Return how the entries of maps are read, which stand in so many lists: in the order in which they are stored."""
    read: Read = _read_entries
    for _ in range(lists):
        read = _list_reader(read)
    return read


def _read_entries(value: Any) -> Any:
    return [{"key": key, "value": item} for key, item in value.items()] if isinstance(value, Mapping) else None


def _union_reader(union: Union) -> Read:
    return lambda value: value if union.member_of(value) is not None else None


def _list_reader(read: Read | None) -> Read:
    if read is None:
        return lambda value: value if isinstance(value, list) else None

    def read_list(value: Any) -> Any:
        if not isinstance(value, list):
            return None
        return [None if item is None else read(item) for item in value]

    return read_list


def _read_object(value: Any) -> Any:
    return value if value.__class__ is dict or isinstance(value, Mapping) else None


def _read_string(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _read_boolean(value: Any) -> Any:
    return value if value is True or value is False else None


def _read_int(value: Any) -> Any:
    number = _read_big_int(value)
    return number if number is not None and -0x80000000 <= number <= 0x7FFFFFFF else None


def _read_big_int(value: Any) -> Any:
    if value.__class__ is float and value.is_integer() and abs(value) <= MAX_SAFE_INTEGER:
        return int(value)
    whole = isinstance(value, int) and value.__class__ is not bool and MIN_INTEGER <= value <= MAX_INTEGER
    return value if whole else None


def _read_float(value: Any) -> Any:
    if value.__class__ is float:
        return value if math.isfinite(value) else None
    exact = isinstance(value, int) and value.__class__ is not bool and int(float(value)) == value
    return value if exact else None


def _read_int_or_string(value: Any) -> Any:
    return value if isinstance(value, str) else _read_big_int(value)


def _read_string_map(value: Any) -> Any:
    return value if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()) else None


_LEAVES: Final[Mapping[str, Read | None]] = {
    "String": _read_string,
    "DateTime": _read_string,
    "Boolean": _read_boolean,
    "Int": _read_int,
    "BigInt": _read_big_int,
    "Float": _read_float,
    "IntOrString": _read_int_or_string,
    "StringMap": _read_string_map,
    "JSON": None,
}
