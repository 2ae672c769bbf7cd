"""Indexes that are built beside everything else: by one of several servers, and again after one died."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest

from app.errors import AlreadyExists
from app.services.indexing import Indexing
from app.store.errors import LostRace
from app.store.slots import IndexState
from schema_builder.backend import Order
from tests.services.server import Server, names

SPEC: dict[str, Any] = {
    "kind": "Service",
    "schema": {"type": "object", "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}},
}
BY_PORT = (Order(("spec", "port")),)
INDEX = {"spec": {"indexes": [{"fields": ["spec.port"]}]}}
UNIQUE = {"spec": {"indexes": [{"fields": ["spec.port"], "unique": True}]}}
HOUR = 3600.0


async def _paused(server: Server, *, outdated_seconds: float = HOUR) -> Indexing:
    """Return a builder that works only when it is told to, in the place of the server's own."""
    await server.indexing.stop()
    return Indexing(server.store, server.registry, outdated_seconds=outdated_seconds)


async def _first_pass(server: Server, builder: Indexing, *, total: int) -> asyncio.Task[bool]:
    """Let a builder index what is there; it then waits for outdated writes."""
    building = asyncio.create_task(builder.build("Service"))
    storage = server.registry.storage_key("Service")
    assert storage is not None
    async with asyncio.timeout(20):
        while (build := await server.store.builds.find(storage)) is None or build.indexed < total:  # noqa: ASYNC110 - of the database
            await asyncio.sleep(0.01)
    return building


async def _outdated_writes_are_over(server: Server) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    await server.store.database["builds"].update_many({}, {"$set": {"fenced": past}})


async def _cancel(building: asyncio.Task[bool]) -> None:
    building.cancel()
    await asyncio.gather(building, return_exceptions=True)


async def test_progress_is_told_while_an_index_is_built(server: Server) -> None:
    await server.define(SPEC)
    for number in range(5):
        await server.service(f"s{number}", port=number)
    builder = await _paused(server)
    await server.update("ResourceDefinition", "Service", INDEX)
    building = await _first_pass(server, builder, total=5)
    assert await server.indexed(state="BUILDING") == {
        "fields": ["spec.port"], "unique": False, "state": "BUILDING", "indexed": 5, "total": 5,
    }  # fmt: skip
    assert names(await server.list(order=BY_PORT, first=2)) == ["s0", "s1"]
    await _cancel(building)
    await _outdated_writes_are_over(server)
    assert await builder.build("Service")
    assert await server.indexed() == {"fields": ["spec.port"], "unique": False, "state": "READY"}
    assert not await builder.build("Service")


async def test_what_a_server_writes_that_does_not_know_of_an_index_yet_is_indexed(
    server: Server, mongo_uri: str, database: str
) -> None:
    await server.define(SPEC)
    for number in range(4):
        await server.service(f"s{number}", port=number)
    async with Server.running(mongo_uri, database) as other:
        builder = await _paused(server)
        await other.indexing.stop()
        await server.update("ResourceDefinition", "Service", INDEX)
        await _cancel(await _first_pass(server, builder, total=4))
        await other.service("s9", port=9)
        await other.update("Service", "s1", {"spec": {"port": 8}})
        await _outdated_writes_are_over(server)
        assert await builder.build("Service")
        assert names(await server.list(order=BY_PORT)) == ["s0", "s2", "s3", "s1", "s9"]
        served = server.registry.find("Service")
        assert served is not None
        slot = served.storage.slots[0]
        held = [document[slot.name]["a"] async for document, _ in server.store.scan({f"{slot.name}.k": slot.key})]
        assert sorted(held) == [0, 2, 3, 8, 9]


async def test_a_write_that_comes_too_late_is_refused_by_the_database(server: Server) -> None:
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=30)
    async with server.store.writing() as session:
        with pytest.raises(LostRace):
            await session.insert({"_id": "k", "version": 1}, until=past)
        assert await session.find("k") is None
        await session.insert({"_id": "k", "version": 1}, until=past + datetime.timedelta(minutes=2))
        with pytest.raises(LostRace) as taken:
            await session.insert({"_id": "k", "version": 2}, until=past + datetime.timedelta(minutes=2))
        assert taken.value.index == "_id_"
        with pytest.raises(LostRace):
            await session.replace({"_id": "k", "version": 2}, seen=1, until=past)
        await session.replace({"_id": "k", "version": 3}, seen=1, until=past + datetime.timedelta(minutes=2))
        assert await session.find("k") == {"_id": "k", "version": 3}


async def test_a_build_has_one_builder_and_goes_on_where_another_stopped(server: Server) -> None:
    await server.define(SPEC)
    for number in range(3):
        await server.service(f"s{number}", port=number)
    one = await _paused(server)
    other = Indexing(server.store, server.registry, outdated_seconds=HOUR)
    await server.update("ResourceDefinition", "Service", INDEX)
    building = await _first_pass(server, one, total=3)
    assert not await other.build("Service")
    await _cancel(building)
    await _outdated_writes_are_over(server)
    assert await other.build("Service")
    assert not server.registry.unfinished


async def test_a_unique_index_that_equal_values_get_into_fails_and_is_built_when_they_differ(
    server: Server, mongo_uri: str, database: str
) -> None:
    await server.define(SPEC)
    await server.service("a", port=1)
    async with Server.running(mongo_uri, database) as other:
        builder = await _paused(server)
        await other.indexing.stop()
        await server.update("ResourceDefinition", "Service", UNIQUE)
        await _cancel(await _first_pass(server, builder, total=1))
        with pytest.raises(AlreadyExists, match="'default/a' has the same"):
            await server.service("c", port=1)
        await other.service("b", port=1)  # this server does not know yet
        await _outdated_writes_are_over(server)
        await builder.build("Service")
    index = await server.indexed(state="FAILED")
    assert index["message"] == "default/a and default/b have the same spec.port: 1"
    await server.service("c", port=1)
    await builder.look_again("Service")
    assert (await server.indexed(state="FAILED"))["state"] == "FAILED"
    for number, name in enumerate("abc"):
        await server.update("Service", name, {"spec": {"port": number}})
    await builder.look_again("Service")
    assert await server.indexed(state="BUILDING")
    assert await Indexing(server.store, server.registry, outdated_seconds=0).build("Service")
    with pytest.raises(AlreadyExists):
        await server.service("d", port=2)


async def test_an_index_that_is_taken_back_while_it_is_built_is_forgotten(server: Server) -> None:
    await server.define(SPEC)
    await server.service("a", port=1)
    builder = await _paused(server)
    await server.update("ResourceDefinition", "Service", INDEX)
    building = await _first_pass(server, builder, total=1)
    await _cancel(building)
    await server.update("ResourceDefinition", "Service", {"spec": {"indexes": None, "allowBreaking": True}})
    assert not await builder.build("Service")
    assert not server.registry.unfinished
    definition = await server.get("ResourceDefinition", "Service")
    assert definition is not None
    assert "indexes" not in definition.body["status"]


async def test_an_index_of_a_new_kind_is_ready_at_once(server: Server) -> None:
    await server.define(SPEC, indexes=INDEX["spec"]["indexes"])
    served = server.registry.find("Service")
    assert served is not None
    assert [slot.state for slot in served.storage.slots] == [IndexState.READY]
