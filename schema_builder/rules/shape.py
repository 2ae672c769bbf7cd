"""The size of values that an expression works on: upper bounds, from which its cost is reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["NOTHING", "Shape", "anything", "constant", "merged", "of_value"]


class Shape(NamedTuple):
    """An upper bound of a value.

    Attributes:
        size: Characters of its JSON text, with all that is shared written out each time.
        length: How many items or entries it may have.
        item: The bound of each of them, and of properties; None where they may be as large as the whole.
        fixed: The size does not depend on any variable.
    """

    size: int
    length: int
    item: Shape | None = None
    fixed: bool = False

    @property
    def part(self) -> Shape:
        """Return the bound of an item, entry or property."""
        return self.item if self.item is not None else anything(self.size)


def anything(size: int) -> Shape:
    """Return the bound of any value of a size."""
    return Shape(size, size // 2)


def constant(size: int) -> Shape:
    """Return the bound of a value whose size is known."""
    return Shape(size, size // 2, fixed=True)


NOTHING = constant(0)


def merged(one: Shape, other: Shape) -> Shape:
    """Return the bound of a value that is one of two."""
    item = None if one.item is None or other.item is None else merged(one.item, other.item)
    return Shape(max(one.size, other.size), max(one.length, other.length), item, one.fixed and other.fixed)


def of_value(value: Any) -> Shape:
    """Return the bound of a JSON value: the largest of its items stands for each of them."""
    if isinstance(value, str):
        return Shape(len(value) + 2, len(value), constant(4))
    if isinstance(value, Mapping):
        size, item = 2 + sum(len(name) + 4 for name in value), Shape(max(map(len, value), default=0) + 2, 0)
        values = list(value.values())
    elif isinstance(value, list):
        size, item, values = 2 + len(value), NOTHING, value
    else:
        return constant(20)
    for one in values:
        inner = of_value(one)
        size += inner.size
        item = merged(item, inner)
    return Shape(size, len(value), item)
