"""Pages of lists: elements of one snapshot between two places of an ordering, decided exactly, in bounded memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from app.errors import LimitExceeded
from app.pacing import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.resources.keys import KeyRange
    from app.store.mongo import Document, Store
    from app.store.orders import Ordering, Place
    from app.store.pushdown import Narrowing

__all__ = ["Found", "Span", "count_all", "read_page"]

T = TypeVar("T")

_MAX_BATCH: Final = 500
_MIN_BATCH: Final = 64
_MAX_FULL_MESSAGES: Final = 4


@dataclass(frozen=True, slots=True)
class Span:
    """What is listed.

    Attributes:
        keys: The kind's range of keys, or its namespace's.
        narrowing: What the condition says in MongoDB's words.
        ordering: The order.
        after: The place before the first element; None begins at the beginning.
        before: The place behind the last; None goes on to the end.
    """

    keys: KeyRange
    narrowing: Narrowing
    ordering: Ordering
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Elements in the span's order, whether there are more of them, and the snapshot's position."""

    items: list[tuple[Place, T]]
    more: bool
    position: int


async def read_page(
    store: Store,
    span: Span,
    *,
    limit: int,
    backward: bool,
    position: int | None,
    keep: Callable[[Document], T | None],
    is_heavy: Callable[[Document], bool],
) -> Found[T]:
    """Read the first elements of a span, or the last.

    Args:
        store: The database.
        span: What is listed.
        limit: At most so many.
        backward: Read from the end.
        position: The snapshot's; None takes the newest.
        keep: Makes an element of a document; None leaves it out.
        is_heavy: Tells documents on which that takes so long that a thread does it.

    Raises:
        LimitExceeded: The page would take too much memory.
    """
    items: list[tuple[Place, T]] = []
    size = limit + 1 if span.narrowing.exact else max(limit + 1, _MIN_BATCH)
    after, before = span.after, span.before
    full_messages = 0
    pace = Pace()
    while True:
        within, options = span.ordering.between(*span.keys, after=after, before=before)
        condition = within if span.narrowing.filter is None else {"$and": [within, span.narrowing.filter]}
        sort = span.ordering.sort(backward=backward)
        batch, position, cut = await store.read(condition, limit=size, sort=sort, position=position, **options)
        for document in batch:
            item = await asyncio.to_thread(keep, document) if is_heavy(document) else keep(document)
            if item is not None:
                items.append((span.ordering.place(document), item))
                if len(items) > limit:
                    return Found(_in_order(items[:limit], backward), more=True, position=position)
            await pace.keep()
        if len(batch) < size and not cut:
            return Found(_in_order(items, backward), more=False, position=position)
        full_messages += cut and bool(items)
        if full_messages > _MAX_FULL_MESSAGES:
            raise LimitExceeded("The page is too large; ask for fewer resources.")
        last = span.ordering.place(batch[-1])
        after, before = (after, last) if backward else (last, before)
        size = min(_MAX_BATCH, 2 * size)


async def count_all(store: Store, span: Span, *, position: int, keep: Callable[[Document], Any]) -> int:
    """Return how many elements a span has at a position, its bounds left aside."""
    within: dict[str, Any] = {"_id": {"$gt": span.keys.after, "$lt": span.keys.before}}
    narrowing = span.narrowing
    condition = within if narrowing.filter is None else {"$and": [within, narrowing.filter]}
    if narrowing.exact:
        odd = {"$or": [{"$isArray": f"${path}"} for path in sorted(narrowing.objects)]} if narrowing.objects else None
        total, doubtful = await store.count(condition, position=position, odd=odd)
        if not doubtful:
            return total
    total, pace = 0, Pace()
    async for document, _ in store.scan(condition, position=position):
        total += keep(document) is not None
        await pace.keep()
    return total


def _in_order(items: list[tuple[Place, T]], backward: bool) -> list[tuple[Place, T]]:
    return items[::-1] if backward else items
