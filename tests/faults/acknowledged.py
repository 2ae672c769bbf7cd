"""Which writes were acknowledged by when."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tests.faults.history import Outcome, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Acknowledged"]


class Acknowledged:
    """The acknowledged writes of a history, in the order of time.

    Attributes:
        writes: Those that committed something, by the time of their return.
    """

    def __init__(self, writes: Iterable[Write]) -> None:
        done = (one for one in writes if one.outcome is Outcome.DONE and one.commits)
        self.writes = sorted((one for one in done if _position(one)), key=_returned)
        self._newest: list[Write] = []
        for write in self.writes:
            newest = self._newest[-1] if self._newest else write
            self._newest.append(max(newest, write, key=_position))

    def newest_before(self, time: float) -> Write | None:
        """Return the write of the latest position of those that had returned before a time."""
        count = bisect_left(self.writes, time, key=_returned)
        return self._newest[count - 1] if count else None


def _position(write: Write) -> int:
    return write.position or 0


def _returned(write: Write) -> float:
    return float("inf") if write.returned is None else write.returned
