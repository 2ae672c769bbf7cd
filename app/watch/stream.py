"""The one change stream of the process, and how it comes back after a failure."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.errors import Unavailable
from app.store.changes import open_changes
from app.watch.events import Change

if TYPE_CHECKING:
    from app.store.changes import ChangeCursor
    from app.store.mongo import Store
    from app.watch.lag import Lag

__all__ = ["ChangeStream"]

_AWAIT_MILLISECONDS: Final = 50
"""How long the database waits for news: the age of the position of an idle hub."""

_LEAST_BACKOFF_SECONDS: Final = 0.05
_MOST_BACKOFF_SECONDS: Final = 5.0
_OPENING_STALLS: Final = 4
"""Opening may have to look for a new primary: it gets so many times the patience."""

_logger = logging.getLogger(__name__)


class ChangeStream:
    """Every change after a position, and how far the stream is when there is none; resumes until it is closed.

    Attributes:
        interruptions: How often it broke off and went on.
    """

    def __init__(self, store: Store, *, after: int, lag: Lag, stall_seconds: float) -> None:
        self.interruptions = 0
        self._store = store
        self._lag = lag
        self._stall_seconds = stall_seconds
        self._resume_from: int | Mapping[str, Any] = after
        self._failures = 0

    async def items(self) -> AsyncGenerator[Change | int, None]:
        """Yield each change, and positions up to which everything was yielded.

        Raises:
            HistoryLost: The stream cannot be resumed.
        """
        while True:
            try:
                async with contextlib.aclosing(self._read()) as items:
                    async for item in items:
                        yield item
            except (Unavailable, TimeoutError) as error:
                self.interruptions += 1
                await self._back_off(error)

    async def _read(self) -> AsyncGenerator[Change | int, None]:
        async with asyncio.timeout(self._stall_seconds * _OPENING_STALLS) as patience:
            async with open_changes(
                self._store.streamed, after=self._resume_from, await_milliseconds=_AWAIT_MILLISECONDS
            ) as cursor:
                patience.reschedule(None)
                opened_at = time.monotonic()
                while True:
                    async with asyncio.timeout(self._stall_seconds):
                        event = await cursor.next()
                    self._failures = 0
                    if event is not None:
                        if cursor.database_position is not None:
                            self._lag.saw(cursor.database_position, asked_at=cursor.asked_at)
                        if not event.is_rewrite:
                            yield Change(event)
                    if cursor.token is not None and cursor.reached is not None:
                        self._resume_from = cursor.token
                        yield cursor.reached
                    if event is None:
                        self._lag.emptied(asked_at=cursor.asked_at)
                        self._require_progress(cursor, opened_at)

    def _require_progress(self, cursor: ChangeCursor, opened_at: float) -> None:
        """Give up a stream that answers, but does not get to where the database is known to be.

        Raises:
            Unavailable: It has had its time.
        """
        if min(self._lag.owed_seconds, cursor.asked_at - opened_at) > self._stall_seconds:
            raise Unavailable("it stands still while the database goes on")

    async def _back_off(self, error: Exception) -> None:
        most = min(_MOST_BACKOFF_SECONDS, _LEAST_BACKOFF_SECONDS * 2**self._failures)
        seconds = most * random.uniform(0.5, 1)  # noqa: S311 - no secret
        self._failures = min(self._failures + 1, 16)
        reason = str(error) or "no answer"
        _logger.warning("the change stream broke off (%s), resuming in %.2f s", reason, seconds)
        await asyncio.sleep(seconds)
