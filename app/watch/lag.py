"""How far the hub is behind the database, without comparing two machines' clocks."""

from __future__ import annotations

import time
from collections import deque

__all__ = ["Lag"]


class Lag:
    """Remembers when the database was seen at which position, until the hub has got there."""

    def __init__(self) -> None:
        self._up_to_date_at = time.monotonic()
        self._targets: deque[tuple[float, int]] = deque()
        self._owed: tuple[float, int] | None = None

    @property
    def seconds(self) -> float:
        """Everything that was committed so many seconds ago has been dispatched."""
        return max(time.monotonic() - self._up_to_date_at, self.owed_seconds)

    @property
    def owed_seconds(self) -> float:
        """For so long there has been something committed that the stream must bring and has not; 0 where nothing."""
        return 0.0 if self._owed is None else time.monotonic() - self._owed[0]

    def saw(self, position: int, *, asked_at: float) -> None:
        """Note that the database, asked at a moment (``time.monotonic()``), was at a position."""
        if not self._targets or self._targets[-1][1] < position:
            self._targets.append((asked_at, position))

    def owe(self, position: int, *, asked_at: float) -> None:
        """Note that what was asked for at a moment is committed at a position: the stream has to get there."""
        if self._owed is None:
            self._owed = (asked_at, position)

    def reached(self, position: int) -> None:
        """Note that everything up to a position has been dispatched."""
        while self._targets and self._targets[0][1] <= position:
            self._up_to_date_at = self._targets.popleft()[0]
        if self._owed is not None and self._owed[1] <= position:
            self._owed = None

    def emptied(self, *, asked_at: float) -> None:
        """Note that the database, asked at a moment, had nothing new; what is owed stays owed."""
        self._targets.clear()
        self._up_to_date_at = asked_at
