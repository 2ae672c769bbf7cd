"""One watch: a bounded queue between the hub, which never waits, and a client, who may be slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.errors import LimitExceeded, resumable_position
from schema_builder.backend import EventType, KindChanged, WatchEvent

if TYPE_CHECKING:
    from app.watch.limits import WatchLimits
    from app.watch.selection import Selection
    from schema_builder.errors import KindgraphError

__all__ = ["Watcher"]

Item = WatchEvent | KindChanged


class Watcher:
    """The events of one watch, as an asynchronous iterator for one consumer.

    It ends by raising the ``KindgraphError`` that ended it, again at every further step; ``extensions.resourceVersion``
    is then the position to go on from: everything up to it was delivered, nothing after it. After ``Expired`` there is
    none.

    Attributes:
        selection: What is watched.
        position: Position of the last thing delivered.
        offered: Position of the last thing offered; what is not newer is ignored, so nothing comes twice.
        begins_after: The position that it began with.
        served_from: Position of the hub when the watch began: definitions up to it are known to the consumer.
        fingerprints: The kinds that the consumer works with, by name.
    """

    __slots__ = (
        "_bookmark_is_due",
        "_bookmarks",
        "_bytes",
        "_error",
        "_frontier",
        "_is_closed",
        "_limits",
        "_on_close",
        "_push",
        "_queue",
        "_ready",
        "_room",
        "_waiting",
        "begins_after",
        "fingerprints",
        "offered",
        "position",
        "selection",
        "served_from",
    )

    def __init__(
        self,
        selection: Selection,
        *,
        position: int,
        served_from: int,
        limits: WatchLimits,
        on_close: Callable[[Watcher], None],
        bookmarks: bool = True,
    ) -> None:
        self.selection = selection
        self.position = position
        self.offered = position
        self.begins_after = position
        self.served_from = served_from
        self.fingerprints = selection.fingerprints
        self._limits = limits
        self._on_close = on_close
        self._frontier: Callable[[], int] | None = None
        self._queue: deque[tuple[Item, int]] | tuple[()] = ()
        self._bytes = 0
        self._bookmarks = bookmarks
        self._bookmark_is_due = False
        self._error: KindgraphError | None = None
        self._is_closed = False
        self._waiting: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._push: Callable[[WatchEvent], bool] | None = None
        self._ready: Callable[[], None] | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing can be offered any more."""
        return self._is_closed or self._error is not None

    @property
    def has_room(self) -> bool:
        """Whether at least half of the queue is free."""
        return len(self._queue) * 2 <= self._limits.queue_events and self._bytes * 2 <= self._limits.queue_bytes

    @property
    def queued(self) -> int:
        """Number of things that wait for the consumer."""
        return len(self._queue)

    def offer(self, item: WatchEvent, *, weight: int) -> None:
        """Queue the next thing, or end the watch where the queue is full; never waits.

        Args:
            item: An event; ignored unless it is newer than all before it.
            weight: Its bytes of memory, estimated.
        """
        position = item.position
        if position is None or position <= self.offered or self._is_closed or self._error is not None:
            return
        push = self._push
        if push is not None and self._is_idle and push(item):
            self.position = self.offered = position
        else:
            self._queue_item(item, weight)

    @property
    def _is_idle(self) -> bool:
        """Whether the consumer waits for what comes next, and nothing else comes before that."""
        if self._ready is None and (self._waiting is None or self._waiting.done()):
            return False
        return not self._queue and not self._bookmark_is_due

    def park(self, ready: Callable[[], None]) -> bool:
        """Wait without a task: have a function called, once, when there is something to take.

        Returns:
            Whether the consumer has to wait at all; if not, nothing is called.
        """
        if self._bookmark_is_due or self._queue or self.has_ended:
            return False
        self._ready = ready
        return True

    def push_to(self, push: Callable[[WatchEvent], bool]) -> None:
        """Hand events over as they come, while the consumer waits and nothing is queued: nobody has to be woken.

        Args:
            push: Takes an event for the consumer at once, or returns False to have it queued; must not raise.
        """
        self._push = push

    def mark(self, marker: KindChanged) -> None:
        """Queue a marker: it comes after an event of the same position, and only where it tells something new."""
        name = marker.kind.names.type_name
        if not self.has_ended and self.fingerprints.get(name) != marker.kind.fingerprint:
            self.fingerprints = {**self.fingerprints, name: marker.kind.fingerprint}
            self._queue_item(marker, 0)

    def reached(self, position: int) -> None:
        """Note that all up to a position was offered."""
        self.offered = max(self.offered, position)

    def follow(self, frontier: Callable[[], int]) -> None:
        """Take part in the live stream.

        Args:
            frontier: Tells the position up to which everything has been offered to all who follow.
        """
        self._frontier = frontier

    def remind(self) -> None:
        """Deliver a bookmark before anything else, at once where that is possible.

        A consumer that wants none is told nothing; but the position that it could go on from is the newer one.
        """
        if not self._bookmarks:
            if self._is_idle:
                self._bookmark()
        elif not (self._is_idle and self._push is not None and self._push(self._bookmark())):
            self._bookmark_is_due = True
            self._wake()

    def end(self, error: KindgraphError, *, at_once: bool = False) -> None:
        """End the watch after what is queued, or at once: then the queue is for whoever resumes."""
        if self.has_ended:
            return
        self._error = error
        if at_once:
            self._queue = ()
        self._leave()

    def close(self) -> None:
        """Leave the hub; the consumer wants no more."""
        if not self._is_closed:
            self._is_closed = True
            self._queue = ()
            self._push = self._ready = None
            self._leave()

    async def room(self) -> None:
        """Return when at least half of the queue is free, or the watch has ended."""
        while not self.has_room and not self.has_ended:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def __aiter__(self) -> Watcher:
        return self

    async def __anext__(self) -> Item:
        while True:
            if self._is_closed:
                raise StopAsyncIteration
            if self._bookmark_is_due and self._error is None:
                return self._bookmark()
            if self._queue:
                return self._take(self._queue)
            if self._error is not None:
                raise self._resumable(self._error)
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None

    def _queue_item(self, item: Item, weight: int) -> None:
        is_full = len(self._queue) >= self._limits.queue_events or self._bytes + weight > self._limits.queue_bytes
        if self._queue and is_full:
            self.end(self._too_slow(), at_once=True)
            return
        if not self._queue:
            self._queue = deque()  # an empty one is no small thing, beside an idle watch
        self._queue.append((item, weight))
        self._bytes += weight
        self.reached(item.position or 0)
        self._wake()

    def _too_slow(self) -> LimitExceeded:
        most, setting = self._limits.queue_events, "KINDGRAPH_MAX_QUEUED_EVENTS"
        if len(self._queue) < most:
            return LimitExceeded("the watch was too slow: its events took more memory than a watch may", retryable=True)
        message = f"the watch was too slow: {most} events waited for it, as many as {setting} allows"
        return LimitExceeded(message, retryable=True, extensions={"limit": most, "setting": setting})

    def _take(self, queue: deque[tuple[Item, int]]) -> Item:
        item, weight = queue.popleft()
        self._bytes -= weight
        if item.position is not None:
            self.position = item.position
        if self._room is not None and self.has_room:
            _resolve(self._room)
            self._room = None
        return item

    def _bookmark(self) -> WatchEvent:
        self._bookmark_is_due = False
        if not self._queue:
            frontier = self.offered if self._frontier is None else max(self.offered, self._frontier())
            self.position = max(self.position, frontier)
        return WatchEvent(EventType.BOOKMARK, self.position)

    def _resumable(self, error: KindgraphError) -> KindgraphError:
        position = error.extensions.get("resourceVersion") or resumable_position(error.code, self.position)
        return type(error)(
            error.message,
            code=error.code,
            retryable=error.retryable,
            extensions={**error.extensions, "resourceVersion": position},
        )

    def _leave(self) -> None:
        self._on_close(self)
        self._wake()
        if self._room is not None:
            _resolve(self._room)
            self._room = None

    def _wake(self) -> None:
        if self._waiting is not None:
            _resolve(self._waiting)
        ready, self._ready = self._ready, None
        if ready is not None:
            ready()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
