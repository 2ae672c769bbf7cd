"""The work queue: which key is next.

A key is in it once, however often it is added, and one worker has it at a time: what is added while it is worked on
is done once more afterwards. (The dirty and processing sets of client-go's ``workqueue``.) There are two lanes: what
changes now goes before the backlog of a start or a resync, but never starves it.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from controllers.clock import Clock, Timer

__all__ = ["Lane", "QueueClosed", "WorkQueue"]

K = TypeVar("K")

_BACKLOG_TURN: Final = 8
"""Of so many keys that are taken, one is of the backlog, however much else there is."""


class Lane(Enum):
    """Who goes first."""

    LIVE = "live"
    BACKLOG = "backlog"


class QueueClosed(Exception):
    """No more work is given out."""


class WorkQueue(Generic[K]):
    """Keys that wait, keys that are due later, and keys that are worked on.

    Args:
        clock: For delays.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[Lane, dict[K, float]] = {Lane.LIVE: {}, Lane.BACKLOG: {}}
        self._running: set[K] = set()
        self._again: dict[K, Lane] = {}
        self._delayed: dict[K, tuple[float, Timer]] = {}
        self._changed = asyncio.Event()
        self._closed = False
        self._held = False
        self._taken = 0
        self.longest_wait_seconds = 0.0

    def __len__(self) -> int:
        """Return how many keys wait, those not counted that are due later."""
        return sum(map(len, self._waiting.values())) + len(self._again)

    @property
    def running(self) -> int:
        """How many keys are worked on."""
        return len(self._running)

    @property
    def delayed(self) -> int:
        """How many keys are due later."""
        return len(self._delayed)

    def add(self, key: K, lane: Lane = Lane.LIVE) -> None:
        """Have a key worked on, soon."""
        if self._closed:
            return
        if key in self._running:
            if self._again.get(key) is not Lane.LIVE:
                self._again[key] = lane
        else:
            self._enqueue(key, lane)

    def add_after(self, key: K, delay_seconds: float, lane: Lane = Lane.LIVE) -> None:
        """Have a key worked on later, unless that happens earlier for another reason."""
        if self._closed:
            return
        due = self._clock.now() + delay_seconds
        known = self._delayed.get(key)
        if known is not None:
            if known[0] <= due:
                return
            known[1].cancel()
        self._delayed[key] = (due, self._clock.call_later(delay_seconds, lambda: self._due(key, lane)))

    async def get(self) -> K:
        """Return the next key; give it back with ``done``.

        Whatever was planned for it is off: what comes of the work decides anew.

        Raises:
            QueueClosed: There is no more work.
        """
        while True:
            if self._closed:
                raise QueueClosed
            key = None if self._held else self._take()
            if key is not None:
                return key
            self._changed.clear()
            await self._changed.wait()

    def done(self, key: K) -> None:
        """Say that nobody works on a key any more."""
        self._running.discard(key)
        lane = self._again.pop(key, None)
        if lane is not None:
            self._enqueue(key, lane)

    def hold(self, held: bool) -> None:
        """Give out no work for a while, or go on."""
        self._held = held
        self._changed.set()

    def close(self) -> None:
        """Give out no more work; what is planned is off."""
        self._closed = True
        for _, timer in self._delayed.values():
            timer.cancel()
        self._delayed.clear()
        self._changed.set()

    def _enqueue(self, key: K, lane: Lane) -> None:
        since = self._clock.now()
        if lane is Lane.LIVE:
            since = min(since, self._waiting[Lane.BACKLOG].pop(key, since))
        elif key in self._waiting[Lane.LIVE]:
            return
        self._waiting[lane].setdefault(key, since)
        self._changed.set()

    def _due(self, key: K, lane: Lane) -> None:
        self._delayed.pop(key, None)
        self.add(key, lane)

    def _take(self) -> K | None:
        self._taken += 1
        backlog_first = self._taken % _BACKLOG_TURN == 0
        lanes = (Lane.BACKLOG, Lane.LIVE) if backlog_first else (Lane.LIVE, Lane.BACKLOG)
        for lane in lanes:
            waiting = self._waiting[lane]
            if waiting:
                key = next(iter(waiting))
                self.longest_wait_seconds = self._clock.now() - waiting.pop(key)
                self._running.add(key)
                planned = self._delayed.pop(key, None)
                if planned is not None:
                    planned[1].cancel()
                return key
        return None
