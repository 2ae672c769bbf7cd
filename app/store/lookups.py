"""Conditions that a declared index can answer, as filters on its slot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from app.store.pushdown import Filter, holdable
from app.store.slots import COLUMNS, IndexField, Slot, normalised
from schema_builder.conditions import All, Comparison, Condition, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["slot_filter"]

_OPERATORS: Final = {"eq": "$eq", "lt": "$lt", "lte": "$lte", "gt": "$gt", "gte": "$gte"}
_OF_INSTANTS: Final = {**_OPERATORS, "lt": "$lte", "gt": "$gte"}
"""Slots hold date-times cut to the microsecond: at a bound, digits beyond that may still decide."""
_MAX_PREFIX: Final = 1_000


def slot_filter(condition: Condition, slots: Iterable[Slot]) -> Filter | None:
    """Return the filter on the slot that narrows best, None where no slot can narrow.

    Like every pushed-down filter it selects at least everything the condition holds for.
    """
    asked = list(_asked(condition, ()))
    best: list[tuple[int, Filter]] = []
    for slot in slots:
        columns = _columns(slot, asked)
        if columns:
            equal = sum(any("$eq" in term or "$in" in term for term in terms) for _, terms in columns)
            filters = [{path: term} for path, terms in columns for term in terms]
            best.append((2 * equal + len(columns), {"$and": [{f"{slot.name}.k": slot.key}, *filters]}))
    return max(best, key=lambda one: one[0])[1] if best else None


def _asked(condition: Condition, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Comparison]]:
    """Yield the comparisons that must all hold, each with its path."""
    match condition:
        case Field(name, inner):
            yield from _asked(inner, (*path, name))
        case All(conditions):
            for inner in conditions:
                yield from _asked(inner, path)
        case Comparison():
            yield path, condition


def _columns(slot: Slot, asked: Sequence[tuple[tuple[str, ...], Comparison]]) -> list[tuple[str, list[dict[str, Any]]]]:
    columns = []
    for column, field in zip(COLUMNS, slot.fields, strict=False):
        terms = [term for path, comparison in asked if path == field.path and (term := _term(comparison, field))]
        if not terms:
            break
        columns.append((f"{slot.name}.{column}", terms))
    return columns


def _term(comparison: Comparison, field: IndexField) -> dict[str, Any] | None:
    operator = comparison.operator
    if comparison.instant != field.instant:
        return None
    if operator == "in":
        values = [normalised(operand, field) for operand in comparison.operand]
        return {"$in": values} if all(map(holdable, values)) else None
    value = normalised(comparison.operand, field)
    if value is None or not holdable(value):
        return None
    if operator == "startsWith":
        usable = isinstance(value, str) and "\0" not in value and len(value) <= _MAX_PREFIX
        return {"$regex": "^" + re.escape(value)} if usable else None
    operators = _OF_INSTANTS if field.instant else _OPERATORS
    return {operators[operator]: value} if operator in operators else None
