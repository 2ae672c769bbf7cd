"""Changes that are older than the hub's history, read back from the oplog by a change stream of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.errors import Expired, Unavailable
from app.resources.keys import DEFINITIONS_KEY, kind_range, namespace_range, resource_key
from app.store.changes import HistoryLost, oldest_position, open_changes
from app.watch.events import Change

if TYPE_CHECKING:
    from app.store.mongo import Store
    from app.watch.limits import WatchLimits
    from app.watch.selection import Selection

__all__ = ["Batch", "CatchUp"]

_MOST_RANGES: Final = 50
"""Watched kinds beyond which the database is not asked to narrow the events."""

_AWAIT_MILLISECONDS: Final = 1
"""There is no need to wait for news: the hub brings them."""

_logger = logging.getLogger(__name__)

_NO_PAST: Final = (
    "it needs the role read on the database local; until then, whoever comes back with a position from before this "
    "server's own history has to list again"
)
_TOO_OLD: Final = "the position is older than what the database still knows"


class Batch(NamedTuple):
    """Part of the past.

    Attributes:
        changes: What concerns the selection, ascending.
        reached: Everything up to this position has been read.
    """

    changes: Sequence[Change]
    reached: int


class CatchUp:
    """Reads the past, a bounded part at a time and with a bounded number of readers."""

    def __init__(self, store: Store, *, limits: WatchLimits) -> None:
        self._store = store
        self._most_events = max(1, limits.queue_events // 2)
        self._most_bytes = limits.queue_bytes // 2
        self._stall_seconds = limits.catch_up_stall_seconds
        self._readers = asyncio.Semaphore(limits.catch_ups)

    async def check(self) -> None:
        """Tell the operator where the past cannot be read at all."""
        try:
            await oldest_position(self._store.streamed)
        except Expired as error:
            _logger.warning("%s: %s", error, _NO_PAST)
        except Unavailable as error:
            _logger.debug("the oplog cannot be looked at: %s", error)

    async def read(self, position: int, selection: Selection, *, until: int) -> Batch:
        """Read what came after a position.

        Args:
            position: The last position that the watch has seen.
            selection: What it watches.
            until: Stop when everything up to this position has been read; earlier when half a queue is full.

        Raises:
            Expired: The past is no longer known as far back.
            Unavailable: The database does not answer now.
        """
        async with self._readers:
            try:
                batch = await self._read(position, selection, until)
            except HistoryLost as lost:
                raise Expired(_TOO_OLD) from lost
            except TimeoutError as error:
                raise Unavailable("the database does not answer") from error
            # A change stream starts too late without a word, so what counts is what is still there after the read.
            if await oldest_position(self._store.streamed) > position:
                raise Expired(_TOO_OLD)
            return batch

    async def _read(self, position: int, selection: Selection, until: int) -> Batch:
        changes: list[Change] = []
        weight, reached = 0, position
        async with open_changes(
            self._store.streamed, after=position, within=_ranges(selection), await_milliseconds=_AWAIT_MILLISECONDS
        ) as cursor:
            while reached < until and len(changes) < self._most_events and weight < self._most_bytes:
                async with asyncio.timeout(self._stall_seconds):
                    event = await cursor.next()
                if event is None:
                    reached = max(reached, cursor.reached or 0)
                    continue
                if event.position <= reached:
                    raise HistoryLost("two changes at one position")
                reached = event.position
                if not event.is_rewrite:
                    change = Change(event)
                    if selection.concerns(change):
                        changes.append(change)
                        weight += change.weight
        return Batch(changes, reached)


def _ranges(selection: Selection) -> list[dict[str, Any]] | None:
    """Return filters over events that take at least what concerns the selection."""
    if selection.kinds is None or len(selection.kinds) > _MOST_RANGES:
        return None
    ranges = [
        kind_range(key) if selection.namespace is None else namespace_range(key, selection.namespace)
        for key in selection.kinds
    ]
    names = [resource_key(DEFINITIONS_KEY, namespace=None, name=name) for name in sorted(selection.fingerprints)]
    return [
        *({"documentKey._id": {"$gt": keys.after, "$lt": keys.before}} for keys in ranges),
        {"documentKey._id": {"$in": names}},
    ]
