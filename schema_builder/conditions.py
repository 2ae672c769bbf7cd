"""Typed ``where`` conditions: what they are, and what they decide.

A condition is decided on plain data, by one algorithm (``matches``), wherever it is asked: on a page
read from the database and on an event of a watch alike. A store may use a condition to narrow what it
reads; it never decides with it.

Rules: a missing value and null are one. On a list any element may match. ``ne``, ``notIn`` and ``_not``
are exact complements (they arrive here as ``Not`` around a ``Field``, never inside it; several operators of one
leaf arrive as one ``Field`` each, so that different elements may satisfy them). Values of different types never
compare; booleans are no numbers. Date-times are compared as instants.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = [
    "All",
    "AnyOf",
    "Comparison",
    "Condition",
    "Entries",
    "Exists",
    "Field",
    "Membership",
    "Not",
    "Operator",
    "instant",
    "matches",
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


Condition = Comparison | Membership | Exists | Field | All | AnyOf | Not | Entries


def matches(condition: Condition, value: Any) -> bool:
    """Decide a condition on a value (the root value is ``{"metadata": …, "spec": …, …}``)."""
    match condition:
        case Field(name, inner):
            return isinstance(value, Mapping) and _matches_field(inner, value.get(name))
        case All(conditions):
            return all(matches(inner, value) for inner in conditions)
        case AnyOf(conditions):
            return any(matches(inner, value) for inner in conditions)
        case Not(inner):
            return not matches(inner, value)
        case Entries(inner):
            return isinstance(value, Mapping) and any(
                matches(inner, {"key": key, "value": item}) for key, item in value.items()
            )
        case Exists():
            return value is not None
        case Membership(operand, as_instant):
            return isinstance(value, list) and any(_compare("eq", item, operand, as_instant) for item in value)
        case Comparison(operator, operand, as_instant):
            return _compare(operator, value, operand, as_instant)


def _matches_field(condition: Condition, value: Any) -> bool:
    if isinstance(value, list) and not isinstance(condition, Exists | Membership):
        return any(matches(condition, item) for item in value)
    return matches(condition, value)


def _compare(operator: Operator, value: Any, operand: Any, as_instant: bool) -> bool:
    if operator == "in":
        return any(_compare("eq", value, item, as_instant) for item in operand)
    if as_instant:
        value, operand = _exact_instant(value), _exact_instant(operand)
        if value is None or operand is None:
            return False
    elif _family(value) != _family(operand):
        return False
    return _decide(operator, value, operand)


def _decide(operator: Operator, value: Any, operand: Any) -> bool:
    match operator:
        case "eq":
            return bool(value == operand)
        case "lt":
            return bool(value < operand)
        case "lte":
            return bool(value <= operand)
        case "gt":
            return bool(value > operand)
        case "gte":
            return bool(value >= operand)
        case "startsWith":
            return isinstance(value, str) and value.startswith(operand)
        case "substring":
            return isinstance(value, str) and operand in value
        case "in":
            raise AssertionError("decided by _compare")


def _family(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


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
