"""Fields that a schema does not know: found and named, never dropped silently; and fields that no output may hold.

An object with declared properties knows these alone, unless its schema keeps others (``additionalProperties``,
``patternProperties``, ``x-kubernetes-preserve-unknown-fields``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.patterns import searches
from schema_builder.structural import NodeKind

if TYPE_CHECKING:
    from schema_builder.structural import Node, Structure
    from schema_builder.validation.messages import Suggestions

__all__ = ["hides_values", "redact", "unknown_fields"]

_OBJECTS: Final = (NodeKind.OBJECT, NodeKind.MAP)
_HOLDERS: Final = (*_OBJECTS, NodeKind.LIST)


def unknown_fields(
    value: Any, *, node: Node, structure: Structure, path: str, suggestions: Suggestions
) -> Iterator[Failure]:
    """Yield a failure for each field that the schema does not know.

    Args:
        value: The value at this place.
        node: What the schema says about the place.
        structure: Resolves the node's references.
        path: JSON pointer of the place.
        suggestions: Says what the fields may have meant.
    """
    node = structure.resolve(node)
    if isinstance(value, Mapping) and node.kind in _OBJECTS:
        node = (node.union.member_of(value) if node.union is not None else None) or node
        for name, item in value.items():
            child = node.properties.get(name)
            if child is None:
                if not _keeps(node, name):
                    message = suggestions.unknown_field(name, known=node.properties)
                    yield Failure(f"{path}/{pointer_token(name)}", "unknownField", message)
                    continue
                child = node.values
            if child is not None and isinstance(item, dict | list):
                here = f"{path}/{pointer_token(name)}"
                yield from unknown_fields(item, node=child, structure=structure, path=here, suggestions=suggestions)
    elif isinstance(value, list) and node.kind is NodeKind.LIST and node.items is not None:
        items = structure.resolve(node.items)
        if items.kind not in _HOLDERS:
            return
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                here = f"{path}/{index}"
                yield from unknown_fields(item, node=items, structure=structure, path=here, suggestions=suggestions)


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
