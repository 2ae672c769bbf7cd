"""Pages of lists: elements of one snapshot between two places of an ordering, decided exactly, in bounded memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from app.errors import LimitExceeded
from app.pacing import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.resources.keys import KeyRange
    from app.store.mongo import Document, Store
    from app.store.orders import Ordering, Place
    from app.store.patience import Patience
    from app.store.pushdown import Narrowing

__all__ = ["Found", "Span", "count_all", "read_page"]

T = TypeVar("T")

_MAX_BATCH: Final = 500
_MIN_BATCH: Final = 64
_MAX_FULL_MESSAGES: Final = 4
_MAX_RANKED: Final = 2_000


@dataclass(frozen=True, slots=True)
class Span:
    """What is listed.

    Attributes:
        keys: The kind's range of keys, or its namespace's.
        narrowing: What the condition says in MongoDB's words.
        ordering: The order.
        after: The place before the first element; None begins at the beginning.
        before: The place behind the last; None goes on to the end.
        hint: The MongoDB index that the narrowing is for; None leaves the choice to MongoDB.
    """

    keys: KeyRange
    narrowing: Narrowing
    ordering: Ordering
    after: Place | None = None
    before: Place | None = None
    hint: str | None = None

    @property
    def condition(self) -> dict[str, Any]:
        """Return MongoDB's filter, the bounds left aside."""
        within: dict[str, Any] = {"_id": {"$gt": self.keys.after, "$lt": self.keys.before}}
        return within if self.narrowing.filter is None else {"$and": [within, self.narrowing.filter]}

    @property
    def options(self) -> dict[str, Any]:
        """Return further options for MongoDB."""
        return {} if self.hint is None else {"hint": self.hint}


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
    patience: Patience,
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
        patience: How long it may take.

    Raises:
        LimitExceeded: The page would take too much memory.
        TooSlow: It takes too long.
    """
    if span.ordering.is_computed:
        return await _read_computed(
            store, span, limit=limit, backward=backward, position=position, keep=keep, patience=patience
        )
    items: list[tuple[Place, T]] = []
    size = limit + 1 if span.narrowing.exact else max(limit + 1, _MIN_BATCH)
    after, before = span.after, span.before
    full_messages = 0
    pace = Pace()
    while True:
        within, options = span.ordering.between(*span.keys, after=after, before=before)
        condition = within if span.narrowing.filter is None else {"$and": [within, span.narrowing.filter]}
        sort = span.ordering.sort(backward=backward)
        batch, position, cut = await store.read(
            condition, limit=size, sort=sort, position=position, patience=patience, **{**span.options, **options}
        )
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


async def _read_computed(
    store: Store,
    span: Span,
    *,
    limit: int,
    backward: bool,
    position: int | None,
    keep: Callable[[Document], T | None],
    patience: Patience,
) -> Found[T]:
    """Read a page in an order that only we can compute: a look at everything, of which no more than places is kept."""
    ordering = span.ordering
    at = await store.latest_position() if position is None else position
    low = None if span.after is None else ordering.rank(span.after)
    high = None if span.before is None else ordering.rank(span.before)
    ranked: list[tuple[tuple[Any, ...], Place]] = []
    pace = Pace()
    is_decided = span.narrowing.exact and not span.narrowing.objects
    options: dict[str, Any] = span.options
    if is_decided and ordering.projection is not None:
        options |= {"projection": ordering.projection, "batch_size": _MAX_RANKED}
    async for document, _ in store.scan(span.condition, position=at, patience=patience, **options):
        place = ordering.place(document)
        rank = ordering.rank(place)
        if (low is None or low < rank) and (high is None or rank < high) and (is_decided or keep(document) is not None):
            ranked.append((rank, place))
        if len(ranked) >= _MAX_RANKED + limit:
            ranked = _first(ranked, limit + 1, backward)
        await pace.keep()
    places = [place for _, place in _first(ranked, limit + 1, backward)]
    wanted = [place.key for place in places[:limit]]
    documents, _, cut = await store.read({"_id": {"$in": wanted}}, limit=limit + 1, position=at)
    if cut:
        raise LimitExceeded("The page is too large; ask for fewer resources.")
    by_key = {document["_id"]: keep(document) for document in documents}
    items = [(place, item) for place in places[:limit] if (item := by_key[place.key]) is not None]
    return Found(_in_order(items, backward), more=len(places) > limit, position=at)


def _first(
    ranked: list[tuple[tuple[Any, ...], Place]], count: int, backward: bool
) -> list[tuple[tuple[Any, ...], Place]]:
    return sorted(ranked, key=itemgetter(0), reverse=backward)[:count]


async def count_all(
    store: Store, span: Span, *, position: int, keep: Callable[[Document], Any], patience: Patience
) -> int:
    """Return how many elements a span has at a position, its bounds left aside.

    Raises:
        TooSlow: It takes too long.
    """
    narrowing, condition = span.narrowing, span.condition
    if narrowing.exact:
        odd = {"$or": [{"$isArray": f"${path}"} for path in sorted(narrowing.objects)]} if narrowing.objects else None
        total, doubtful = await store.count(condition, position=position, odd=odd, patience=patience, **span.options)
        if not doubtful:
            return total
    total, pace = 0, Pace()
    async for document, _ in store.scan(condition, position=position, patience=patience, **span.options):
        total += keep(document) is not None
        await pace.keep()
    return total


def _in_order(items: list[tuple[Place, T]], backward: bool) -> list[tuple[Place, T]]:
    return items[::-1] if backward else items
