"""Thousands of watches on one hub."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.watch.limits import WatchLimits
from app.watch.selection import Filter, Selection
from schema_builder.conditions import Comparison, Field
from tests.watch.world import World, running

if TYPE_CHECKING:
    from app.store.mongo import Store

WATCHES = 2_000
KINDS_OF_FILTERS = 100


def _equals(number: int) -> Filter:
    return Filter(Field("spec", Field("number", Comparison("eq", number))))


async def test_each_of_two_thousand_watches_gets_what_its_filter_takes(store: Store) -> None:
    async with running(World(store, WatchLimits())) as world:
        key = world.registry.keys["Widget"]
        start = await store.latest_position()
        watchers = [
            await world.hub.open(
                Selection(kinds={key: world.widget}, filter=_equals(number % KINDS_OF_FILTERS)),  # type: ignore[dict-item]
                position=start,
            )
            for number in range(WATCHES)
        ]
        positions = [await world.put(f"r{number}", {"number": number}) for number in range(20)]
        assert await world.hub.wait_for(positions[-1])

        for number, watcher in enumerate(watchers):
            wanted = number % KINDS_OF_FILTERS
            assert watcher.queued == (1 if wanted < 20 else 0)
            if watcher.queued:
                assert (await anext(watcher)).position == positions[wanted]
            watcher.close()
        assert world.hub.statistics.watchers == 0


async def test_two_thousand_consumers_hear_of_a_change_and_leave_nothing_behind(store: Store) -> None:
    async with running(World(store, WatchLimits())) as world:
        position = await world.put("r")
        tapes = [world.watch(position=position) for _ in range(WATCHES)]
        hearing = asyncio.gather(*(tape.next() for tape in tapes))
        last = await world.put("r", {"number": 1})
        assert {event.position for event in await hearing} == {last}
        for tape in tapes:
            await tape.close()
        assert world.hub.statistics.watchers == 0
        assert world.hub.statistics.catching_up == 0


async def test_true_and_one_are_not_the_same_filter(store: Store) -> None:
    async with running(World(store, WatchLimits())) as world:
        start = await store.latest_position()
        by_filter = {
            operand: world.watch(position=start, where=Field("spec", Field("value", Comparison("eq", operand))))
            for operand in (1, "1")
        }
        flag = world.watch(position=start, where=Field("spec", Field("value", Comparison("eq", operand=True))))
        positions = [await world.put(f"r{number}", {"value": value}) for number, value in enumerate((True, "1", 1))]
        assert (await flag.next()).position == positions[0]
        assert (await by_filter["1"].next()).position == positions[1]
        assert (await by_filter[1].next()).position == positions[2]
