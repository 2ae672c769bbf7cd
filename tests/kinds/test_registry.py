from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.errors import KindRemoved
from app.kinds.builtins import BUILTIN_NAMES
from app.store.definitions import definition_key
from tests.services.server import Server

WIDGET: dict[str, Any] = {"kind": "Widget", "schema": {"type": "object", "properties": {"size": {"type": "integer"}}}}


@pytest.fixture
async def server(mongo_uri: str, database: str) -> AsyncIterator[Server]:
    async with Server.running(mongo_uri, database) as server:
        yield server


async def _spoil(server: Server) -> None:
    """Store a schema that this version refuses, as if an older version had accepted it."""
    change = {"$set": {"body.spec.schema": '{"type":"nonsense"}', "internal.judgedBy": "0.0.0-older"}}
    await server.store.resources.update_one({"_id": definition_key("Widget")}, change)


async def test_a_stored_definition_that_is_refused_is_kept_and_not_served(
    server: Server, mongo_uri: str, database: str
) -> None:
    await server.define(WIDGET)
    await server.create("Widget", {"metadata": {"name": "w"}, "spec": {"size": 1}})
    await _spoil(server)
    async with Server.running(mongo_uri, database) as newer:
        assert "Widget" not in newer.registry.snapshot.kinds
        read = await newer.get("ResourceDefinition", "Widget")
        assert read is not None
        status = read.body["status"]
        assert {one["status"] for one in status["conditions"]} == {"False"}
        assert "/spec/schema" in status["conditions"][0]["message"]
        assert status["storedResources"] == 1
        await newer.update("ResourceDefinition", "Widget", {"spec": {"schema": WIDGET["schema"]}})
        assert await newer.get("Widget", "w") is not None
        read = await newer.get("ResourceDefinition", "Widget")
        assert read is not None
        assert {one["status"] for one in read.body["status"]["conditions"]} == {"True"}


async def test_a_refused_definition_can_be_deleted(server: Server, mongo_uri: str, database: str) -> None:
    await server.define(WIDGET)
    await server.create("Widget", {"metadata": {"name": "w"}, "spec": {"size": 1}})
    await _spoil(server)
    async with Server.running(mongo_uri, database) as newer:
        finalizers = {"metadata": {"finalizers": ["example.org/x"]}}
        await newer.update("ResourceDefinition", "Widget", finalizers)
        await newer.delete("ResourceDefinition", "Widget")
        assert await newer.get("ResourceDefinition", "Widget") is not None
        await newer.update("ResourceDefinition", "Widget", {"metadata": {"finalizers": None}})
        assert await newer.get("ResourceDefinition", "Widget") is None
        assert not newer.registry.refused


async def test_subscribers_see_the_newest_snapshot_however_slow_they_are(server: Server) -> None:
    snapshots = server.registry.subscribe()
    assert await anext(snapshots) is server.registry.snapshot
    for number in range(3):
        await server.define({**WIDGET, "kind": f"Widget{number}"})
    assert set((await anext(snapshots)).kinds) == {*BUILTIN_NAMES, "Widget0", "Widget1", "Widget2"}
    waiting = asyncio.ensure_future(anext(snapshots))
    await server.delete("ResourceDefinition", "Widget0")
    assert "Widget0" not in (await waiting).kinds
    await snapshots.aclose()


async def test_a_request_finishes_on_the_shape_it_began_with(server: Server) -> None:
    before = await server.define(WIDGET)
    schema = {"type": "object", "properties": {"size": {"type": "integer"}, "more": {"type": "string"}}}
    await server.update("ResourceDefinition", "Widget", {"spec": {"schema": schema}})
    now = server.registry.served(server.kind("Widget"))
    assert before is not now.kind
    assert server.registry.served(before) is now
    await server.delete("ResourceDefinition", "Widget")
    with pytest.raises(KindRemoved):
        server.registry.served(before)


async def test_storage_keys_are_known_both_ways(server: Server) -> None:
    kind = await server.define(WIDGET)
    key = server.registry.storage_key("Widget")
    assert key is not None
    assert server.registry.kind_by_storage_key(key) is kind
    assert server.registry.kind_by_storage_key("zzzzzz") is None
    assert server.registry.storage_key("Gadget") is None
