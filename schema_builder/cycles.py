"""Cycles of references that no instance could ever end, found without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

__all__ = ["Finding", "find_endless"]


class Finding(NamedTuple):
    """A schema that cannot be served.

    Attributes:
        schema: Where the trouble was found.
        is_cycle: Whether it is part of a cycle; otherwise it begins too long a chain.
    """

    schema: dict[str, Any]
    is_cycle: bool


def find_endless(
    starts: Iterable[dict[str, Any]], *, in_place: Callable[[dict[str, Any]], Iterator[Any]], max_height: int
) -> Finding | None:
    """Return the first cycle, or chain longer than ``max_height``, of subschemas that look at the same instance.

    Args:
        starts: Schemas to look from; those without references cannot be part of a cycle.
        in_place: Yields the subschemas that look at the same instance as a schema.
        max_height: How many of them may stand in a row.
    """
    heights: dict[int, int | None] = {}
    for start in starts:
        if id(start) not in heights:
            finding = _climb(start, heights, in_place, max_height)
            if finding is not None:
                return finding
    return None


def _climb(
    start: dict[str, Any],
    heights: dict[int, int | None],
    in_place: Callable[[dict[str, Any]], Iterator[Any]],
    max_height: int,
) -> Finding | None:
    """Note the height of the tree of in-place subschemas below one, depth first; None stands for one not done yet."""
    heights[id(start)] = None
    stack: list[tuple[dict[str, Any], Iterator[Any]]] = [(start, in_place(start))]
    reached = [0]
    while stack:
        schema, children = stack[-1]
        child = next((child for child in children if isinstance(child, dict)), None)
        if child is None:
            stack.pop()
            height = heights[id(schema)] = reached.pop()
            if height > max_height:
                return Finding(schema, is_cycle=False)
            if reached:
                reached[-1] = max(reached[-1], height + 1)
        elif id(child) not in heights:
            heights[id(child)] = None
            stack.append((child, in_place(child)))
            reached.append(0)
        else:
            known = heights[id(child)]
            if known is None:
                return Finding(schema, is_cycle=True)
            reached[-1] = max(reached[-1], known + 1)
    return None
