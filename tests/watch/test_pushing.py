"""Events are handed over as they come where nobody has to wait, and queued otherwise; the order is one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Expired
from app.watch.limits import WatchLimits
from app.watch.selection import Selection
from app.watch.watcher import Watcher
from schema_builder.backend import EventType, WatchEvent


def _watcher() -> Watcher:
    return Watcher(Selection(kinds=None), position=0, served_from=0, limits=WatchLimits(), on_close=lambda _: None)


async def _consume(watcher: Watcher, seen: list[Any]) -> None:
    async for event in watcher:
        seen.append(("pulled", event.position))  # noqa: PERF401 - others append meanwhile


async def _turns() -> None:
    """Let the consumer take all that is queued: nothing that it waits for comes from outside the event loop."""
    for _ in range(50):
        await asyncio.sleep(0)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["offer", "refuse", "remind", "run"]), min_size=1, max_size=30))
async def test_every_event_comes_once_and_in_order_however_it_comes(steps: list[str]) -> None:
    watcher, seen = _watcher(), list[Any]()
    takes = True

    def push(event: WatchEvent) -> bool:
        if takes:
            seen.append(("pushed", event.position))
        return takes

    watcher.push_to(push)
    consumer = asyncio.create_task(_consume(watcher, seen))
    position = 0
    for step in steps:
        match step:
            case "run":
                await asyncio.sleep(0)
            case "remind":
                watcher.remind()
            case _:
                takes = step == "offer"
                position += 1
                watcher.offer(WatchEvent(EventType.ADDED, position), weight=1)
    await _turns()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    positions = [at for _, at in seen]
    assert positions == sorted(positions)  # bookmarks repeat the position before them
    assert sorted(set(positions) - {0}) == list(range(1, position + 1))


async def test_a_consumer_that_waits_is_not_woken_for_what_is_taken_at_once() -> None:
    watcher, seen = _watcher(), list[Any]()
    watcher.push_to(lambda event: not seen.append(("pushed", event.position)))
    watcher.offer(WatchEvent(EventType.ADDED, 1), weight=1)
    assert watcher.queued == 1
    consumer = asyncio.create_task(_consume(watcher, seen))
    await _turns()
    watcher.offer(WatchEvent(EventType.ADDED, 2), weight=1)
    assert seen == [("pulled", 1), ("pushed", 2)]
    assert watcher.position == 2
    assert watcher.queued == 0
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)


class _Parked:
    """A consumer without a task: it takes what there is when it is woken."""

    def __init__(self, watcher: Watcher, seen: list[Any]) -> None:
        self._watcher = watcher
        self._seen = seen
        self.wakings = 0
        self.is_awake = False
        self._park()

    async def run(self) -> None:
        while self.is_awake:
            self._seen.append(("pulled", (await anext(self._watcher)).position))
            self._park()

    def _park(self) -> None:
        self.is_awake = not self._watcher.park(self._wake)

    def _wake(self) -> None:
        self.is_awake = True
        self.wakings += 1


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["offer", "refuse", "remind", "run"]), min_size=1, max_size=30))
async def test_a_parked_consumer_misses_nothing(steps: list[str]) -> None:
    watcher, seen = _watcher(), list[Any]()
    takes = True

    def push(event: WatchEvent) -> bool:
        if takes:
            seen.append(("pushed", event.position))
        return takes

    watcher.push_to(push)
    consumer, position = _Parked(watcher, seen), 0
    for step in steps:
        match step:
            case "run":
                await consumer.run()
            case "remind":
                watcher.remind()
            case _:
                takes = step == "offer"
                position += 1
                watcher.offer(WatchEvent(EventType.ADDED, position), weight=1)
    await consumer.run()
    positions = [at for _, at in seen]
    assert positions == sorted(positions)
    assert sorted(set(positions) - {0}) == list(range(1, position + 1))


async def test_a_bookmark_that_nobody_wants_moves_the_position_and_wakes_nobody() -> None:
    selection = Selection(kinds=None)
    watcher = Watcher(
        selection, position=5, served_from=5, limits=WatchLimits(), on_close=lambda _: None, bookmarks=False
    )
    watcher.follow(lambda: 9)
    consumer = _Parked(watcher, [])
    watcher.remind()
    assert (consumer.wakings, watcher.position) == (0, 9)


async def test_an_end_wakes_whoever_is_parked() -> None:
    watcher = _watcher()
    consumer = _Parked(watcher, [])
    watcher.end(Expired("too old"))
    assert consumer.wakings == 1
    with pytest.raises(Expired):
        await consumer.run()
