"""Long loops that let others run."""

from __future__ import annotations

import asyncio

__all__ = ["Pace"]

_SECONDS = 0.01


class Pace:
    """Gives way now and then; ``keep`` it once a step, a step being much shorter than 10 ms."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + _SECONDS

    async def keep(self) -> None:
        """Let others run, if this loop has been running for a while."""
        if self._clock() >= self._until:
            await asyncio.sleep(0)
            self._until = self._clock() + _SECONDS
