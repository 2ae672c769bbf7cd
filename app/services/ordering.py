"""From the order that a client asks for to the order in which the database reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.orders import Ordering, Term
from app.store.pushdown import path_of
from app.store.slots import COLUMNS, Slot
from schema_builder.errors import BadUserInput
from schema_builder.indexes import written_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema_builder.backend import Order

__all__ = ["ordering_of"]

_NAME = ("metadata", "name")
_CREATED_AT = ("metadata", "createdAt")


def ordering_of(
    order: Sequence[Order], slots: Sequence[Slot], *, usable: Sequence[Slot], one_namespace: bool
) -> Ordering:
    """Return the ordering of a list.

    Ties go by (namespace, name), in the direction of the last term.

    Args:
        order: What was asked for.
        slots: The kind's declared indexes.
        usable: Those that have all values at the position that is read.
        one_namespace: Whether names alone are unique in the list.

    Raises:
        BadUserInput: A field is not of a declared index.
    """
    order = _without_repetitions(order)
    if not order:
        return Ordering()
    descending = order[-1].descending
    if one_namespace and order[0].path == _NAME:
        return Ordering(descending=order[0].descending)
    uniform = all(term.descending == descending for term in order)
    paths = [term.path for term in order]
    for slot in usable:
        if uniform and [field.path for field in slot.fields] == paths:
            terms = tuple(Term(f"{slot.name}.{column}", descending) for column in COLUMNS[: len(paths)])
            return Ordering(terms, descending, slot)
    return Ordering(tuple(_term(term, slots, usable) for term in order), descending)


def _without_repetitions(order: Sequence[Order]) -> list[Order]:
    """Return the terms that can still decide something: the first of each path."""
    first: dict[tuple[str, ...], Order] = {}
    for term in order:
        first.setdefault(term.path, term)
    return list(first.values())


def _term(order: Order, slots: Sequence[Slot], usable: Sequence[Slot]) -> Term:
    if order.path in (_NAME, _CREATED_AT):
        return Term(".".join(order.path), order.descending)
    for slot in usable:
        for column, field in zip(COLUMNS, slot.fields, strict=False):
            if field.path == order.path:
                return Term(f"{slot.name}.{column}", order.descending)
    for field in (field for slot in slots for field in slot.fields):
        if field.path == order.path:
            path = None if field.instant else path_of(order.path)
            return Term(path or "", order.descending, field if path is None else None)
    raise BadUserInput(f"orderBy: {written_path(order.path)} is no field of a declared index")
