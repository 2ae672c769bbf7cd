"""Fields that a schema does not know: found and named, never dropped silently; and fields that no output may hold.

An object with declared properties knows these alone, unless its schema keeps others (``additionalProperties``,
``patternProperties``, ``x-kubernetes-preserve-unknown-fields``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from schema_builder.errors import Failure
from schema_builder.patterns import searches
from schema_builder.places import Trail, pointer_of
from schema_builder.structural import NodeKind

if TYPE_CHECKING:
    from schema_builder.structural import Node, Structure
    from schema_builder.validation.messages import Suggestions

__all__ = ["hides_values", "redact", "unknown_fields"]

_OBJECTS: Final = (NodeKind.OBJECT, NodeKind.MAP)
_HOLDERS: Final = (*_OBJECTS, NodeKind.LIST)


def unknown_fields(
    value: Any, *, node: Node, structure: Structure, path: str, suggestions: Suggestions
) -> list[Failure]:
    """Return a failure for each field that the schema does not know.

    Args:
        value: The value at this place.
        node: What the schema says about the place.
        structure: Resolves the node's references.
        path: JSON pointer of the place.
        suggestions: Says what the fields may have meant.
    """
    found: list[tuple[Trail, Node]] = []
    _find_unknown(value, node, structure, (), found)
    return [
        Failure(
            pointer_of(trail, prefix=path),
            "unknownField",
            suggestions.unknown_field(trail[0], known=holder.properties),
        )
        for trail, holder in found
    ]


def _find_unknown(value: Any, node: Node, structure: Structure, trail: Trail, found: list[tuple[Trail, Node]]) -> None:
    """Note the trail of each unknown field, and the node that does not know it."""
    if node.kind is NodeKind.REFERENCE:
        node = structure.resolve(node)
    if value.__class__ is dict or isinstance(value, Mapping):
        if node.kind not in _OBJECTS:
            return
        node = (node.union.member_of(value) if node.union is not None else None) or node
        properties, values = node.properties, node.values
        for name, item in value.items():
            child = properties.get(name)
            if child is None:
                if not _keeps(node, name):
                    found.append(((name, trail), node))
                    continue
                child = values
            if child is not None and isinstance(item, dict | list):
                _find_unknown(item, child, structure, (name, trail), found)
    elif isinstance(value, list) and node.kind is NodeKind.LIST and node.items is not None:
        items = structure.resolve(node.items)
        if items.kind in _HOLDERS:
            for index, item in enumerate(value):
                if isinstance(item, dict | list):
                    _find_unknown(item, items, structure, (str(index), trail), found)


def _keeps(node: Node, name: str) -> bool:
    return node.open and (not node.patterns or any(searches(pattern, name) for pattern in node.patterns))


def hides_values(structure: Structure) -> bool:
    """Tell whether any place is write-only."""
    seen: set[int] = set()
    pending = [structure.root, *structure.definitions.values()]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.write_only:
            return True
        pending += node.properties.values()
        pending += [child for child in (node.values, node.items) if child is not None]
    return False


def redact(value: Any, *, node: Node, structure: Structure) -> Any:
    """Return a value without what is write-only; parts without any are shared with the argument."""
    node = structure.resolve(node)
    if isinstance(value, Mapping) and node.kind in _OBJECTS:
        kept: dict[str, Any] = {}
        for name, item in value.items():
            child = node.properties.get(name) or node.values
            if child is None:
                kept[name] = item
            elif not (child.write_only or structure.resolve(child).write_only):
                kept[name] = redact(item, node=child, structure=structure)
        return kept
    if isinstance(value, list) and node.kind is NodeKind.LIST and node.items is not None:
        items = node.items
        if items.write_only or structure.resolve(items).write_only:
            return []
        return [redact(item, node=items, structure=structure) for item in value]
    return value
