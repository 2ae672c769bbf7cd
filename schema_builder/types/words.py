"""What a field says of itself: description, what only validation honours, deprecation, default."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from schema_builder.structural import MISSING, NodeKind
from schema_builder.types.leaves import Place, enum_values, list_core, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schema_builder.types.naming import NamedShape

__all__ = ["alike", "describe", "describe_type", "places_of_property"]

_MAX_SHOWN: Final = 300


def places_of_property(shape: NamedShape, name: str) -> list[Place]:
    """Return one property at every place where the shape occurs."""
    return [place_of(structure, node.properties[name]) for structure, node in shape.places]


def alike(shape: NamedShape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the properties of a shape by original name, each with a key that equal ones share.

    Nodes are interned, so what is made of one property does for all with its key: wide objects repeat themselves.
    """
    others = [node.properties for _, node in shape.places if node is not shape.node]
    if not others:
        yield from ((name, (id(child),)) for name, child in shape.node.properties.items())
        return
    for name, child in shape.node.properties.items():
        yield name, (id(child), *(id(properties[name]) for properties in others))


def describe_type(shape: NamedShape) -> str | None:
    """Return the description of a shape's types: that of the place that names it."""
    return place_of(shape.structure, shape.node).description


def describe(places: Sequence[Place], *, default: bool = False) -> str | None:
    """Return the description of a field: the first place's words, and the hints that all places share.

    Args:
        places: Where a field's property occurs.
        default: Whether the default belongs into the words, because the field cannot show it otherwise.
    """
    first = places[0]
    hints = _hints(first)
    for other in places[1:]:
        shared = _hints(other)
        hints = [hint for hint in hints if hint in shared]
    if default and first.default is not MISSING:
        hints.append(f"default: {_shown(first.default)}")
    parts = [first.description or "", "\n".join(f"- {hint}" for hint in hints)]
    return "\n\n".join(part for part in parts if part) or None


def _hints(place: Place) -> list[str]:
    hints = list(place.hints)
    core = list_core(place.structure, place.node)
    if core is None:
        return hints
    node, _ = core
    if node.enum and not enum_values(node):
        hints.append(f"one of: {_shown(list(node.enum))}")
    if node.kind is NodeKind.STRING and node.format and node.format != "date-time":
        hints.append(f"format: {node.format}")
    if node.reason:
        hints.append(f"JSON, since it {node.reason}")
    return hints


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
