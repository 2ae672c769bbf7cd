"""Reminds every watcher of its bookmark, with one timer for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.watch.clock import Clock
    from app.watch.watcher import Watcher

__all__ = ["Bookmarks"]

_AT_A_TIME: Final = 500
"""Watchers that are woken before others have their turn of the event loop."""


class Bookmarks:
    """Watchers in the order of their next bookmark: one period for all keeps the queue sorted by itself."""

    def __init__(self, clock: Clock, *, period_seconds: float) -> None:
        self._clock = clock
        self._period = period_seconds
        self._queue: deque[tuple[float, Watcher]] = deque()

    def add(self, watcher: Watcher) -> None:
        """Give a watcher its first bookmark after one period."""
        self._queue.append((self._clock.monotonic() + self._period, watcher))

    async def run(self) -> None:
        """Remind those whose time has come, for ever."""
        while True:
            woken = self._remind_due()
            if woken == _AT_A_TIME:
                await asyncio.sleep(0)
            else:
                due = self._queue[0][0] - self._clock.monotonic() if self._queue else self._period
                await self._clock.sleep(due)

    def _remind_due(self) -> int:
        now = self._clock.monotonic()
        woken = 0
        while woken < _AT_A_TIME and self._queue and self._queue[0][0] <= now:
            _, watcher = self._queue.popleft()
            if not watcher.has_ended:
                watcher.remind()
                self._queue.append((now + self._period, watcher))
                woken += 1
        return woken
