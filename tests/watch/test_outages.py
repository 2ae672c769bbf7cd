"""The database goes away and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from app.embedded.binary import find_mongod
from app.store.mongo import Store
from app.watch.limits import WatchLimits
from schema_builder.backend import EventType
from tests.watch.world import World, running

if TYPE_CHECKING:
    from pathlib import Path


class Mongod:
    """A replica set of one, which can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--replSet", "rs", "--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--quiet"]
        self._process = subprocess.Popen(
            [find_mongod(), "--dbpath", self._directory, "--port", str(self.port), "--nounixsocket", *options],
            stdout=subprocess.DEVNULL,
        )
        with MongoClient(self.uri, directConnection=True, replicaSet=None, serverSelectionTimeoutMS=30_000) as client:
            members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
            try:
                client.admin.command("replSetInitiate", {"_id": "rs", "members": members})
            except PyMongoError as error:
                assert "already initialized" in str(error)  # noqa: PT017 - any other is a defect of the test

    def kill(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    server = Mongod(tmp_path)
    server.start()
    yield server
    server.kill()


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


async def test_the_hub_resumes_after_the_primary_was_killed(mongod: Mongod, lonely_store: Store) -> None:
    limits = WatchLimits(bookmark_seconds=0.2)
    async with running(World(lonely_store, limits)) as world:
        first = await world.put("a", {"n": 1})
        tape = world.watch(position=first - 1, bookmarks=True)
        assert (await tape.next()).position == first
        assert world.hub.healthy

        mongod.kill()
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
