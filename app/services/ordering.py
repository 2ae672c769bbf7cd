"""From the order that a client asks for to the order in which the database reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.store.orders import Ordering, Term
from app.store.pushdown import path_of
from app.store.slots import COLUMNS, Slot
from schema_builder.errors import BadUserInput
from schema_builder.indexes import written_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema_builder.backend import Order

__all__ = ["is_by_key", "ordering_of", "without_repetitions"]

_NAME: Final = ("metadata", "name")
_CREATED_AT: Final = ("metadata", "createdAt")


def without_repetitions(order: Sequence[Order]) -> tuple[Order, ...]:
    """Return the terms that can still decide something: the first of each path."""
    first: dict[tuple[str, ...], Order] = {}
    for term in order:
        first.setdefault(term.path, term)
    return tuple(first.values())


def is_by_key(order: Sequence[Order], *, one_namespace: bool) -> bool:
    """Tell whether an order is that of (namespace, name): in one namespace names alone are unique."""
    return not order or (one_namespace and order[0].path == _NAME)


def ordering_of(
    order: Sequence[Order], slots: Sequence[Slot], *, usable: Sequence[Slot], one_namespace: bool
) -> Ordering:
    """Return the ordering of a list by sorting what is found.

    Ties go by (namespace, name), in the direction of the last term.

    Args:
        order: What was asked for, without repetitions.
        slots: The kind's declared indexes.
        usable: Those that have all values at the position that is read.
        one_namespace: Whether names alone are unique in the list.

    Raises:
        BadUserInput: A field is not of a declared index.
    """
    if not order:
        return Ordering()
    if is_by_key(order, one_namespace=one_namespace):
        return Ordering(descending=order[0].descending)
    return Ordering(tuple(_term(term, slots, usable) for term in order), order[-1].descending)


def _term(order: Order, slots: Sequence[Slot], usable: Sequence[Slot]) -> Term:
    if order.path in (_NAME, _CREATED_AT):
        return Term(".".join(order.path), order.descending)
    for slot in usable:
        for column, field in zip(COLUMNS, slot.fields, strict=False):
            if field.path == order.path:
                return Term(f"{slot.name}.{column}", order.descending)
    for field in (field for slot in slots for field in slot.fields):
        if field.path == order.path:
            path = path_of(order.path)
            return Term(path or "", order.descending, field if field.instant or path is None else None)
    raise BadUserInput(f"orderBy: {written_path(order.path)} is no field of a declared index")
