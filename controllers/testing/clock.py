"""Time that passes when a test says so."""

from __future__ import annotations

import datetime
import heapq
import itertools
from collections.abc import Callable
from typing import Final

__all__ = ["FakeClock"]

_BEGINNING: Final = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


class _Timer:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        """See to it that nothing happens."""
        self.callback = None


class FakeClock:
    """A clock that stands still until it is advanced."""

    def __init__(self) -> None:
        self._now = 0.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        """Return the seconds that have passed."""
        return self._now

    def time(self) -> datetime.datetime:
        """Return the date and time; it begins on the first of January 2030."""
        return _BEGINNING + datetime.timedelta(seconds=self._now)

    def call_later(self, delay_seconds: float, callback: Callable[[], object]) -> _Timer:
        """Call something once the time has passed."""
        timer = _Timer(callback)
        heapq.heappush(self._timers, (self._now + max(delay_seconds, 0), next(self._numbers), timer))
        return timer

    def next_due(self) -> float | None:
        """Return when something will be called next; None for never."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, seconds: float) -> None:
        """Let time pass, and call what is due on the way."""
        until = self._now + seconds
        while (due := self.next_due()) is not None and due <= until:
            self._now = max(self._now, due)
            callback = heapq.heappop(self._timers)[2].callback
            if callback is not None:
                callback()
        self._now = until
