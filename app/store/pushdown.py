"""Conditions as MongoDB filters that select at least everything the condition holds for.

``schema_builder.conditions.decider`` decides; a filter only narrows what is read. Where it is *exact* it selects
nothing else either, if the values at its ``objects`` paths are no lists: several conditions below one list must meet
in one element, which paths cannot say. What cannot be said at all is left out: a filter of ``None`` narrows nothing.

Filters are made of operands as values and of escaped names as paths: no key or operator of a client gets into one.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from app.resources.times import format_time
from app.store.documents import TEXT_FIELDS
from app.store.escaping import escape_key
from schema_builder.conditions import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Entries,
    Exists,
    Field,
    Items,
    Membership,
    Not,
    instant,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["NOTHING", "Filter", "Narrowing", "holdable", "narrow", "path_of", "time_bounds"]

Filter: TypeAlias = dict[str, Any]
NOTHING: Final[Filter] = {"$nor": [{}]}
"""Selects no document."""

_METADATA: Final = frozenset(
    {"name", "namespace", "uid", "generation", "createdAt", "updatedAt", "deletionRequestedAt", "finalizers"}
)
_TIMES: Final = frozenset({"createdAt", "updatedAt", "deletionRequestedAt"})
_MAX_DEPTH: Final = 12
_MAX_PATTERN: Final = 1_000
_OPERATORS: Final = {"eq": "$eq", "lt": "$lt", "lte": "$lte", "gt": "$gt", "gte": "$gte"}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a condition says in MongoDB's words.

    Attributes:
        filter: Selects at least what the condition holds for; None selects everything.
        exact: Selects just that, as long as no value at ``objects`` is a list.
        objects: Paths in documents, such as ``body.spec``.
    """

    filter: Filter | None = None
    exact: bool = False
    objects: frozenset[str] = frozenset()


_ANYTHING: Final = Narrowing()


def narrow(condition: Condition, *, bodies: bool = True, path: tuple[str, ...] = (), depth: int = 0) -> Narrowing:
    """Return the narrowest filter for a condition on the value at a path of original names.

    Args:
        condition: What is to hold.
        bodies: Whether conditions on bodies may be looked at: not where a kind hides values (``writeOnly``).
        path: Where the condition stands; at the root where it is empty.
        depth: How many conditions it is inside of.
    """
    if depth > _MAX_DEPTH:
        return _ANYTHING

    def inside(inner: Condition, at: tuple[str, ...] = path) -> Narrowing:
        if isinstance(inner, Membership) and at is path:
            return _ANYTHING  # on a list, of some element: paths cannot say that
        return narrow(inner, bodies=bodies, path=at, depth=depth + 1)

    match condition:
        case Field(name, inner):
            at = (*path, name)
            return inside(inner, at) if (at[0] == "metadata" or bodies) else _ANYTHING
        case All(conditions):
            return _all([inside(inner) for inner in conditions], path)
        case AnyOf(conditions):
            return _any([inside(inner) for inner in conditions])
        case Not(inner):
            return _complement(inside(inner)) if not path else _ANYTHING
        case Entries() | Items():
            return _ANYTHING  # of some entry, or some item of an inner list: paths cannot say that
        case Exists() | Membership() | Comparison():
            return _leaf(condition, path)


def path_of(names: Sequence[str]) -> str | None:
    """Return the path in documents of original names, None where paths cannot say it."""
    if names[0] == "metadata":
        return f"metadata.{names[1]}" if len(names) == 2 and names[1] in _METADATA else None
    if "" in names or (len(names) > 1 and names[0] == "spec" and names[1] in TEXT_FIELDS):
        return None
    return ".".join(["body", *map(escape_key, names)])


def _all(parts: Sequence[Narrowing], path: tuple[str, ...]) -> Narrowing:
    filters = [part.filter for part in parts if part.filter is not None]
    objects = frozenset().union(*(part.objects for part in parts))
    exact = bool(parts) and all(part.exact for part in parts)
    if len(parts) > 1 and path and path != ("metadata",):
        place = path_of(path)
        objects, exact = (objects | {place}, exact) if place is not None else (objects, False)
    return Narrowing(_and(filters) if filters else None, exact, objects)


def _and(filters: list[Filter]) -> Filter:
    return filters[0] if len(filters) == 1 else {"$and": filters}


def _any(parts: Sequence[Narrowing]) -> Narrowing:
    if any(part.filter is None for part in parts):
        return _ANYTHING
    filters = [part.filter for part in parts if part.filter is not None]
    objects = frozenset().union(*(part.objects for part in parts))
    return Narrowing({"$or": filters} if filters else NOTHING, all(part.exact for part in parts), objects)


def _complement(part: Narrowing) -> Narrowing:
    if not part.exact or part.filter is None:
        return _ANYTHING
    unless: list[Filter] = [{"$nor": [part.filter]}]
    unless += [{path: {"$type": "array"}} for path in sorted(part.objects)]
    return Narrowing({"$or": unless} if len(unless) > 1 else unless[0], exact=True, objects=part.objects)


def _leaf(condition: Exists | Membership | Comparison, names: tuple[str, ...]) -> Narrowing:
    path = path_of(names) if names else None
    if path is None:
        return _ANYTHING
    exact = not any(name.isdigit() for name in names)  # a number in a path is also a place in a list
    match condition:
        case Exists():
            return Narrowing({path: {"$exists": True}})
        case Membership(operand, as_instant):
            if as_instant or operand is None or not holdable(operand):
                return _ANYTHING
            return Narrowing({path: {"$elemMatch": {"$eq": operand}}}, exact)
        case Comparison(_, _, True):
            return _moment(condition, path) if names[0] == "metadata" and names[-1] in _TIMES else _ANYTHING
        case Comparison():
            return _comparison(condition, path, exact=exact)


def _comparison(condition: Comparison, path: str, *, exact: bool) -> Narrowing:
    operator, operand = condition.operator, condition.operand
    if operator == "in":
        if not all(map(holdable, operand)):
            return _ANYTHING
        return Narrowing({path: {"$in": list(operand)}}, exact and None not in operand)
    if not holdable(operand):
        return _ANYTHING
    if operator in ("startsWith", "substring"):
        if not isinstance(operand, str) or "\0" in operand or len(operand) > _MAX_PATTERN:
            return _ANYTHING
        prefix = "^" if operator == "startsWith" else ""
        return Narrowing({path: {"$regex": prefix + re.escape(operand)}}, exact)
    return Narrowing({path: {_OPERATORS[operator]: operand}}, exact and operand is not None)


def holdable(operand: Any) -> bool:
    """Tell whether BSON can hold an operand, and compares it as Python does."""
    if isinstance(operand, str):
        return operand.isascii() or not any("\ud800" <= character <= "\udfff" for character in operand)
    if isinstance(operand, int):
        return -(2**63) <= operand < 2**63
    return operand is None or isinstance(operand, float)


def _moment(condition: Comparison, path: str) -> Narrowing:
    """Times of metadata are UTC with milliseconds: compared as text, against bounds rounded outwards."""
    operands: Iterable[Any] = condition.operand if condition.operator == "in" else (condition.operand,)
    try:
        moments = [moment for operand in operands if (moment := instant(operand)) is not None]
        return Narrowing(
            {"$or": [{path: _bound(condition.operator, moment)} for moment in moments]} if moments else NOTHING
        )
    except OverflowError:
        return _ANYTHING


def time_bounds(condition: Comparison) -> tuple[str | None, str | None] | None:
    """Return the texts between which a time of metadata must be; both, where it must be one.

    None where that cannot be told.
    """
    moment = instant(condition.operand)
    if moment is None:
        return None
    try:
        down, up = format_time(moment), format_time(moment + _UP)
    except OverflowError:
        return None
    match condition.operator:
        case "eq":
            return down, down
        case "lt" | "lte":
            return None, up
        case "gt" | "gte":
            return down, None
        case _:
            return None


_UP: Final = datetime.timedelta(microseconds=999)
_BOUNDS: Final[dict[str, Callable[[datetime.datetime], Filter]]] = {
    "lt": lambda moment: {"$lte": format_time(moment + _UP)},
    "lte": lambda moment: {"$lte": format_time(moment + _UP)},
    "gt": lambda moment: {"$gte": format_time(moment)},
    "gte": lambda moment: {"$gte": format_time(moment)},
}


def _bound(operator: str, moment: datetime.datetime) -> Filter:
    bound = _BOUNDS.get(operator)
    return bound(moment) if bound is not None else {"$eq": format_time(moment)}
