"""Merging a patch or an applied body into what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from schema_builder.defaulting import default_of
from schema_builder.limits import MAX_INTEGER
from schema_builder.structural import MISSING, ListType, NodeKind

if TYPE_CHECKING:
    from schema_builder.structural import Node, Structure

__all__ = ["item_key", "key_defaults", "merge_applied", "merge_patch"]


def merge_patch(current: Any, patch: Any) -> Any:
    """Return a value with a JSON merge patch (RFC 7386) applied: absent keeps, null removes, lists are replaced."""
    if patch.__class__ is not dict and not isinstance(patch, Mapping):
        return patch
    merged = dict(current) if isinstance(current, Mapping) else {}
    for name, item in patch.items():
        if item is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), item)
    return merged


def merge_applied(current: Any, applied: Any, *, node: Node | None, structure: Structure) -> Any:
    """Return a stored value with an applied one merged into it; merging it again changes nothing.

    Absence removes nothing. Objects and maps merge name by name (an atomic one is replaced), lists as
    ``x-kubernetes-list-type`` says: ``set`` is a union, ``map`` merges items with equal keys, any other is replaced.
    Null where the schema forbids it means absent.

    Args:
        current: What is stored at this place.
        applied: What a client applied to it.
        node: What the schema says about the place; None says nothing.
        structure: Resolves the node's references.
    """
    if node is not None:
        node = structure.resolve(node)
        if node.atomic:
            return applied
    if isinstance(applied, Mapping):
        return _merge_objects(current if isinstance(current, Mapping) else {}, applied, node, structure)
    if isinstance(applied, list) and isinstance(current, list) and node is not None and node.kind is NodeKind.LIST:
        if node.list_type is ListType.SET:
            return list({_identity(item): item for item in (*current, *applied)}.values())
        if node.list_type is ListType.MAP and node.list_keys and node.items is not None:
            return _merge_keyed(current, applied, node, node.items, structure)
    return applied


def _merge_objects(
    current: Mapping[str, Any], applied: Mapping[str, Any], node: Node | None, structure: Structure
) -> dict[str, Any]:
    merged = dict(current)
    for name, item in applied.items():
        child = None if node is None else node.properties.get(name) or node.values
        if item is not None:
            merged[name] = merge_applied(merged.get(name), item, node=child, structure=structure)
        elif child is None or child.nullable:
            merged[name] = None
    return merged


def _merge_keyed(current: list[Any], applied: list[Any], node: Node, items: Node, structure: Structure) -> list[Any]:
    keys = key_defaults(node, items, structure)
    merged = {item_key(item, keys): item for item in current}
    for item in applied:
        key = item_key(item, keys)
        merged[key] = merge_applied(merged[key], item, node=items, structure=structure) if key in merged else item
    return list(merged.values())


def key_defaults(node: Node, items: Node, structure: Structure) -> dict[str, Any]:
    """Return the names that identify the items of a keyed list, with what their absence means."""
    properties = structure.resolve(items).properties
    return {
        name: default_of(properties[name], structure=structure) if name in properties else MISSING
        for name in node.list_keys
    }


def item_key(item: Any, keys: Mapping[str, Any]) -> Any:
    """Return what identifies an item: the values of its keys, or all of an item that is no object."""
    if not isinstance(item, Mapping):
        return _identity(item)
    values = (item.get(name, default) for name, default in keys.items())
    return tuple(b"" if value is MISSING else _identity(value) for value in values)


def _identity(value: Any) -> bytes:
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_INTEGER:
        value = int(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
