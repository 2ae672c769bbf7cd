"""One read for everybody who asks at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from app.tasks import end_tasks

__all__ = ["SharedRead"]

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 0.2
"""A read that takes longer may hang on a connection that is dead: nobody else waits for it."""


class SharedRead(Generic[T]):
    """Shares a read among those who ask while another one is under way.

    Each gets the answer of a read that began after it asked, so that the answer is as new as one of its own would be:
    ten thousand clients that come back at once cost two reads, not ten thousand (etcd's ReadIndex does the same).

    Args:
        read: Reads.
    """

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return what a read says that begins after this call.

        Raises:
            Exception: Whatever the read raises, for all who share it.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(_look_at)
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        """Give up what is under way."""
        await end_tasks([self._running, self._next])

    async def _after(self, before: asyncio.Task[T] | None) -> T:
        if before is not None:
            await asyncio.wait([before], timeout=_PATIENCE_SECONDS)
        self._running, self._next = self._next, None
        return await self._read()


def _look_at(task: asyncio.Task[T]) -> None:
    if not task.cancelled():
        task.exception()  # those who asked may all have gone
