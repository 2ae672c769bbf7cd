"""Typed ``where`` conditions: what they are, and what they decide.

A condition is decided on plain data, by one algorithm (``decider``), wherever it is asked: on a page
read from the database and on an event of a watch alike. A store may use a condition to narrow what it
reads; it never decides with it.

Rules: a missing value and null are one. On a list any element may match. ``ne``, ``notIn`` and ``_not``
are exact complements (they arrive here as ``Not`` around a ``Field``, never inside it; several operators of one
leaf arrive as one ``Field`` each, so that different elements may satisfy them). Values of different types never
compare; booleans are no numbers. Date-times are compared as instants.
"""

from __future__ import annotations

import datetime
import operator as op
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

__all__ = [
    "All",
    "AnyOf",
    "Comparison",
    "Condition",
    "Decide",
    "Entries",
    "Exists",
    "Field",
    "Items",
    "Membership",
    "Not",
    "Operator",
    "decider",
    "instant",
]

_BEYOND_MICROSECONDS: Final = re.compile(r"\.\d{6}(\d+)")

Operator = Literal["eq", "lt", "lte", "gt", "gte", "startsWith", "substring", "in"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A value compared with an operand (for ``in``: a tuple of operands); on a list, any element."""

    operator: Operator
    operand: Any
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """A list that contains an element equal to the operand (``contains`` on lists)."""

    operand: Any
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    """A value that is neither missing nor null."""


@dataclass(frozen=True, slots=True)
class Field:
    """A condition on the value of one property, by its original name; on a list of objects, any element."""

    name: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds; holds when empty."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some condition holds; does not hold when empty."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The complement."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Entries:
    """A condition on the entries of a map, each as ``{"key": …, "value": …}``: any of them."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Items:
    """A condition on the items of a list that is itself in a list: any of them."""

    condition: Condition


Decide: TypeAlias = Callable[[Any], bool]

Condition = Comparison | Membership | Exists | Field | All | AnyOf | Not | Entries | Items


def decider(condition: Condition) -> Decide:
    """Compile a condition to a function that decides it on a value; operands are read once.

    The root value is ``{"metadata": …, "spec": …, …}``.
    """
    match condition:
        case Field(name, inner):
            return _field(name, inner)
        case All(conditions):
            return _all([decider(inner) for inner in conditions])
        case AnyOf(conditions):
            return _any([decider(inner) for inner in conditions])
        case Not(inner):
            negated = decider(inner)
            return lambda value: not negated(value)
        case Entries(inner):
            return _entries(decider(inner))
        case Items(inner):
            decide_item = decider(inner)
            return lambda value: isinstance(value, list) and any(map(decide_item, value))
        case Exists():
            return lambda value: value is not None
        case Membership(operand, as_instant):
            equal = _comparison("eq", operand, as_instant)
            return lambda value: isinstance(value, list) and any(map(equal, value))
        case Comparison(operator, operand, as_instant):
            return _comparison(operator, operand, as_instant)


def _field(name: str, condition: Condition) -> Decide:
    decide = decider(condition)
    if isinstance(condition, Exists | Membership):
        return lambda value: isinstance(value, Mapping) and decide(value.get(name))

    def decide_field(value: Any) -> bool:
        if value.__class__ is not dict and not isinstance(value, Mapping):
            return False
        inner = value.get(name)
        return any(map(decide, inner)) if inner.__class__ is list else decide(inner)

    return decide_field


def _entries(decide: Decide) -> Decide:
    def decide_entries(value: Any) -> bool:
        return isinstance(value, Mapping) and any(decide({"key": key, "value": item}) for key, item in value.items())

    return decide_entries


def _all(deciders: Sequence[Decide]) -> Decide:
    if len(deciders) == 1:
        return deciders[0]

    def decide_all(value: Any) -> bool:
        for decide in deciders:  # noqa: SIM110 - half the time of all() over a generator
            if not decide(value):
                return False
        return True

    return decide_all


def _any(deciders: Sequence[Decide]) -> Decide:
    return deciders[0] if len(deciders) == 1 else lambda value: any(decide(value) for decide in deciders)


def _comparison(operator: Operator, operand: Any, as_instant: bool) -> Decide:
    if operator == "in":
        return _any([_comparison("eq", item, as_instant) for item in operand])
    if as_instant:
        return _comparison_of_instants(operator, operand)
    test, family = _TESTS[operator], _family(operand)
    return lambda value: _family(value) == family and test(value, operand)


def _comparison_of_instants(operator: Operator, operand: Any) -> Decide:
    test, moment = _TESTS[operator], _exact_instant(operand)
    if moment is None:
        return lambda _: False

    def decide(value: Any) -> bool:
        read = _exact_instant(value)
        return read is not None and test(read, moment)

    return decide


_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": op.eq,
    "lt": op.lt,
    "lte": op.le,
    "gt": op.gt,
    "gte": op.ge,
    "startsWith": lambda value, operand: isinstance(value, str) and value.startswith(operand),
    "substring": lambda value, operand: isinstance(value, str) and operand in value,
}


def _family(value: Any) -> str:
    """Return what a value can be compared with: booleans are no numbers."""
    found = _FAMILIES.get(value.__class__)
    if found is None:  # drivers have integers and texts of their own
        found = "number" if isinstance(value, int) else "text" if isinstance(value, str) else type(value).__name__
    return found


_FAMILIES: Final[Mapping[type, str]] = {bool: "boolean", int: "number", float: "number", str: "text"}


def _exact_instant(value: Any) -> tuple[datetime.datetime, str] | None:
    """Return an instant to the microsecond, and the digits of its second beyond that; such pairs compare exactly."""
    moment = instant(value)
    if moment is None:
        return None
    beyond = _BEYOND_MICROSECONDS.search(value)
    return moment, beyond[1].rstrip("0") if beyond else ""


def instant(value: Any) -> datetime.datetime | None:
    """Return the instant that an RFC 3339 date-time names, cut to the microsecond; None where it names none."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else None
