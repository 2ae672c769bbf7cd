"""What the database no longer knows, or what nobody can read: nobody is left waiting for what will not come."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from app.errors import Expired, Unavailable
from app.store.changes import oldest_position
from app.store.connection import connect_streams
from app.watch.limits import WatchLimits
from schema_builder.backend import EventType
from tests.support.network import running_network
from tests.support.replica_set import Member, ReplicaSet, running_replica_set
from tests.watch.world import World, eventually, opened, running, told

if TYPE_CHECKING:
    from app.store.mongo import Store

_MIB = "x" * 2**20


@pytest.fixture(scope="module")
def forgetful() -> Iterator[Member]:
    """A mongod that knows little of its past."""
    # What is in no checkpoint is not forgotten: one every second, instead of every minute.
    with running_replica_set(size=1, oplog_mib=1, options=("--syncdelay", "1")) as alone:
        yield alone.members[0]


async def _forget(store: Store, *, after: int) -> None:
    """Write until the database no longer knows what followed a position."""
    other = store.client["elsewhere"]["blobs"]
    async with asyncio.timeout(60):
        while await oldest_position(store.resources) <= after:
            for number in range(3):
                await other.replace_one({"_id": number}, {"text": _MIB, "n": number}, upsert=True)


async def test_a_hub_that_was_away_for_too_long_says_so_and_begins_anew(forgetful: Member, database: str) -> None:
    async with (
        running_network(forgetful.socket) as network,
        opened(forgetful.uri, database) as near,
        opened(network.uri, database) as store,
        running(World(store, WatchLimits(stall_seconds=1))) as world,
    ):
        other = World(near, WatchLimits())
        first = await other.put("a")
        tapes = [world.watch(position=first - 1) for _ in range(3)]
        for tape in tapes:
            assert (await tape.next()).position == first

        await network.cut()
        missed = await other.put("b")
        await _forget(near, after=missed)
        await network.heal()

        for tape in tapes:
            end = await tape.end()
            assert isinstance(end, Expired)
            assert not end.retryable
            assert end.extensions["resourceVersion"] is None
        await eventually(lambda: world.hub.healthy)
        assert world.hub.statistics.restarts == 1
        assert isinstance(await world.watch(position=first).end(), Expired)

        fresh = world.watch(send_initial_events=True)
        state = [told(event)[:2] for event in await fresh.take(3)]
        assert state == [("ADDED", "a"), ("ADDED", "b"), ("SYNCED", None)]
        last = await other.put("c")
        assert (await fresh.next()).position == last


async def test_a_watch_that_was_away_for_too_long_has_expired_and_no_other(forgetful: Member, database: str) -> None:
    async with opened(forgetful.uri, database) as store:
        async with running(World(store, WatchLimits())) as predecessor:
            first = await predecessor.put("a")
            await _forget(store, after=first)
            start = await store.latest_position()
            positions = [await predecessor.put(f"r{number}") for number in range(5)]
        async with running(World(store, WatchLimits())) as world:
            late, early = world.watch(position=first), world.watch(position=start)
            assert isinstance(await late.end(), Expired)
            assert [event.position for event in await early.take(5)] == positions


async def test_what_is_no_resource_ends_every_watch_and_the_hub_goes_on_after_it(world: World) -> None:
    position = await world.put("a")
    tape = world.watch(position=position - 1)
    assert (await tape.next()).position == position
    await world.store.resources.insert_one({"_id": 5, "version": 1})
    assert isinstance(await tape.end(), Expired)
    await eventually(lambda: world.hub.healthy)
    fresh = world.watch(position=world.hub.position)
    last = await world.put("b")
    assert (await fresh.next()).position == last
    assert world.hub.statistics.restarts == 1


async def test_no_watch_begins_on_what_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    position = await world.put("a")
    tape = world.watch(position=position - 1)
    assert (await tape.next()).position == position
    is_open = asyncio.Event()
    monkeypatch.setattr(world.registry, "refresh", is_open.wait)
    await world.store.resources.insert_one({"_id": 5, "version": 1})
    assert isinstance(await tape.end(), Expired)

    refused = await world.watch(position=position).end()
    assert isinstance(refused, Unavailable)
    assert refused.extensions["resourceVersion"] == str(position)
    assert "lost" in (world.hub.trouble or "")

    is_open.set()
    await eventually(lambda: world.hub.healthy)
    fresh = world.watch(send_initial_events=True, position=position)
    assert [event.type for event in await fresh.take(2)] == [EventType.ADDED, EventType.SYNCED]


@contextlib.contextmanager
def _standing_still(member: Member) -> Iterator[None]:
    """Have a member answer, and no longer follow the primary."""
    with MongoClient[dict[str, Any]](member.uri) as client:
        client.admin.command("configureFailPoint", "stopReplProducer", mode="alwaysOn")
        try:
            yield
        finally:
            client.admin.command("configureFailPoint", "stopReplProducer", mode="off")


async def test_a_stream_that_answers_and_stands_still_is_found_out(replica_set: ReplicaSet, database: str) -> None:
    limits = WatchLimits(stall_seconds=0.6, quiet_seconds=0.5, healthy_lag_seconds=1, blind_seconds=3)
    member = (await asyncio.to_thread(replica_set.secondaries))[0]
    async with opened(replica_set.uri, database) as store, connect_streams(member.uri) as streams:
        other = World(store, limits)
        follower = copy.copy(store)
        follower.streamed = streams[database]["resources"]
        async with running(World(follower, limits)) as world:
            first = await other.put("a")
            tape = world.watch(position=first - 1)
            assert (await tape.next()).position == first

            with _standing_still(member):
                second = await other.put("b")
                await eventually(lambda: not world.hub.healthy and world.hub.statistics.interruptions > 1)
                end = await tape.end()
                assert isinstance(end, Unavailable)
                going_on = int(end.extensions["resourceVersion"])
                assert first <= going_on < second

            await eventually(lambda: world.hub.healthy)
            assert (await world.watch(position=going_on).next()).position == second


async def test_where_the_oplog_may_not_be_read_old_positions_expire_and_the_log_says_so(
    replica_set: ReplicaSet, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    primary = await asyncio.to_thread(replica_set.primary)
    refused = {"failCommands": ["find"], "namespace": "local.oplog.rs", "errorCode": 13}
    async with opened(replica_set.uri, database) as store:
        first = await World(store, WatchLimits()).put("a")
        await asyncio.to_thread(
            partial(primary.command, "configureFailPoint", "failCommand", mode="alwaysOn", data=refused)
        )
        try:
            async with running(World(store, WatchLimits())) as world:
                assert "role read on the database local" in caplog.text
                assert isinstance(await world.watch(position=first - 1).end(), Expired)
                last = await world.put("b")
                assert (await world.watch(position=last - 1).next()).position == last
        finally:
            await asyncio.to_thread(partial(primary.command, "configureFailPoint", "failCommand", mode="off"))
