"""How a list is read: by which index, in which order, and what an index would have to be that answers all of it.

a part of an index     points of its first fields, a run of the next one, and its order is the list's
a lookup in indexes    what it finds is sorted
neither                a look at every resource of the kind, or of its namespace
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.services.ordering import is_by_key, ordering_of, without_repetitions
from app.store.index_scans import IndexScan
from app.store.lookups import Asked, Lookup, asked_of, lookup, slot_filter
from app.store.orders import Ordering, Term
from app.store.slots import COLUMNS, Slot
from schema_builder.conditions import Comparison

if TYPE_CHECKING:
    from app.store.pushdown import Filter
    from schema_builder.backend import Order
    from schema_builder.conditions import Condition

__all__ = ["Access", "access_of"]

Path = tuple[str, ...]
_RANGES: Final = frozenset({"lt", "lte", "gt", "gte"})


@dataclass(frozen=True, slots=True)
class Access:
    """How a list is read.

    Attributes:
        ordering: The order.
        filter: What indexes are looked up for; None where they are not.
        hint: The MongoDB index for the filter; None leaves the choice to MongoDB.
        is_served: No index could do better.
        is_exact: The filter selects just what the condition holds for.
    """

    ordering: Ordering
    filter: Filter | None
    hint: str | None
    is_served: bool
    is_exact: bool = False


def access_of(
    order: Sequence[Order],
    where: Condition | None,
    slots: Sequence[Slot],
    *,
    usable: Sequence[Slot],
    one_namespace: bool,
) -> Access:
    """Return the best way to read a list.

    Args:
        order: What was asked for.
        where: Decides on resources.
        slots: The kind's declared indexes.
        usable: Those that have all values at the position that is read.
        one_namespace: Whether names alone are unique in the list.

    Raises:
        BadUserInput: The order is by a field of no declared index.
    """
    order = without_repetitions(order)
    sorting = ordering_of(order, slots, usable=usable, one_namespace=one_namespace)
    by_key = is_by_key(order, one_namespace=one_namespace)
    asked, whole = asked_of(where)
    found = [one for slot in usable if (one := lookup(asked, slot)) is not None]
    best = max(found, key=lambda one: one.merit, default=None)
    parts = (_scan(slot, asked, () if by_key else order) for slot in usable)
    scan = max((part for part in parts if part is not None), key=_merit, default=None)
    if scan is not None and (scan.equal or best is None or not best.merit[0]):
        ordering = Ordering(_terms(scan.slot, () if by_key else order), sorting.descending, scan)
        found_in = lookup(asked, scan.slot)
        answer = None if found_in is None else found_in.filter()
        is_served = whole and asked.keys() <= _answered(scan)
        hint = None if answer is None else scan.slot.name
        return Access(ordering, answer, hint, is_served, is_served and _is_exact(asked, scan.slot))
    answer = slot_filter(where, usable) if where is not None else None
    if best is None:
        return Access(sorting, answer, None, by_key and (where is None or (answer is not None and not asked)))
    is_answered = whole and asked.keys() <= best.paths
    hint = best.slot.name if best.merit[0] else None
    return Access(sorting, answer, hint, by_key and is_answered, is_answered and _is_exact(asked, best.slot))


def _scan(slot: Slot, asked: Asked, order: Sequence[Order]) -> IndexScan | None:
    """Return the part of a slot's index that has what is asked in an order, None where it has another order."""
    found = lookup(asked, slot) or Lookup(slot, ())
    points = found.points
    fixed = {field.path for field in slot.fields[:points]}
    left = [term for term in order if term.path not in fixed]
    if [field.path for field in slot.fields[points:]] != [term.path for term in left]:
        return None
    if any(term.descending != order[-1].descending for term in left):
        return None
    equal: tuple[Any, ...] = tuple(run.members[0] for run in found.runs[:points] if run.members)
    return IndexScan(slot, equal, found.runs[points] if points < len(found.runs) else None)


def _is_exact(asked: Asked, slot: Slot) -> bool:
    """Tell whether a slot decides what is asked of its fields: not where times are rounded, nor of several values."""
    fields = {field.path: field for field in slot.fields}
    return bool(asked) and all(
        (len(parts) == 1 or all(isinstance(part, Comparison) and part.operator in _RANGES for part in parts))
        and not any(isinstance(part, Comparison) and part.instant for part in parts)
        and not fields[path].instant
        for path, parts in asked.items()
    )


def _merit(scan: IndexScan) -> tuple[int, bool, bool]:
    return len(scan.equal), scan.run is not None, scan.slot.unique


def _answered(scan: IndexScan) -> frozenset[Path]:
    used = len(scan.equal) + (scan.run is not None)
    return frozenset(field.path for field in scan.slot.fields[:used])


def _terms(slot: Slot, order: Sequence[Order]) -> tuple[Term, ...]:
    columns = {field.path: f"{slot.name}.{column}" for column, field in zip(COLUMNS, slot.fields, strict=False)}
    return tuple(Term(columns[term.path], term.descending) for term in order)
