"""Follows the changes of the database for the hub, and begins anew where they are lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from app.store.changes import HistoryLost
from app.watch.events import Change
from app.watch.stream import ChangeStream
from schema_builder.errors import KindgraphError

if TYPE_CHECKING:
    from app.store.mongo import Store
    from app.watch.lag import Lag

__all__ = ["Follower"]

_RETRY_SECONDS: Final = 0.5
_BEGIN_SECONDS: Final = 60.0

_logger = logging.getLogger(__name__)


class Follower:
    """Gives changes as long as it runs; whatever goes wrong, nobody is left waiting for what will not come.

    Attributes:
        is_lost: The changes since the position are lost, and a new position is not found yet.
        restarts: How often that happened.
    """

    def __init__(
        self,
        store: Store,
        lag: Lag,
        *,
        stall_seconds: float,
        dispatch: Callable[[Change], Awaitable[None]],
        advance: Callable[[int], None],
        lose: Callable[[], Awaitable[None]],
        begin: Callable[[], Awaitable[int]],
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            lag: Told how far the database is.
            stall_seconds: How long a silent stream is believed.
            dispatch: Takes a change.
            advance: Told up to where all changes have been given.
            lose: Ends what waits for changes that are lost.
            begin: Begins at the newest position, and returns it.
        """
        self.is_lost = False
        self.restarts = 0
        self._store = store
        self._lag = lag
        self._stall_seconds = stall_seconds
        self._dispatch = dispatch
        self._advance = advance
        self._lose = lose
        self._begin = begin
        self._position = 0
        self._stream: ChangeStream | None = None
        self._interruptions = 0

    @property
    def interruptions(self) -> int:
        """How often the stream broke off and went on where it was."""
        return self._interruptions + (0 if self._stream is None else self._stream.interruptions)

    async def begin(self) -> None:
        """Begin at the newest position.

        Raises:
            KindgraphError: The database does not answer now.
        """
        self._position = await self._begin()
        self.is_lost = False

    async def run(self) -> None:
        """Follow the changes since the beginning, for ever."""
        while True:
            try:
                await self._follow()
            except HistoryLost as lost:
                _logger.error("the change stream is lost (%s): every watch ends, and the hub begins anew", lost)  # noqa: TRY400 - no defect
            except Exception:
                _logger.exception("the hub failed: every watch ends, and it begins anew")
            await self._start_over()

    async def _follow(self) -> None:
        """Give the changes; returns only by what goes wrong."""
        self._stream = ChangeStream(self._store, after=self._position, lag=self._lag, stall_seconds=self._stall_seconds)
        async with contextlib.aclosing(self._stream.items()) as items:
            async for item in items:
                if isinstance(item, Change):
                    await self._dispatch(item)
                else:
                    self._advance(item)

    async def _start_over(self) -> None:
        self.restarts += 1
        self.is_lost = True
        self._interruptions, self._stream = self.interruptions, None
        await self._lose()
        while self.is_lost:
            try:
                async with asyncio.timeout(_BEGIN_SECONDS):
                    await self.begin()
            except Exception as error:
                defect = None if isinstance(error, KindgraphError | TimeoutError) else error
                _logger.warning("the hub cannot begin anew yet: %s", error, exc_info=defect)
                await asyncio.sleep(_RETRY_SECONDS)
