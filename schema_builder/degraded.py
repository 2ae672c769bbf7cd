"""What of a body is served as ``JSON`` although its schema says more, and why.

Nothing is kept of this but what somebody asked for: it is read off the structural trees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from schema_builder.scalars import STRING_MAP
from schema_builder.structural import Node, NodeKind, Structure
from schema_builder.types.leaves import has_entries, leaf_name, list_core

__all__ = ["MOST_COUNTED", "Degraded", "Summary", "degraded_places", "summarize", "write_names"]

_EVERY: Final = "[*]"
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
MOST_COUNTED: Final = 10_000
"""Recursive schemas may have more places than anybody can look at."""


class Degraded(NamedTuple):
    """A place that is ``JSON``.

    Attributes:
        path: From the resource's root, by original names: ``spec.rules[*].match``; ``[*]`` is any item of a list or
            value of a map.
        reason: Why, as the end of a sentence that begins with what is at the path: ``may be any of array, string``.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a whole body.

    Attributes:
        count: How many places, at most ``MOST_COUNTED``.
        first: The first of them, in the schema's order.
    """

    count: int
    first: tuple[Degraded, ...]


def write_names(names: Sequence[str]) -> str:
    """Return a path through names alone as ``Degraded.path`` writes it."""
    return "".join(map(_written, names)).removeprefix(".")


def summarize(sections: Mapping[str, Structure], *, most: int) -> Summary:
    """Return how many places of a body are degraded, and the first of them."""
    places = degraded_places(sections)
    first = tuple(islice(places, most))
    return Summary(len(first) + sum(1 for _ in islice(places, MOST_COUNTED - len(first))), first)


def degraded_places(sections: Mapping[str, Structure]) -> Iterator[Degraded]:
    """Yield every place that is degraded, in the schema's order.

    A recursive schema is followed once on each way: what it holds is told where the recursion begins. Nothing is looked
    at that no degraded place is in, so the work is bounded by what is yielded and by the size of the schema.
    """
    for name, structure in sections.items():
        leading = _leading(structure)
        stack: list[tuple[Node, str, frozenset[int]]] = [(structure.root, _written(name), frozenset())]
        while stack:
            node, path, above = stack.pop()
            node = structure.resolve(node)
            if id(node) not in leading or id(node) in above:
                continue
            reason = _reason(structure, node)
            if reason is not None:
                yield Degraded(path.removeprefix("."), reason)
            inside = [(child, path + step, above | {id(node)}) for step, child in _children(structure, node)]
            stack += reversed(inside)


def _leading(structure: Structure) -> frozenset[int]:
    """Return the nodes, by identity, that are degraded or lead to one that is."""
    holders: dict[int, list[int]] = {}
    degraded: list[int] = []
    pending = [structure.resolve(structure.root)]
    seen = {id(pending[0])}
    while pending:
        node = pending.pop()
        if _reason(structure, node) is not None:
            degraded.append(id(node))
        for _, child in _children(structure, node):
            target = structure.resolve(child)
            holders.setdefault(id(target), []).append(id(node))
            if id(target) not in seen:
                seen.add(id(target))
                pending.append(target)
    leading = set(degraded)
    while degraded:
        above = [holder for holder in holders.get(degraded.pop(), ()) if holder not in leading]
        leading.update(above)
        degraded += above
    return frozenset(leading)


def _reason(structure: Structure, node: Node) -> str | None:
    """Return why a resolved node is ``JSON``, or holds some; None where it is typed or its schema says no more."""
    match node.kind:
        case NodeKind.JSON:
            return node.reason
        case NodeKind.LIST if list_core(structure, node) is None:
            return "is a list of nothing but such lists"
        case NodeKind.OBJECT if node.properties and (node.values is not None or node.patterns):
            return "declares what its other properties (`_extra`) are, beside those that have names"
        case NodeKind.MAP:
            return _reason_of_map(structure, node)
        case _:
            return None


def _reason_of_map(structure: Structure, node: Node) -> str | None:
    if node.values is None:
        return "has values that differ by the pattern of their names" if node.patterns else None
    core = list_core(structure, node.values)
    if core is None or core[0].kind is NodeKind.JSON or leaf_name(structure, node) == STRING_MAP.name:
        return None
    return None if has_entries(structure, node) else "is a map whose values have no type of their own"


def _children(structure: Structure, node: Node) -> Iterator[tuple[str, Node]]:
    for name, child in _properties(node):
        yield _written(name), child
    if node.items is not None and list_core(structure, node) is not None:
        yield _EVERY, node.items
    if node.kind is NodeKind.MAP and node.values is not None:
        yield _EVERY, node.values


def _properties(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the properties of an object; of a union those of its members, each different one once."""
    if node.union is None:
        yield from node.properties.items()
        return
    members = node.union.members.values()
    yield from {(name, id(child)): (name, child) for one in members for name, child in one.properties.items()}.values()


def _written(name: str) -> str:
    if _PLAIN.fullmatch(name):
        return f".{name}"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{quoted}"]'
