"""Completing a body: null where the schema forbids it means absent, and defaults fill what is there.

The rule of Kubernetes: a default fills a property that an object lacks; an object that is absent is never created to
hold defaults, unless it has a default of its own. ``false``, ``0`` and ``""`` are defaults like any other.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schema_builder.structural import MISSING, NodeKind

if TYPE_CHECKING:
    from schema_builder.structural import Node, Structure, Union

__all__ = ["complete", "default_of"]


def complete(value: Any, *, node: Node, structure: Structure, previous: Any = None) -> Any:
    """Return a value without forbidden nulls and with its defaults; idempotent, and the argument is never changed.

    Args:
        value: What a client sent for this place.
        node: What the schema says about the place.
        structure: Resolves the node's references.
        previous: What is stored at this place: read-only properties, which no input can hold, are kept from it.
    """
    node = structure.resolve(node)
    if isinstance(value, Mapping) and node.kind in (NodeKind.OBJECT, NodeKind.MAP):
        before = previous if isinstance(previous, Mapping) else {}
        return _complete_object(value, node, structure, before)
    if isinstance(value, list) and node.kind is NodeKind.LIST and node.items is not None:
        items = node.items
        return [complete(item, node=items, structure=structure) for item in value]
    return value


def default_of(node: Node, *, structure: Structure) -> Any:
    """Return a copy of the default of a place, or ``MISSING``; a reference's own default wins over its target's."""
    default = node.default
    if default is MISSING:
        default = structure.resolve(node).default
    return copy.deepcopy(default) if isinstance(default, dict | list) else default


def _of_member(
    value: Mapping[str, Any], node: Node, union: Union, structure: Structure
) -> tuple[Mapping[str, Any], Node]:
    """Return an object that may lack what tells what it is, where that has a default; and the node of what it is."""
    if value.get(union.property) is None and union.property in node.properties:
        default = default_of(node.properties[union.property], structure=structure)
        if isinstance(default, str):
            value = {**value, union.property: default}
    member = union.member_of(value)
    return value, node if member is None else member


def _complete_object(
    value: Mapping[str, Any], node: Node, structure: Structure, previous: Mapping[str, Any]
) -> dict[str, Any]:
    if node.union is not None:
        value, node = _of_member(value, node, node.union, structure)
    completed: dict[str, Any] = {}
    for name, item in value.items():
        child = node.properties.get(name) or node.values
        if child is None:
            completed[name] = item
        elif item is not None:
            completed[name] = complete(item, node=child, structure=structure, previous=previous.get(name))
        elif child.nullable:
            completed[name] = None
    for name, child in node.properties.items():
        if name in completed:
            continue
        if child.read_only and name in previous:
            completed[name] = previous[name]
            continue
        default = default_of(child, structure=structure)
        if default is not MISSING and (default is not None or child.nullable):
            completed[name] = complete(default, node=child, structure=structure)
    return completed
