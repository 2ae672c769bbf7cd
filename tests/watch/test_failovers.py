"""The primary of a replica set changes under a hub: it goes on exactly where it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from app.watch.limits import WatchLimits
from tests.watch.world import World, opened, running

if TYPE_CHECKING:
    from tests.support.replica_set import ReplicaSet


@pytest.fixture
async def replicated(replica_set: ReplicaSet, database: str) -> AsyncIterator[World]:
    """A running server of a database on three members."""
    async with opened(replica_set.uri, database) as store, running(World(store, WatchLimits())) as world:
        yield world


async def _write_on(world: World, *, until: asyncio.Event) -> list[int]:
    """Write without a pause; return the acknowledged positions, at least one of them after the event."""
    acknowledged: list[int] = []
    after = 0
    while after < 3:
        is_after = until.is_set()
        try:
            acknowledged.append(await world.put(f"r{len(acknowledged) % 5}", {"n": len(acknowledged)}))
        except Exception:
            await asyncio.sleep(0.02)
        else:
            after += is_after
    return acknowledged


@pytest.mark.parametrize("fault", ["step down", "kill"])
async def test_no_change_is_lost_or_repeated_when_the_primary_changes(
    replicated: World, replica_set: ReplicaSet, fault: str
) -> None:
    start = await replicated.store.latest_position()
    tapes = [replicated.watch(position=start) for _ in range(3)]
    changed = asyncio.Event()
    writing = asyncio.create_task(_write_on(replicated, until=changed))
    await tapes[0].next()
    if fault == "kill":
        await asyncio.to_thread((await asyncio.to_thread(replica_set.primary)).kill)
        await asyncio.to_thread(replica_set.primary)
    else:
        await asyncio.to_thread(replica_set.step_down)
    changed.set()
    acknowledged = await writing
    last = acknowledged[-1]
    expected = [event.position for event in await replicated.watch(position=start).until(last)]
    assert set(acknowledged) <= set(expected)
    assert [event.position for event in await tapes[1].until(last)] == expected
    assert [event.position for event in await tapes[2].until(last)] == expected
    assert replicated.hub.statistics.restarts == 0
