"""The latest changes, for those who come back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.watch.events import Change

__all__ = ["History"]


class History:
    """A ring of changes in commit order, bounded by their number and their bytes.

    Attributes:
        start: Every change after this position is held; none before it is.
        end: Position of the newest change that was ever held; ``start`` when there was none.
    """

    def __init__(self, *, start: int, max_events: int, max_bytes: int) -> None:
        self.start = start
        self.end = start
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._bytes = 0
        self._changes: deque[Change] = deque()
        self._by_key: dict[str, deque[Change]] = {}

    def __len__(self) -> int:
        return len(self._changes)

    @property
    def bytes(self) -> int:
        """The estimated memory of what is held."""
        return self._bytes

    def append(self, change: Change) -> None:
        """Hold a change newer than all others, and forget the oldest ones beyond the bounds."""
        self._changes.append(change)
        self._by_key.setdefault(change.storage_key, deque()).append(change)
        self._bytes += change.weight
        self.end = change.position
        while len(self._changes) > self._max_events or self._bytes > self._max_bytes:
            self._forget_oldest()

    def covers(self, position: int) -> bool:
        """Decide whether every change after a position is held."""
        return position >= self.start

    def since(self, position: int, *, keys: Iterable[str] | None = None) -> Sequence[Change]:
        """Return the changes after a position that is covered.

        Args:
            position: The last position that the caller has seen.
            keys: Storage keys to look under; None for all.

        Returns:
            Changes with a greater position, ascending.
        """
        rings: Iterable[deque[Change]] = (
            [self._changes] if keys is None else [self._by_key[key] for key in keys if key in self._by_key]
        )
        found = [
            change for ring in rings for change in takewhile(lambda held: held.position > position, reversed(ring))
        ]
        found.sort(key=_position)
        return found

    def _forget_oldest(self) -> None:
        oldest = self._changes.popleft()
        ring = self._by_key[oldest.storage_key]
        ring.popleft()
        if not ring:
            del self._by_key[oldest.storage_key]
        self._bytes -= oldest.weight
        self.start = oldest.position


def _position(change: Change) -> int:
    return change.position
