"""Values of one indexed place that a condition can mean: a run of them in MongoDB's order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from bson.max_key import MaxKey
from bson.min_key import MinKey

from app.store.pushdown import Filter, holdable, time_bounds
from app.store.slots import IndexField, normalised
from schema_builder.conditions import Comparison, Exists

__all__ = ["FIRST", "LAST", "Edge", "Requirement", "Run", "rank_of", "run_of"]

Requirement: TypeAlias = Comparison | Exists | None
"""What must hold of a place; None asks for absence."""

FIRST: Final = MinKey()
LAST: Final = MaxKey()
_MAX_PREFIX: Final = 1_000
_SURROGATES: Final = (0xD800, 0xE000)
_MAX_POINT: Final = 0x10FFFF


class Edge(NamedTuple):
    """Where a run of values begins or ends: before everything with this value (FIRST), or behind it (LAST)."""

    value: Any
    side: MinKey | MaxKey


@dataclass(frozen=True, slots=True)
class Run:
    """Run of one place, in MongoDB's order.

    Attributes:
        low: Where they begin.
        high: Where they end.
        members: The only values among them, where they are known.
    """

    low: Edge
    high: Edge
    members: tuple[Any, ...] | None = None

    @property
    def is_point(self) -> bool:
        """Whether it is one value."""
        return self.members is not None and len(self.members) == 1

    def filters(self) -> list[Filter]:
        """Return MongoDB's filters of the value: all must hold."""
        if self.members is not None:
            return [{"$eq": self.members[0]} if self.is_point else {"$in": list(self.members)}]
        if self.low.value is None:
            return [{"$ne": None}]
        low = {"$gt" if self.low.side is LAST else "$gte": self.low.value}
        high = {"$lt" if self.high.side is FIRST else "$lte": self.high.value}
        return [low] if self.high.value in (LAST, {}) else [low, high]  # comparisons stay within a type anyway


_PRESENT: Final = Run(Edge(None, LAST), Edge(LAST, LAST))
_ABSENT: Final = Run(Edge(None, FIRST), Edge(None, LAST), (None,))


def run_of(field: IndexField, asked: Sequence[Requirement]) -> Run | None:
    """Return the values of an indexed place that can be meant, None where nothing is known of them."""
    found = [run for one in asked if (run := _run(field, one)) is not None]
    points = [run for run in found if run.members is not None]
    if points:
        return min(points, key=lambda run: len(run.members or ()))
    if not found:
        return None
    low = max((run.low for run in found), key=_rank)
    high = min((run.high for run in found), key=_rank)
    return Run(low, high)


def _run(field: IndexField, asked: Requirement) -> Run | None:
    if asked is None:
        return _ABSENT
    if isinstance(asked, Exists):
        return None if field.instant else _PRESENT  # a text that names no instant is there, and null in the slot
    if field.path[0] == "metadata" and asked.instant:
        return _times(asked)
    if asked.instant != field.instant:
        return None
    if asked.operator == "in":
        members = tuple(normalised(operand, field) for operand in asked.operand)
        usable = members and all(holdable(value) and value is not None for value in members)
        return _members(members) if usable else None
    value = normalised(asked.operand, field)
    if value is None or not holdable(value):
        return None
    return _compared(asked.operator, value, exact=not field.instant)


def _members(values: Sequence[Any]) -> Run:
    edges = sorted((Edge(value, FIRST) for value in values), key=_rank)
    return Run(edges[0], Edge(edges[-1].value, LAST), tuple(values))


def _compared(operator: str, value: Any, *, exact: bool) -> Run | None:
    """Return the run of a comparison with a value; where slots hold values cut short, bounds are among them."""
    least, beyond = _type_of(value)
    match operator:
        case "eq":
            return _members([value])
        case "gt":
            return Run(Edge(value, LAST if exact else FIRST), beyond)
        case "gte":
            return Run(Edge(value, FIRST), beyond)
        case "lt":
            return Run(least, Edge(value, FIRST if exact else LAST))
        case "lte":
            return Run(least, Edge(value, LAST))
        case "startsWith" if isinstance(value, str) and len(value) <= _MAX_PREFIX:
            after = _successor(value)
            return Run(Edge(value, FIRST), Edge(after, FIRST) if after is not None else beyond)
        case _:
            return None


def _times(asked: Comparison) -> Run | None:
    """Times of metadata are texts with milliseconds: bounds are rounded outwards."""
    bounds = time_bounds(asked)
    if bounds is None:
        return None
    low, high = bounds
    if low is not None and low == high:
        return _members([low])
    least, beyond = _type_of("")
    return Run(least if low is None else Edge(low, FIRST), beyond if high is None else Edge(high, LAST))


def _type_of(value: Any) -> tuple[Edge, Edge]:
    """Return where the values of a value's type begin and end: values of others never compare with it."""
    if isinstance(value, bool):
        return Edge(False, FIRST), Edge(True, LAST)
    if isinstance(value, str):
        return Edge("", FIRST), Edge({}, FIRST)
    return Edge(-math.inf, FIRST), Edge(math.inf, LAST)


def _successor(prefix: str) -> str | None:
    """Return the least text above all that begin with a prefix, None where there is none."""
    for at in range(len(prefix) - 1, -1, -1):
        point = ord(prefix[at]) + 1
        if point == _SURROGATES[0]:
            point = _SURROGATES[1]
        if point <= _MAX_POINT:
            return prefix[:at] + chr(point)
    return None


_TYPES: Final = ("first", "null", "number", "string", "object", "bool", "last")


def _rank(edge: Edge) -> tuple[int, Any, int]:
    value = edge.value
    return (*rank_of(value), 1 if edge.side is LAST else 0)


def rank_of(value: Any) -> tuple[int, Any]:
    """Return what values of slots and edges compare by, as MongoDB does."""
    match value:
        case None:
            return 1, 0
        case MinKey():
            return 0, 0
        case MaxKey():
            return len(_TYPES), 0
        case bool():
            return _TYPES.index("bool"), value
        case str():
            return _TYPES.index("string"), value
        case dict():
            return _TYPES.index("object"), 0
        case _:
            return _TYPES.index("number"), value
