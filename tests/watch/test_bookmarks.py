"""Bookmarks, with a clock that moves only when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from app.watch.limits import WatchLimits
from schema_builder.backend import EventType
from tests.watch.world import World, running

if TYPE_CHECKING:
    from app.store.mongo import Store


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self._now = 0.0
        self._moved = asyncio.Event()

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        until = self._now + seconds
        while self._now < until:
            await self._moved.wait()

    def move(self, seconds: float) -> None:
        self._now += seconds
        self._moved.set()
        self._moved = asyncio.Event()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def world(store: Store, hands: Hands) -> AsyncIterator[World]:
    async with running(World(store, WatchLimits(), clock=hands)) as world:
        yield world


async def test_a_bookmark_comes_every_ten_seconds_also_when_the_position_stands(world: World, hands: Hands) -> None:
    tape = world.watch(bookmarks=True)
    positions = [(await tape.next()).position]
    for _ in range(4):
        waiting = await tape.started()
        hands.move(9.9)
        await asyncio.sleep(0)
        hands.move(0.1)
        bookmark = await waiting.next()
        assert bookmark.type is EventType.BOOKMARK
        assert bookmark.resource is None
        positions.append(bookmark.position)
    assert positions == sorted(positions)


async def test_a_bookmark_tells_of_the_changes_of_others(world: World, hands: Hands) -> None:
    tape = world.watch(bookmarks=True)
    await tape.next()
    other = await world.put("g", kind="Gadget")
    assert await world.hub.wait_for(other)
    waiting = await tape.started()
    hands.move(10)
    assert (await waiting.next()).position >= other


async def test_a_bookmark_is_never_ahead_of_what_was_delivered(world: World, hands: Hands) -> None:
    tape = world.watch(bookmarks=True)
    start = (await tape.next()).position
    waiting = await tape.started()
    first = await world.put("a")
    second = await world.put("b")
    assert (await waiting.next()).position == first
    assert await world.hub.wait_for(second)
    hands.move(10)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bookmark, event = await tape.take(2)
    assert start < first == bookmark.position
    assert event.position == second
    resumed = world.watch(position=bookmark.position)
    assert (await resumed.next()).position == second


async def test_bookmarks_can_be_declined(world: World, hands: Hands) -> None:
    tape = await world.watch(bookmarks=False).started()
    hands.move(30)
    await asyncio.sleep(0)
    await world.store.latest_position()
    position = await world.put("a")
    assert (await tape.next()).position == position
