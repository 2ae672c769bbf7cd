"""What is to be looked at: each key once, some of them later, no key twice at a time."""

from __future__ import annotations

import asyncio
import heapq
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WorkQueue"]

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 30.0
_LONGEST_SLEEP_SECONDS: Final = 3_600.0


class WorkQueue:
    """Keys that wait for their turn; whoever takes one says afterwards whether it is to come again.

    Attributes:
        overflowed: More came than are held: those that were left out have to be found again.
    """

    def __init__(self, *, most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self.overflowed = False
        self._most = most
        self._clock = clock
        self._due: dict[str, float] = {}
        self._order: list[tuple[float, str]] = []
        self._taken: set[str] = set()
        self._failures: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._finished = asyncio.Event()

    def __len__(self) -> int:
        return len(self._due) + len(self._taken)

    async def put(self, key: str) -> None:
        """Have a key looked at, as soon as there is room for it."""
        while len(self._due) >= self._most and key not in self._due:
            self._finished.clear()
            await self._finished.wait()
        self.add(key)

    def add(self, key: str, *, after_seconds: float = 0.0) -> None:
        """Have a key looked at; sooner where it was to be later."""
        due = self._clock() + after_seconds
        if key not in self._due and len(self._due) >= self._most:
            self.overflowed = True
        elif due < self._due.get(key, float("inf")):
            self._due[key] = due
            heapq.heappush(self._order, (due, key))
            self._changed.set()

    async def take(self) -> str:
        """Return the next key, once there is one whose time has come; it is this caller's until it is finished."""
        while True:
            key, wait_seconds = self._next()
            if key is not None:
                return key
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._changed.wait()

    def finish(self, key: str, *, again: bool) -> None:
        """Say that a key has been looked at, and whether that is to be tried again, later each time."""
        self._taken.discard(key)
        if again:
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            self.add(key, after_seconds=min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 20)))
        else:
            self._failures.pop(key, None)
        self._changed.set()
        self._finished.set()

    def _next(self) -> tuple[str | None, float]:
        """Return a key that is taken now, or how long there is none."""
        kept = []
        found, wait_seconds = None, _LONGEST_SLEEP_SECONDS
        while self._order and found is None:
            due, key = self._order[0]
            if due > self._clock():
                wait_seconds = due - self._clock()
                break
            heapq.heappop(self._order)
            if self._due.get(key) != due:
                continue
            if key in self._taken:
                kept.append((due, key))
                continue
            del self._due[key]
            self._taken.add(key)
            found = key
        for entry in kept:
            heapq.heappush(self._order, entry)
        return found, wait_seconds
