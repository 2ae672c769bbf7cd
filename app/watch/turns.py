"""Letting others have the event loop in the middle of long work."""

from __future__ import annotations

import asyncio
import time
from typing import Final

__all__ = ["Turn"]

_SECONDS: Final = 0.005


class Turn:
    """How long a task has kept the event loop; ``pass_on`` between two steps lets others go first where it is long."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def pass_on(self) -> None:
        """Give up the event loop for a moment where this turn has lasted for some milliseconds."""
        if time.monotonic() - self._began > _SECONDS:
            await asyncio.sleep(0)
            self._began = time.monotonic()
