"""Time as controllers see it, so that tests can make it pass."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

__all__ = ["Clock", "SystemClock", "Timer", "sleep", "timeout", "timestamp"]


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None:
        """See to it that it does not happen."""


class Clock(Protocol):
    """Where delays, deadlines and timestamps come from."""

    def now(self) -> float:
        """Return seconds on a clock that never goes back, from any beginning."""

    def time(self) -> datetime.datetime:
        """Return the date and time, in UTC."""

    def call_later(self, delay_seconds: float, callback: Callable[[], object]) -> Timer:
        """Call something from the event loop once the time has passed."""


class SystemClock:
    """The machine's time; where the system can tell, it goes on while the machine sleeps, for leases do."""

    def now(self) -> float:
        """Return seconds since some beginning."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def time(self) -> datetime.datetime:
        """Return the date and time, in UTC."""
        return datetime.datetime.now(datetime.UTC)

    def call_later(self, delay_seconds: float, callback: Callable[[], object]) -> Timer:
        """Call something from the event loop once the time has passed."""
        return asyncio.get_running_loop().call_later(delay_seconds, callback)


def timestamp(clock: Clock) -> str:
    """Return the time as resources have it: RFC 3339 with milliseconds, in UTC."""
    return clock.time().isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def sleep(clock: Clock, seconds: float) -> None:
    """Return once the time has passed."""
    passed = asyncio.Event()
    timer = clock.call_later(max(seconds, 0), passed.set)
    try:
        await passed.wait()
    finally:
        timer.cancel()


@contextlib.asynccontextmanager
async def timeout(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Cancel what is awaited inside once the time has passed.

    Raises:
        TimeoutError: It has.
    """
    async with asyncio.timeout(None) as limit:
        timer = clock.call_later(seconds, lambda: limit.reschedule(0))
        try:
            yield
        finally:
            timer.cancel()
