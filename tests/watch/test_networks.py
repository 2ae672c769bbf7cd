"""What lies between the hub and the database fails: cut off, silent, one-sided, and healed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

import pytest

from app.errors import Unavailable
from app.store.mongo import Store
from app.watch.limits import WatchLimits
from schema_builder.backend import EventType
from tests.support.network import Network, running_network
from tests.watch.world import Tape, World, eventually, running

IMPATIENT = WatchLimits(
    stall_seconds=0.5, healthy_lag_seconds=0.4, blind_seconds=60, ahead_seconds=0.3, bookmark_seconds=0.2
)


@pytest.fixture
async def network(mongo_uri: str) -> AsyncIterator[Network]:
    """The way of ``remote`` to the database."""
    async with running_network(Path(unquote_plus(urlsplit(mongo_uri).netloc))) as between:
        yield between


@pytest.fixture
async def remote(network: Network, database: str) -> AsyncIterator[Store]:
    """A store at the other end of the network."""
    opened = await Store.open(network.uri, database)
    yield opened
    await network.heal()
    await opened.close()


async def _fail(network: Network, fault: str) -> None:
    match fault:
        case "cut":
            await network.cut()
        case "silent":
            network.freeze()


@pytest.mark.parametrize("fault", ["cut", "silent"])
async def test_a_hub_that_was_cut_off_goes_on_exactly_where_it_was(
    remote: Store, store: Store, network: Network, fault: str
) -> None:
    async with running(World(remote, IMPATIENT)) as world:
        start = await store.latest_position()
        other = World(store, IMPATIENT)
        positions = [await other.put("a", {"n": 0})]
        tapes = [world.watch(position=start), world.watch(position=start, bookmarks=True)]
        for tape in tapes:
            assert (await tape.next()).position == positions[0]

        await _fail(network, fault)
        positions += [await other.put(f"r{number % 3}", {"n": number}) for number in range(10)]
        await eventually(lambda: not world.hub.healthy and world.hub.statistics.interruptions > 0)
        assert (await tapes[1].next()).type is EventType.BOOKMARK
        await network.heal()

        positions.append(await other.put("a", {"n": 1}))
        assert [event.position for event in await tapes[0].take(11)] == positions[1:]
        heard = [event for event in await tapes[1].until(positions[-1]) if event.type is not EventType.BOOKMARK]
        assert [event.position for event in heard] == positions[1:]
        assert heard[-1].previous.body["spec"] == {"n": 0}
        await eventually(lambda: world.hub.healthy)
        assert world.hub.statistics.restarts == 0


async def test_a_connection_that_falls_silent_alone_is_given_up(remote: Store, store: Store, network: Network) -> None:
    async with running(World(remote, IMPATIENT)) as world:
        other = World(store, IMPATIENT)
        first = await other.put("a")
        tape = world.watch(position=first - 1)
        assert (await tape.next()).position == first
        network.freeze(new_too=False)
        second = await other.put("b")
        assert (await tape.next()).position == second


async def test_a_hub_that_has_lost_sight_of_the_database_sends_its_watches_elsewhere(
    remote: Store, store: Store, network: Network
) -> None:
    limits = WatchLimits(stall_seconds=0.5, blind_seconds=1.2, ahead_seconds=0.3, quiet_seconds=2)
    async with running(World(remote, limits)) as world:
        other = World(store, limits)
        first = await other.put("a")
        tape = world.watch(position=first - 1)
        assert (await tape.next()).position == first

        await network.cut()
        second = await other.put("b")
        end = await tape.end()
        assert isinstance(end, Unavailable)
        assert end.retryable
        going_on = int(end.extensions["resourceVersion"])
        assert first <= going_on < second
        for position in (going_on, second):
            refused = await world.watch(position=position).end()
            assert isinstance(refused, Unavailable)
            assert refused.extensions["resourceVersion"] == str(position)

        await network.heal()
        await eventually(lambda: world.hub.lag_seconds < 1)
        assert (await world.watch(position=going_on).next()).position == second


async def test_a_read_of_older_changes_that_breaks_off_can_be_resumed(
    remote: Store, store: Store, network: Network
) -> None:
    async with running(World(store, WatchLimits())) as predecessor:
        start = await store.latest_position()
        positions = [await predecessor.put(f"r{number}") for number in range(40)]
    async with running(World(remote, WatchLimits(queue_events=10, catch_up_stall_seconds=0.5))) as world:
        tape = world.watch(position=start)
        heard = [event.position for event in await tape.take(7)]
        await network.cut()
        heard += await _positions_until_the_end(tape)
        assert heard == positions[: len(heard)]
        await network.heal()
        await eventually(lambda: world.hub.lag_seconds < 1)
        rest = await world.watch(position=heard[-1]).until(positions[-1])
        assert heard + [event.position for event in rest] == positions


async def _positions_until_the_end(tape: Tape) -> list[int]:
    heard: list[int] = []

    async def hear() -> None:
        while True:
            heard.append((await tape.next()).position)

    with pytest.raises(Unavailable) as end:
        await hear()
    assert end.value.extensions["resourceVersion"] == str(heard[-1])
    return heard
