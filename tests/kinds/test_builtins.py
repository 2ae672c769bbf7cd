"""Built-in kinds in a database that has kinds of their names already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.errors import Forbidden
from app.kinds.builtins import BUILTIN_NAMES
from app.store.definitions import definition_key
from schema_builder.errors import DefinitionRefused
from tests.services.server import Server

LEASE: dict[str, Any] = {"kind": "Lease", "schema": {"type": "object", "properties": {"flat": {"type": "integer"}}}}


@pytest.fixture
async def server(mongo_uri: str, database: str) -> AsyncIterator[Server]:
    async with Server.running(mongo_uri, database) as server:
        yield server


async def _store_as_an_older_version(server: Server) -> None:
    """Leave a user's kind ``Lease``, and one that has the name of the list of events, with a resource each."""
    for name, spec in (("Tenancy", LEASE), ("Occurrence", {**LEASE, "plural": "occasions"})):
        await server.define(spec, kind=name)
        await server.create(name, {"metadata": {"name": "mine"}, "spec": {"flat": 7}})
    await server.store.resources.delete_many({"_id": {"$in": [definition_key("Lease"), definition_key("Event")]}})
    stored = await server.store.resources.find_one({"_id": definition_key("Tenancy")})
    assert stored is not None
    body = {**stored["body"], "spec": {**stored["body"]["spec"], "kind": "Lease"}}
    metadata = {**stored["metadata"], "name": "Lease"}
    await server.store.resources.insert_one(
        {**stored, "_id": definition_key("Lease"), "body": body, "metadata": metadata}
    )
    await server.store.resources.delete_one({"_id": definition_key("Tenancy")})
    change = {"$set": {"body.spec.plural": "events"}}
    await server.store.resources.update_one({"_id": definition_key("Occurrence")}, change)


async def _until_newer_definitions(server: Server) -> None:
    async with asyncio.timeout(20):
        while not await server.registry.refresh():  # each asks the database
            pass


async def test_kinds_of_users_that_have_a_built_in_name_are_kept_and_not_served(
    server: Server, mongo_uri: str, database: str
) -> None:
    await _store_as_an_older_version(server)
    async with Server.running(mongo_uri, database) as newer:
        assert set(newer.registry.snapshot.kinds) == set(BUILTIN_NAMES)
        for name, way_out in (("Lease", "MyLease"), ("Occurrence", "MyOccurrence")):
            kept = await newer.get("ResourceDefinition", name)
            assert kept is not None
            status = kept.body["status"]
            assert kept.body["spec"]["schema"] == LEASE["schema"]
            assert {one["status"] for one in status["conditions"]} == {"False"}
            assert "graphqlName" in status["conditions"][0]["message"]
            assert way_out in status["conditions"][0]["message"]
            assert not status["builtIn"]
            assert status["storedResources"] == 1
        await newer.create("Lease", {"metadata": {"name": "ours"}, "spec": {"holderIdentity": "me"}})
        with pytest.raises(Forbidden):
            await newer.update("ResourceDefinition", "Lease", {"spec": {"description": "x"}})


async def test_a_displaced_kind_can_be_deleted_and_makes_room_for_the_built_in_definition(
    server: Server, mongo_uri: str, database: str
) -> None:
    await _store_as_an_older_version(server)
    async with Server.running(mongo_uri, database) as newer:
        await newer.create("Lease", {"metadata": {"name": "ours"}, "spec": {"holderIdentity": "me"}})
        await newer.delete("ResourceDefinition", "Lease")
        await _until_newer_definitions(newer)
        definition = await newer.get("ResourceDefinition", "Lease")
        assert definition is not None
        assert definition.body["status"]["builtIn"]
        assert definition.body["status"]["storedResources"] == 1
        assert not newer.registry.refused.keys() & {"Lease"}


async def test_nobody_can_define_a_kind_that_is_built_in(server: Server) -> None:
    with pytest.raises(Forbidden):
        await server.define(LEASE)
    with pytest.raises(DefinitionRefused) as refused:
        await server.define(LEASE, kind="Occurrence", plural="events")
    assert "kind Event already has" in refused.value.failures[0].message
    await server.define(LEASE, group="example.org")
