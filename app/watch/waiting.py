"""Those who wait until the hub has reached a position."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import Final

__all__ = ["PositionWaiters"]

_FEW: Final = 64


class PositionWaiters:
    """Futures by position; the nearest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._heap)

    async def wait(self, position: int, *, timeout_seconds: float) -> bool:
        """Return True once ``reached`` was called with a position not below this one, False after the time."""
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._heap, (position, next(self._numbers), future))
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_seconds):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
            self._forget_abandoned()
        return True

    def reached(self, position: int) -> None:
        """Wake those who wait for this position or an earlier one."""
        while self._heap and self._heap[0][0] <= position:
            _, _, future = heapq.heappop(self._heap)
            if not future.done():
                future.set_result(None)

    def _forget_abandoned(self) -> None:
        """Drop those who gave up, once they are most of the heap: their positions may never come."""
        if len(self._heap) > max(_FEW, 2 * self._waiting):
            self._heap = [entry for entry in self._heap if not entry[2].done()]
            heapq.heapify(self._heap)
