"""Time as something that is handed in, so that tests need not wait for it."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Monotonic time in seconds, and waiting for it to pass."""

    def monotonic(self) -> float:
        """Return the seconds since some fixed moment."""

    async def sleep(self, seconds: float) -> None:
        """Return when so much of this clock's time has passed."""


class SystemClock:
    """The time of this machine."""

    def monotonic(self) -> float:
        """Return the machine's monotonic time."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep without blocking the event loop."""
        await asyncio.sleep(seconds)
