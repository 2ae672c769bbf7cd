"""Looks after the change stream: one that stands still is found out, and nobody is left waiting for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from schema_builder.errors import KindgraphError

if TYPE_CHECKING:
    from app.store.mongo import Store
    from app.watch.clock import Clock
    from app.watch.lag import Lag
    from app.watch.limits import WatchLimits

__all__ = ["Watchdog"]

_LOOKS: Final = 10
"""So many looks in the time for which a position may stand."""

_logger = logging.getLogger(__name__)


class Watchdog:
    """Puts a standing position to the test, and says when the stream has been gone for too long.

    A database that nobody writes to commits a no-op every 10 seconds, which moves the stream's position. Where it
    stands for longer, something is committed for the purpose, and from then on the stream owes that position.
    """

    def __init__(
        self,
        store: Store,
        lag: Lag,
        *,
        position: Callable[[], int],
        blind: Callable[[], Awaitable[None]],
        limits: WatchLimits,
        clock: Clock,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            lag: Told what the stream owes.
            position: Tells where the stream is.
            blind: Called again and again while the stream is further behind than watches may be left waiting.
            limits: The times.
            clock: Measures how long a position stands.
        """
        self._store = store
        self._lag = lag
        self._position = position
        self._blind = blind
        self._limits = limits
        self._clock = clock
        self._seen = 0
        self._stands_since = clock.monotonic()
        self._was_blind = False

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._clock.sleep(self._limits.quiet_seconds / _LOOKS)
            try:
                await self._look()
            except Exception:
                _logger.exception("the change stream could not be looked after")

    async def _look(self) -> None:
        now, position = self._clock.monotonic(), self._position()
        has_moved, self._seen = position != self._seen, position
        if has_moved or self._lag.owed_seconds:
            self._stands_since = now
        elif now - self._stands_since >= self._limits.quiet_seconds:
            await self._test()
        # One look is not enough: a process that was stopped for long, or comes back to much news, sees again at once.
        is_blind = not has_moved and self._lag.seconds > self._limits.blind_seconds
        if is_blind and self._was_blind:
            await self._blind()
        self._was_blind = is_blind

    async def _test(self) -> None:
        """Have the database commit something that the stream must bring; where it cannot, there is nothing to bring."""
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(self._limits.stall_seconds):
                position = await self._store.tick()
        except (KindgraphError, TimeoutError) as error:
            _logger.debug("the database takes no writes: %s", error)
        else:
            self._lag.owe(position, asked_at=asked_at)
