from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    DuplicateKeyError,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from app.errors import Expired, LimitExceeded, Unavailable
from app.store.errors import LostRace, UnsuitableDatabase, driver_errors
from app.store.mongo import Store
from app.store.positions import position_of
from schema_builder.errors import BadUserInput, ErrorCode, KindgraphError


@pytest.fixture
async def store(mongo_uri: str, database: str) -> AsyncIterator[Store]:
    opened = await Store.open(mongo_uri, database)
    yield opened
    await opened.close()


async def test_a_database_keeps_its_identity(store: Store, mongo_uri: str, database: str) -> None:
    again = await Store.open(mongo_uri, database)
    assert again.identity.database_id == store.identity.database_id
    assert again.first_position == store.first_position
    await again.close()


async def test_many_servers_may_open_a_new_database_at_once(mongo_uri: str, database: str) -> None:
    stores = await asyncio.gather(*(Store.open(mongo_uri, database) for _ in range(4)))
    assert len({store.identity.database_id for store in stores}) == 1
    assert len({(await store.identities.read()).first_position for store in stores}) == 1
    for store in stores:
        await store.close()


async def test_a_foreign_collection_is_refused(mongo_uri: str, database: str) -> None:
    async with AsyncMongoClient(mongo_uri) as client:
        await client[database]["resources"].insert_one({})
    with pytest.raises(UnsuitableDatabase, match="not Kindgraph's"):
        await Store.open(mongo_uri, database)


async def test_an_unreachable_database_is_unavailable_in_seconds(tmp_path: Path) -> None:
    nobody = quote(str(tmp_path / "mongod.sock"), safe="")  # no port: the driver leaks its sockets
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await Store.open(f"mongodb://{nobody}/?directConnection=true", "x")
    assert time.monotonic() - started < 8


async def test_a_writes_position_is_that_of_its_change_event(store: Store) -> None:
    positions: dict[str, int] = {}

    async def write(number: int) -> None:
        async with store.writing() as session:
            await session.find(f"k{number}")
            read_at = session.position
            await session.insert({"_id": f"k{number}", "version": read_at})
            assert session.position > read_at
            positions[f"k{number}"] = session.position

    async def define(number: int) -> None:
        async with store.writing() as session:
            for _ in range(50):
                identity = await store.identities.read()
                try:
                    async with session.transaction():
                        await store.identities.swap(session.driver_session, version=identity.version)
                        await session.insert({"_id": f"d{number}", "version": 1})
                except LostRace:
                    continue
                positions[f"d{number}"] = session.position
                return

    stream = await store.resources.watch(max_await_time_ms=50)
    async with stream:
        await asyncio.gather(*(write(number) for number in range(20)), *(define(number) for number in range(4)))
        seen = {}
        while len(seen) < 24:
            change = await stream.next()
            seen[change["documentKey"]["_id"]] = position_of(change["clusterTime"])
    assert seen == positions
    assert len(set(seen.values())) == 24


async def test_a_position_reads_the_state_it_was(store: Store) -> None:
    async with store.writing() as session:
        await session.insert({"_id": "a", "version": 1})
        first = session.position
        await session.replace({"_id": "a", "version": 2}, seen=1)
        await session.insert({"_id": "b", "version": 1})
    documents, position, _ = await store.read({}, limit=10, position=first)
    assert position == first
    assert [(one["_id"], one["version"]) for one in documents] == [("a", 1)]
    assert await store.count({}, position=first) == (1, 0)


async def test_positions_outside_the_database_are_expired(store: Store) -> None:
    with pytest.raises(Expired):
        await store.require_position(store.first_position - 1)
    with pytest.raises(Expired):
        await store.require_position(await store.latest_position() + (1000 << 32), timeout_seconds=0.1)


async def test_a_position_just_ahead_is_waited_for(store: Store) -> None:
    latest = await store.latest_position()
    waiting = asyncio.create_task(store.require_position(latest + 1, timeout_seconds=5))
    await asyncio.sleep(0)
    async with store.writing() as session:
        await session.insert({"_id": "a", "version": 1})
    await waiting


async def test_a_scan_is_one_state_however_many_batches(store: Store) -> None:
    for number in range(25):
        await store.resources.insert_one({"_id": f"k{number:02}", "version": 1})
    seen = []
    async for document, _ in store.scan({}, batch_size=10):
        seen.append(document["_id"])
        await store.resources.delete_one({"_id": "k24"})
        await store.resources.update_one({"_id": "k99"}, {"$set": {"version": 1}}, upsert=True)
    assert seen == [f"k{number:02}" for number in range(25)]


async def test_a_message_that_is_full_says_so(store: Store) -> None:
    for number in range(6):
        await store.resources.insert_one({"_id": f"k{number}", "version": 1, "x": "a" * 4_000_000})
    documents, _, cut = await store.read({}, limit=10)
    assert cut
    assert 0 < len(documents) < 6
    assert [one[0]["_id"] async for one in store.scan({})] == [f"k{number}" for number in range(6)]


async def test_a_probe_answers_in_time(store: Store) -> None:
    assert await store.probe()


@pytest.mark.parametrize(
    ("raised", "mapped"),
    [
        (AutoReconnect("x"), Unavailable),
        (NotPrimaryError("x"), Unavailable),
        (ServerSelectionTimeoutError("x"), Unavailable),
        (OperationFailure("x", 91), Unavailable),
        (OperationFailure("x", 239), Expired),
        (OperationFailure("x", 246), Expired),
        (OperationFailure("x", 112), LostRace),
        (OperationFailure("x", 50), LimitExceeded),
        (OperationFailure("x", 10334), LimitExceeded),
        (DuplicateKeyError("x", 11000, {"keyPattern": {"y3.k": 1}}), LostRace),
        (BulkWriteError({"writeErrors": [{"code": 11000, "keyPattern": {"y3.k": 1}}]}), LostRace),
        (OverflowError("x"), BadUserInput),
        (OperationFailure("secret: users.passwords", 999), KindgraphError),
        (ConfigurationError("secret: users.passwords"), KindgraphError),
    ],
)
def test_nothing_of_the_driver_gets_out(raised: Exception, mapped: type[Exception]) -> None:
    with pytest.raises(mapped) as caught, driver_errors():
        raise raised
    assert "secret" not in str(caught.value)
    if mapped is KindgraphError:
        assert caught.value.code is ErrorCode.INTERNAL  # type: ignore[attr-defined]
    if isinstance(caught.value, LostRace) and not isinstance(raised, OperationFailure):
        assert caught.value.index == "y3"
