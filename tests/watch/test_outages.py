"""The database goes away and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.mongod import EmbeddedMongod
from app.store.mongo import Store
from app.watch.limits import WatchLimits
from schema_builder.backend import EventType
from tests.watch.world import World, running

if TYPE_CHECKING:
    from pathlib import Path


class Mongod:
    """A replica set of one, which can be killed and started again.

    It listens on a Unix socket, as the server's own does. A connection to one is made at once; while one to a port is
    being made, the driver, when it is cancelled, forgets to close it.
    """

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self._mongod = EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25)

    @property
    def uri(self) -> str:
        return self._mongod.mongo_uri

    def start(self) -> None:
        self._mongod.start()

    def end(self, how: str) -> None:
        """End it as a crash does (``killed``), or cleanly (``stopped``)."""
        if how == "stopped":
            self.stop()
        else:
            self.kill()

    def kill(self) -> None:
        os.kill(int((self._directory.database / "mongod.lock").read_text()), signal.SIGKILL)
        self._mongod.stop()

    def stop(self) -> None:
        self._mongod.stop()


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    with contextlib.closing(DataDirectory.open(tmp_path)) as directory:
        server = Mongod(directory)
        server.start()
        yield server
        server.stop()


@pytest.fixture
async def lonely_store(mongod: Mongod) -> AsyncIterator[Store]:
    async with asyncio.timeout(30):
        while True:
            try:
                store = await Store.open(mongod.uri, "outage")
                break
            except Exception:
                await asyncio.sleep(0.1)
    yield store
    await store.close()


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_the_hub_resumes_after_the_primary_was_killed(mongod: Mongod, lonely_store: Store, how: str) -> None:
    limits = WatchLimits(bookmark_seconds=0.2)
    async with running(World(lonely_store, limits)) as world:
        first = await world.put("a", {"n": 1})
        tape = world.watch(position=first - 1, bookmarks=True)
        assert (await tape.next()).position == first
        assert world.hub.healthy

        await asyncio.to_thread(mongod.end, how)
        while world.hub.lag_seconds < 1:
            event = await tape.next()
            assert event.type is EventType.BOOKMARK

        await asyncio.to_thread(mongod.start)
        second = await _write_when_possible(world)
        events = [event for event in await tape.until(second) if event.type is not EventType.BOOKMARK]
        assert [event.position for event in events] == [second]
        assert events[0].previous.body["spec"] == {"n": 1}
        assert await world.hub.wait_for(await lonely_store.latest_position())
        assert world.hub.lag_seconds < 1
        assert world.hub.statistics.restarts == 0


async def _write_when_possible(world: World) -> int:
    async with asyncio.timeout(30):
        while True:
            try:
                return await world.put("a", {"n": 2})
            except Exception:
                await asyncio.sleep(0.1)
