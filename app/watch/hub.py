"""The hub: one change stream a process, delivered to everybody who watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.errors import Expired, Unavailable, at_limit
from app.resources.keys import DEFINITIONS_KEY
from app.store.changes import HistoryLost
from app.tasks import end_tasks
from app.watch.bookmarks import Bookmarks
from app.watch.catch_up import CatchUp
from app.watch.clock import Clock, SystemClock
from app.watch.delivery import Delivery
from app.watch.follower import Follower
from app.watch.history import History
from app.watch.index import Index
from app.watch.kinds import KindRegistry, KindsInStream
from app.watch.lag import Lag
from app.watch.limits import WatchLimits
from app.watch.replay import Replay
from app.watch.statistics import HubStatistics
from app.watch.waiting import PositionWaiters
from app.watch.watchdog import Watchdog
from app.watch.watcher import Watcher
from schema_builder.backend import KindChanged

if TYPE_CHECKING:
    from app.store.mongo import Store
    from app.watch.events import Change
    from app.watch.listener import Listener
    from app.watch.selection import Selection
    from schema_builder.errors import KindgraphError

__all__ = ["Hub"]

_ENDED_AT_A_TIME: Final = 500
_BRIEF_SECONDS: Final = 1.0
"""A hub that is no further behind than this knows where the database is."""

_BLIND: Final = "this server has lost sight of the database"

_logger = logging.getLogger(__name__)


def _everything(_: Selection) -> bool:
    return True


class Hub:
    """Delivers every change of the database to the watchers that want it.

    ``start`` it once the registry has its kinds, ``open`` watches, and ``stop`` it last of all. Definitions that other
    servers write reach the registry through it, before any later change reaches a watcher.
    """

    def __init__(
        self, store: Store, registry: KindRegistry, *, limits: WatchLimits | None = None, clock: Clock | None = None
    ) -> None:
        self._store = store
        self._registry = registry
        self._limits = limits or WatchLimits()
        self._lag = Lag()
        self._waiters = PositionWaiters()
        self._index = Index()
        self._kinds = KindsInStream(registry)
        self._delivery = Delivery(self._index, self._kinds)
        self._catch_up = CatchUp(store, limits=self._limits)
        clock = clock or SystemClock()
        self._bookmarks = Bookmarks(clock, period_seconds=self._limits.bookmark_seconds)
        self._watchdog = Watchdog(
            store, self._lag, position=lambda: self._position, blind=self._go_blind, limits=self._limits, clock=clock
        )
        self._follower = Follower(
            store,
            self._lag,
            stall_seconds=self._limits.stall_seconds,
            dispatch=self._dispatch,
            advance=self._advance,
            lose=self._lose,
            begin=self._begin_now,
        )
        self._watchers: set[Watcher] = set()
        self._replays: dict[Watcher, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Listener] = []
        self._frontier = lambda: self._position  # one for all watchers, of which there are many
        self._on_close = self._forget
        self._is_draining = False
        self._changes = 0
        self._begin(0)

    @property
    def position(self) -> int:
        """Everything up to this position has been dispatched."""
        return self._position

    @property
    def lag_seconds(self) -> float:
        """Everything that was committed so many seconds ago has been dispatched."""
        return self._lag.seconds

    @property
    def trouble(self) -> str | None:
        """Why watches cannot be served as they should be; None where they can."""
        if not self._tasks or any(task.done() for task in self._tasks):
            return "the hub does not run"
        if self._follower.is_lost:
            return "the change stream is lost, and begins anew when the database answers"
        if self.lag_seconds >= self._limits.healthy_lag_seconds:
            return f"the change stream is {self.lag_seconds:.1f} s behind"
        return None

    @property
    def healthy(self) -> bool:
        """Whether the hub runs and is not far behind the database."""
        return self.trouble is None

    @property
    def statistics(self) -> HubStatistics:
        """What the hub holds and has done."""
        return HubStatistics(
            watchers=len(self._watchers),
            catching_up=len(self._replays),
            history_events=len(self._history),
            history_bytes=self._history.bytes,
            changes=self._changes,
            interruptions=self._follower.interruptions,
            restarts=self._follower.restarts,
        )

    def listen(self, listener: Listener) -> None:
        """Tell somebody of every change from now on."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Begin at the newest position, with the registry at least as new.

        Raises:
            Unavailable: The database cannot answer now.
        """
        await self._follower.begin()
        await self._catch_up.check()
        self._tasks = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("hub", self._follower.run()),
                ("bookmarks", self._bookmarks.run()),
                ("watchdog", self._watchdog.run()),
            )
        ]

    async def drain(self) -> None:
        """End every watch with a resumable error, and refuse new ones."""
        self._is_draining = True
        await self.end(Unavailable("the server is shutting down"))

    async def end(self, error: KindgraphError, *, of: Callable[[Selection], bool] = _everything) -> None:
        """End watches at once; each tells the position that it goes on from.

        Args:
            error: How they end: ``Forbidden``, say, where a right to read was lost.
            of: Decides which of them by what they watch; the others notice nothing.
        """
        ended = [watcher for watcher in self._watchers if of(watcher.selection)]
        for number, watcher in enumerate(ended, 1):
            watcher.end(error, at_once=True)
            if number % _ENDED_AT_A_TIME == 0:
                await asyncio.sleep(0)

    async def stop(self) -> None:
        """Drain, and leave the database alone."""
        await self.drain()
        await end_tasks([*self._tasks, *self._replays.values()])
        self._tasks = []

    async def wait_for(self, position: int, *, timeout_seconds: float | None = None) -> bool:
        """Return True once everything up to a position has been dispatched, False after the time.

        Args:
            position: The position.
            timeout_seconds: The time; ``WatchLimits.ahead_seconds`` where none is given.
        """
        if position <= self._position:
            return True
        seconds = self._limits.ahead_seconds if timeout_seconds is None else timeout_seconds
        return await self._waiters.wait(position, timeout_seconds=seconds)

    async def require(self, position: int) -> None:
        """Return once everything up to a position has been dispatched.

        Raises:
            Expired: The position is before the database's first one, or ahead of its newest.
            Unavailable: This server is behind the database, so that it cannot tell.
        """
        if position < self._store.first_position:
            raise Expired("the position is older than this database")
        if await self.wait_for(position):
            return
        if self._follower.is_lost or self.lag_seconds > max(_BRIEF_SECONDS, self._limits.ahead_seconds):
            raise Unavailable("this server is behind the database", extensions={"resourceVersion": str(position)})
        raise Expired("the position is ahead of this database")

    async def open(self, selection: Selection, *, position: int, bookmarks: bool = True) -> Watcher:
        """Begin a watch: every change after a position that the selection covers, once and in order.

        Args:
            selection: What to watch.
            position: The last position that the client knows everything up to.
            bookmarks: Whether it wants to be told positions without changes.

        Returns:
            The watch; whoever takes it must ``close`` it.

        Raises:
            Expired: The position is before the database's first one or ahead of its newest. A position that is merely
                too old ends the watch instead.
            LimitExceeded: This server has as many watches as it takes.
            Unavailable: The server is shutting down, or has lost sight of the database.
        """
        await self.require(position)
        here = {"resourceVersion": str(position)}
        if self._is_draining:
            raise Unavailable("the server is shutting down", extensions=here)
        if self._follower.is_lost or self.lag_seconds > self._limits.blind_seconds:
            raise Unavailable(_BLIND, extensions=here)
        if len(self._watchers) >= self._limits.watchers:
            most, setting = self._limits.watchers, "KINDGRAPH_MAX_WATCHES"
            raise at_limit("open watches on this server", most=most, setting=setting, **here)
        return self._admit(selection, position, bookmarks=bookmarks)

    def _admit(self, selection: Selection, position: int, *, bookmarks: bool) -> Watcher:
        for storage_key, kind in (selection.kinds or {}).items():
            self._kinds.enter(storage_key, kind)
        watcher = Watcher(
            selection,
            position=position,
            served_from=self._position,
            limits=self._limits,
            on_close=self._on_close,
            bookmarks=bookmarks,
        )
        self._watchers.add(watcher)
        self._bookmarks.add(watcher)
        for storage_key, kind in (selection.kinds or {}).items():
            successor = self._kinds.successor(storage_key, kind)
            if successor is not None:
                watcher.mark(KindChanged(position, successor))
        if not self._replay.try_join(watcher, position):
            self._replays[watcher] = asyncio.create_task(self._replay.run(watcher, position))
            self._replays[watcher].add_done_callback(lambda _: self._replays.pop(watcher, None))
        return watcher

    def _join(self, watcher: Watcher) -> None:
        self._index.add(watcher)
        watcher.follow(self._frontier)

    def _forget(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)
        self._index.remove(watcher)
        replay = self._replays.get(watcher)
        if replay is not None and replay is not asyncio.current_task():
            replay.cancel()

    def _begin(self, position: int) -> None:
        self._position = position
        self._history = History(
            start=position, max_events=self._limits.history_events, max_bytes=self._limits.history_bytes
        )
        self._replay = Replay(
            self._history, catch_up=self._catch_up, delivery=self._delivery, limits=self._limits, join=self._join
        )

    async def _begin_now(self) -> int:
        """Begin at the newest position, and return it; the registry is read after it: no definition falls between."""
        position = await self._store.latest_position()
        await self._registry.refresh()
        self._begin(position)
        self._kinds.start_over()
        self._waiters.reached(position)
        for listener in self._listeners:
            listener.missed()
        return position

    async def _dispatch(self, change: Change) -> None:
        """Deliver a change to all who follow; definitions reach the registry first.

        Raises:
            HistoryLost: Two changes have one position: whoever resumes from it would miss the second.
        """
        if change.position <= self._history.end:
            raise HistoryLost(f"two changes at the position {change.position}")
        if change.storage_key == DEFINITIONS_KEY:
            await self._kinds.follow(change)
        change.kind = self._kinds.get(change.storage_key)
        self._history.append(change)
        self._changes += 1
        for listener in self._listeners:
            listener.heard(change)
        await self._delivery.to_all(change)

    def _advance(self, position: int) -> None:
        if position > self._position:
            self._position = position
            self._waiters.reached(position)
        self._lag.reached(position)

    async def _lose(self) -> None:
        await self.end(Expired("the database lost the history of its changes"))

    async def _go_blind(self) -> None:
        """End every watch, to be resumed where the database can be seen: here it would wait, and never know."""
        if self._watchers:
            _logger.error("the change stream is %.0f s behind: every watch ends, to be resumed", self.lag_seconds)
            await self.end(Unavailable(_BLIND))
