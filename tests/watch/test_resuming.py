"""Watches from old positions: the history, the oplog, and what has expired."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from app.errors import Expired, LimitExceeded, Unavailable
from app.watch.limits import WatchLimits
from schema_builder.backend import EventType
from schema_builder.errors import ErrorCode
from tests.watch.world import Tape, World, replay, running, told

if TYPE_CHECKING:
    from app.store.mongo import Store


async def test_a_watch_goes_on_where_another_broke_off(world: World) -> None:
    tape = world.watch(position=await world.store.latest_position())
    positions = [await world.put(f"r{number}") for number in range(6)]
    seen = [event.position for event in await tape.take(3)]
    await tape.close()
    resumed = world.watch(position=seen[-1])
    assert seen + [event.position for event in await resumed.take(3)] == positions


async def test_last_event_id_wins_over_the_position_and_suppresses_the_state(world: World) -> None:
    first = await world.put("a")
    second = await world.put("b")
    scope = type("Scope", (), {"resume_position": first})()
    tape = world.watch(scope=scope, position=1, send_initial_events=True)
    assert (await tape.next()).position == second


@pytest.mark.parametrize("history_events", [1, 5, 1000])
async def test_a_new_server_goes_on_from_a_position_of_its_predecessor(store: Store, history_events: int) -> None:
    async with running(World(store, WatchLimits())) as predecessor:
        start = await store.latest_position()
        positions = [await predecessor.put(f"r{number % 7}", {"size": number}) for number in range(20)]

    async with running(World(store, WatchLimits(history_events=history_events, queue_events=8))) as world:
        positions += [await world.put(f"r{number % 7}", {"size": number}) for number in range(20, 30)]
        for begin in (start, positions[4], positions[19], positions[25]):
            tape = world.watch(position=begin)
            expected = [position for position in positions if position > begin]
            assert [event.position for event in await tape.take(len(expected))] == expected


async def test_a_watch_from_any_position_replays_to_the_state_of_a_list(store: Store) -> None:
    async with running(World(store, WatchLimits())) as predecessor:
        states = [(await store.latest_position(), await predecessor.state())]
        for number in range(30):
            name = f"r{number % 5}"
            is_delete = number % 3 == 2 and name in states[-1][1]
            position = await (predecessor.delete(name) if is_delete else predecessor.put(name, {"size": number}))
            states.append((position, await predecessor.state()))

    async with running(World(store, WatchLimits())) as world:
        last = await world.put("last")
        final = await world.state()
        for position, state in states:
            assert replay(await world.watch(position=position).until(last), dict(state)) == final


async def test_catching_up_joins_the_live_stream_under_concurrent_writes(store: Store) -> None:
    async with running(World(store, WatchLimits())) as predecessor:
        start = await store.latest_position()
        old = [await predecessor.put(f"old{number}") for number in range(50)]

    async with running(World(store, WatchLimits(history_events=20))) as world:
        writing = asyncio.gather(*(_write(world, writer) for writer in range(3)))
        tapes = [world.watch(position=start) for _ in range(12)]
        heard = await asyncio.gather(*(tape.take(50) for tape in tapes))
        new = sorted(position for positions in await writing for position in positions)
        for tape, first in zip(tapes, heard, strict=True):
            events = first + await tape.until(new[-1])
            assert [event.position for event in events] == old + new


async def _write(world: World, writer: int) -> list[int]:
    return [await world.put(f"w{writer}-{number}") for number in range(30)]


async def test_a_position_before_the_database_has_expired(world: World) -> None:
    error = await world.watch(position=world.store.first_position - 1).end()
    assert isinstance(error, Expired)
    assert not error.retryable


async def test_a_position_before_the_beginning_of_the_oplog_has_expired(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.identity, "first_position", 0)
    async with running(World(store, WatchLimits())) as world:
        assert isinstance(await world.watch(position=1 << 32).end(), Expired)


async def test_a_position_ahead_of_the_hub_is_waited_for(store: Store) -> None:
    async with running(World(store, WatchLimits(ahead_seconds=10))) as world:
        ahead = await store.latest_position() + 1
        tape = world.watch(position=ahead, bookmarks=True)
        waiting = asyncio.create_task(tape.next())
        positions = [await world.put("a"), await world.put("b")]
        assert (await waiting).position == next(position for position in positions if position > ahead)


async def test_a_position_that_stays_ahead_has_expired(world: World) -> None:
    began = time.monotonic()
    error = await world.watch(position=(await world.store.latest_position()) + (100 << 32)).end()
    assert isinstance(error, Expired)
    assert time.monotonic() - began >= 0.3


async def test_the_state_is_at_least_as_new_as_asked(world: World) -> None:
    position = await world.put("a")
    tape = world.watch(position=position, send_initial_events=True)
    assert [told(event)[:2] for event in await tape.take(2)] == [("ADDED", "a"), ("SYNCED", None)]
    ahead = world.watch(position=position + (100 << 32), send_initial_events=True)
    assert isinstance(await ahead.end(), Expired)


@pytest.mark.parametrize("is_live", [True, False])
async def test_a_missing_pre_image_ends_the_watch(store: Store, is_live: bool) -> None:
    async with running(World(store, WatchLimits())) as world:
        first = await world.put("a", {"size": 1})
        assert await world.hub.wait_for(first)
        tape = await world.watch(position=first).started()
        other = world.watch(world.gadget, position=first)
        await store.database.command({"collMod": "resources", "changeStreamPreAndPostImages": {"enabled": False}})
        await world.put("a", {"size": 2})
        await store.database.command({"collMod": "resources", "changeStreamPreAndPostImages": {"enabled": True}})
        if is_live:
            await _assert_expired(tape, other, world)
    if not is_live:
        async with running(World(store, WatchLimits())) as later:
            await _assert_expired(later.watch(position=first), later.watch(later.gadget, position=first), later)


async def _assert_expired(tape: Tape, other: Tape, world: World) -> None:
    await other.started()
    error = await tape.end()
    assert error.code is ErrorCode.EXPIRED
    assert error.extensions["resourceVersion"] is None
    assert (await world.put("g", kind="Gadget")) == (await other.next()).position


async def test_a_slow_watch_ends_alone_and_can_be_resumed(store: Store) -> None:
    async with running(World(store, WatchLimits(queue_events=10))) as world:
        start = await store.latest_position()
        slow, quick = world.watch(position=start), world.watch(position=start)
        positions = [await world.put("r0")]
        assert (await slow.next()).position == positions[0]
        assert (await quick.next()).position == positions[0]
        for number in range(1, 30):
            positions.append(await world.put(f"r{number}"))
            assert (await quick.next()).position == positions[-1]
        error = await slow.end()
        assert isinstance(error, LimitExceeded)
        assert error.retryable
        assert error.extensions["resourceVersion"] == str(positions[0])
        resumed = world.watch(position=int(error.extensions["resourceVersion"]))
        assert [event.position for event in await resumed.take(29)] == positions[1:]


async def test_large_events_fill_a_queue_as_well(store: Store) -> None:
    async with running(World(store, WatchLimits(queue_bytes=1_000_000))) as world:
        slow = world.watch(position=await store.latest_position(), bookmarks=False)
        first = await world.put("a", {"text": "x" * 500_000})
        assert (await slow.next()).position == first
        for _ in range(2):
            last = await world.put("a", {"text": "y" * 500_000})
        assert await world.hub.wait_for(last, timeout_seconds=5)
        assert isinstance(await slow.end(), LimitExceeded)


async def test_draining_ends_every_watch_with_a_position_to_go_on_from(world: World) -> None:
    start = await world.store.latest_position()
    tapes = [world.watch(position=start) for _ in range(3)]
    last = await world.put("a")
    for tape in tapes:
        await tape.next()
    await world.hub.drain()
    for tape in tapes:
        error = await tape.end()
        assert isinstance(error, Unavailable)
        assert error.retryable
        assert error.extensions["resourceVersion"] == str(last)
    refused = await world.watch(position=last).end()
    assert isinstance(refused, Unavailable)
    assert refused.extensions["resourceVersion"] == str(last)


async def test_more_watches_than_allowed_are_refused(store: Store) -> None:
    async with running(World(store, WatchLimits(watchers=2))) as world:
        start = await store.latest_position()
        open_ones = [world.watch(position=start) for _ in range(2)]
        await world.put("a")
        for tape in open_ones:
            await tape.next()
        assert isinstance(await world.watch(position=start).end(), LimitExceeded)
        await open_ones[0].close()
        assert (await world.watch(position=start).next()).type is EventType.ADDED


async def test_dropping_the_collection_ends_every_watch_and_the_hub_begins_anew(world: World) -> None:
    position = await world.put("a")
    assert await world.hub.wait_for(position)
    tape = await world.watch(position=position).started()
    waiting = asyncio.create_task(tape.end())
    await world.store.resources.drop()
    await world.store.database.create_collection("resources", changeStreamPreAndPostImages={"enabled": True})
    assert (await waiting).code is ErrorCode.EXPIRED
    assert await world.hub.wait_for(await world.store.latest_position(), timeout_seconds=10)
    fresh = world.watch(position=world.hub.position)
    last = await world.put("b")
    assert (await fresh.next()).position == last
    assert world.hub.statistics.restarts == 1


async def test_two_changes_at_one_position_end_every_watch(world: World) -> None:
    position = await world.put("a")
    assert await world.hub.wait_for(position)
    tape = await world.watch(position=position).started()
    async with world.store.client.start_session() as session:
        async with await session.start_transaction():
            for name in ("x", "y"):
                await world.store.resources.insert_one(
                    {"_id": f"{world.registry.keys['Gadget']} default {name}", "version": 1}, session=session
                )
    assert (await tape.end()).code is ErrorCode.EXPIRED
    assert await world.hub.wait_for(await world.store.latest_position(), timeout_seconds=10)
    assert (await world.watch(world.gadget, position=position).end()).code is ErrorCode.EXPIRED


async def test_a_write_in_a_transaction_has_the_position_of_the_commit(world: World) -> None:
    tape = world.watch(position=await world.store.latest_position())
    async with world.store.writing() as session:
        async with session.transaction():
            meta = world.store.database["meta"]
            await meta.update_one({"_id": "other"}, {"$inc": {"n": 1}}, upsert=True, session=session.driver_session)
            key = f"{world.registry.keys['Widget']} default t"
            metadata = {"name": "t", "namespace": "default", "labels": {}}
            await session.insert({"_id": key, "version": 1, "metadata": metadata, "body": {"spec": {}}})
        committed = session.position
    assert (await tape.next()).position == committed
