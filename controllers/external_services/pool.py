"""A pool of connections that can be resized while it is used.

Libraries have pools of their own; docs/decisions/0019-a-pool-of-our-own.md says why this is another: one that is
resized in place and never has more connections than it should, keeps the least number open, gives up a connection only
when nobody uses it, and is the same for all protocols.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

from controllers.external_services.problems import PoolClosed, PoolExhausted

if TYPE_CHECKING:
    from controllers.external_services.parameters import Limits, Timeouts

__all__ = ["Connector", "Pool", "PoolStatistics"]

C = TypeVar("C")
_AT_A_TIME: Final = 8
_CLOSE_SECONDS: Final = 2.0


class Connector(Protocol[C]):
    """What a pool needs to know of a protocol."""

    async def open(self) -> C:
        """Make a connection, ready for use; the pool sees to the time it may take."""

    async def check(self, connection: C) -> None:
        """Have the service answer something cheap; raises where it does not."""

    async def reset(self, connection: C) -> None:
        """Make a connection as good as new; raises where it is not usable any more."""

    async def close(self, connection: C) -> None:
        """Take leave."""

    def abort(self, connection: C) -> None:
        """Cut the connection."""

    def is_closed(self, connection: C) -> bool:
        """Return whether it is known to be unusable."""

    def describe(self, connection: C) -> Mapping[str, Any]:
        """Return what is known of the service, such as its version: fields of ``status.effective``."""


class PoolStatistics(NamedTuple):
    """How many connections there are."""

    open: int
    idle: int
    in_use: int
    waiting: int


@dataclass(eq=False)
class _Link(Generic[C]):
    connection: C
    opened_at: float


class Pool(Generic[C]):
    """Connections to one endpoint.

    Args:
        connector: Makes them.
        limits: How many; ``resize`` changes it.
        timeouts: How long things may take; ``resize`` changes it.
    """

    def __init__(self, connector: Connector[C], *, limits: Limits, timeouts: Timeouts) -> None:
        self._connector = connector
        self._limits = limits
        self._timeouts = timeouts
        self._idle: deque[_Link[C]] = deque()
        self._busy: set[_Link[C]] = set()
        self._opening = 0
        self._waiting = 0
        self._closing = False
        self._changed = asyncio.Condition()
        self.description: Mapping[str, Any] = {}

    @property
    def statistics(self) -> PoolStatistics:
        """How many connections there are now."""
        idle, busy = len(self._idle), len(self._busy)
        return PoolStatistics(open=idle + busy, idle=idle, in_use=busy, waiting=self._waiting)

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[C]:
        """Lend a connection to a block.

        Raises:
            PoolExhausted: None came back in time.
            PoolClosed: The pool is closing.
            Exception: One would have had to be made, and could not.
        """
        link = await self._take()
        try:
            yield link.connection
        except Exception:
            await self._give_back(link)
            raise
        except BaseException:
            await self._drop(link)  # an answer that nobody waited for may still come
            raise
        await self._give_back(link)

    async def resize(self, limits: Limits, timeouts: Timeouts) -> None:
        """Have other limits from now on. What is too much goes at once, or when it is given back."""
        self._limits, self._timeouts = limits, timeouts
        await self._trim()
        await self._notify()

    async def probe(self) -> float:
        """Have the service answer on a connection of the pool; returns the seconds that it took.

        Raises:
            Exception: It did not.
        """
        async with self.use() as connection:
            began = time.perf_counter()
            async with asyncio.timeout(self._timeouts.request):
                await self._connector.check(connection)
            took = time.perf_counter() - began
            self.description = self._connector.describe(connection)
        return took

    async def keep(self) -> None:
        """Drop idle connections that are dead or old, and open those that are missing.

        Raises:
            Exception: Some are missing and cannot be opened; those that could stay.
        """
        await _in_batches(self._check_idle, len(self._idle))
        await self._trim()
        missing = self._limits.min_conns - self._size
        await _in_batches(self._add, missing)

    async def close(self) -> None:
        """Close all; what is in use has time to come back, and is cut off afterwards."""
        self._closing = True
        await self._trim()
        await self._notify()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timeouts.drain), self._changed:
                await self._changed.wait_for(lambda: not self._busy and not self._opening)
        for link in self._busy:
            self._connector.abort(link.connection)

    @property
    def _size(self) -> int:
        return len(self._idle) + len(self._busy) + self._opening

    @property
    def _spare(self) -> int:
        """How many idle connections there may be, beside those in use."""
        if self._closing:
            return 0
        limits = self._limits
        wanted = max(limits.max_idle_conns, limits.min_conns - len(self._busy))
        return max(min(wanted, limits.max_conns - len(self._busy) - self._opening), 0)

    def _is_usable(self, link: _Link[C]) -> bool:
        old = time.monotonic() - link.opened_at > self._limits.max_lifetime_seconds
        return not old and not self._connector.is_closed(link.connection)

    async def _take(self) -> _Link[C]:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._timeouts.acquire), self._changed:
                await self._changed.wait_for(lambda: self._closing or self._idle or self._size < self._limits.max_conns)
                if self._closing:
                    raise PoolClosed("the pool is closing")
                while self._idle:
                    link = self._idle.pop()
                    self._busy.add(link)
                    if not self._connector.is_closed(link.connection):
                        return link
                    self._busy.discard(link)
                self._opening += 1
        except TimeoutError:
            raise PoolExhausted("all connections are in use") from None
        finally:
            self._waiting -= 1
        return await self._open()

    async def _open(self) -> _Link[C]:
        """Open a connection for which there is room, counted as opening; it is in use then."""
        try:
            async with asyncio.timeout(self._timeouts.connect):
                link = _Link(await self._connector.open(), time.monotonic())
            self._busy.add(link)
        finally:
            self._opening -= 1
            await self._notify()
        return link

    async def _add(self) -> None:
        if self._closing or self._size >= self._limits.max_conns:
            return
        self._opening += 1
        await self._give_back(await self._open())

    async def _check_idle(self) -> None:
        """Check the connection that was idle for longest; it becomes the one that was so for the least time."""
        if not self._idle:
            return
        link = self._idle.popleft()
        self._busy.add(link)
        try:
            async with asyncio.timeout(self._timeouts.request):
                await self._connector.check(link.connection)
        except Exception:
            await self._drop(link)
        except BaseException:
            await self._drop(link)
            raise
        else:
            await self._give_back(link)

    async def _give_back(self, link: _Link[C]) -> None:
        """Take a connection back, as good as new, or close it where it is not needed."""
        usable = self._is_usable(link)
        if usable:
            try:
                async with asyncio.timeout(self._timeouts.request):
                    await self._connector.reset(link.connection)
            except Exception:
                usable = False
            except BaseException:
                await self._drop(link)
                raise
        self._busy.discard(link)
        if usable and len(self._idle) < self._spare:
            self._idle.append(link)
            await self._notify()
            return
        await self._end(link, gracefully=usable)

    async def _drop(self, link: _Link[C]) -> None:
        self._busy.discard(link)
        await self._end(link, gracefully=False)

    async def _trim(self) -> None:
        """Close idle connections that are too many, too old or dead."""
        kept = deque(link for link in self._idle if self._is_usable(link))
        gone = [link for link in self._idle if link not in kept]
        while len(kept) > self._spare:
            gone.append(kept.popleft())
        self._idle = kept
        await asyncio.gather(*(self._end(link, gracefully=True) for link in gone))

    async def _end(self, link: _Link[C], *, gracefully: bool) -> None:
        try:
            if gracefully:
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await self._connector.close(link.connection)
        finally:
            self._connector.abort(link.connection)
            await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _in_batches(act: Callable[[], Awaitable[None]], times: int) -> None:
    """Do something so many times, a few at a time, until it fails.

    Raises:
        BaseException: The first failure of a batch, once the batch has ended.
    """
    while times > 0:
        batch = min(times, _AT_A_TIME)
        outcomes = await asyncio.gather(*(act() for _ in range(batch)), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        times -= batch
