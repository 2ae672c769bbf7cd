"""When a hub that is behind gives its watches up, and when it goes on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from app.watch.limits import WatchLimits
from app.watch.watchdog import Watchdog


class Steps:
    """A clock that lets a number of looks happen."""

    def __init__(self, looks: int) -> None:
        self._left = looks
        self._done = asyncio.Event()

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, _: float) -> None:
        if not self._left:
            self._done.set()
            await asyncio.Event().wait()
        self._left -= 1

    async def over(self) -> None:
        await self._done.wait()


async def given_up(*positions: int, behind_seconds: float = 100, fails: bool = False) -> int:
    """Return how often watches were given up in looks at some positions."""
    at, called = iter(positions), 0

    async def blind() -> None:
        nonlocal called
        called += 1
        if fails:
            raise RuntimeError("a defect")

    clock = Steps(len(positions))
    lag: Any = SimpleNamespace(seconds=behind_seconds, owed_seconds=1.0)
    store: Any = None
    watchdog = Watchdog(store, lag, position=lambda: next(at), blind=blind, limits=WatchLimits(), clock=clock)
    running = asyncio.create_task(watchdog.run())
    await clock.over()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return called


async def test_watches_are_given_up_where_the_stream_is_behind_and_stands() -> None:
    assert await given_up(5, 5, 5, 5) == 2


async def test_a_stream_that_is_behind_and_gets_on_keeps_its_watches() -> None:
    assert await given_up(1, 2, 3, 3, 4, 4, 5) == 0


async def test_a_stream_that_stands_and_is_not_behind_keeps_its_watches() -> None:
    assert await given_up(5, 5, 5, 5, behind_seconds=29) == 0


async def test_a_defect_does_not_end_the_looks() -> None:
    assert await given_up(5, 5, 5, 5, fails=True) == 2
