"""Whole servers, short of GraphQL: definitions that one of them writes, seen by the watches of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from app.kinds.registry import Registry
from app.services.backend import Services
from app.services.indexing import Indexing
from app.services.watches import Watches
from app.store.mongo import Store
from app.watch.hub import Hub
from schema_builder.backend import EventType, KindChanged, WatchEvent, WatchQuery
from schema_builder.errors import ErrorCode
from tests.watch.world import Tape, told

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

SCHEMA = {"type": "object", "properties": {"port": {"type": "integer"}, "token": {"type": "string", "writeOnly": True}}}
WIDER = {"type": "object", "properties": {**SCHEMA["properties"], "host": {"type": "string"}}}


class Scope:
    """What a request carries."""

    resume_position = None

    def __init__(self) -> None:
        self.position = 0

    def committed(self, position: int) -> None:
        self.position = max(self.position, position)

    def warn(self, message: str) -> None:
        raise AssertionError(message)

    def tell(self, name: str, value: object) -> None:
        pass


class Server:
    """One server of a database."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.registry = Registry(store)
        self.hub = Hub(store, self.registry)
        watches = Watches(self.hub, store, self.registry)
        indexing = Indexing(store, self.registry, outdated_seconds=0.05)
        self.services = Services(
            store, self.registry, watches, lag_seconds=lambda: self.hub.lag_seconds, indexing=indexing
        )
        self.tapes: list[Tape] = []

    def kind(self, name: str) -> CompiledKind:
        return self.registry.snapshot.kinds[name]

    async def create(self, kind: str, body: dict[str, Any]) -> int:
        scope = Scope()
        await self.services.create(scope, self.kind(kind), body, dry_run=False)  # type: ignore[arg-type]
        return scope.position

    async def update(self, kind: str, name: str, patch: dict[str, Any]) -> int:
        scope = Scope()
        options: dict[str, Any] = {"namespace": None, "resource_version": None, "dry_run": False}
        await self.services.update(scope, self.kind(kind), patch, name=name, **options)  # type: ignore[arg-type]
        return scope.position

    async def delete(self, kind: str, name: str) -> int:
        scope = Scope()
        options: dict[str, Any] = {"namespace": None, "resource_version": None, "dry_run": False}
        await self.services.delete(scope, self.kind(kind), name=name, **options)  # type: ignore[arg-type]
        return scope.position

    async def watch(self, *kinds: str, **query: Any) -> Tape:
        asked = WatchQuery(**{"bookmarks": False, **query})
        watched = [self.kind(name) for name in kinds]
        self.tapes.append(Tape(self.services.watch(Scope(), watched, asked)))  # type: ignore[arg-type]
        return await self.tapes[-1].started()


@asynccontextmanager
async def serving(uri: str, database: str) -> AsyncIterator[Server]:
    store = await Store.open(uri, database)
    server = Server(store)
    await server.services.start()
    await server.hub.start()
    try:
        yield server
    finally:
        await server.hub.stop()
        for tape in server.tapes:
            await tape.close()
        await server.services.stop()
        await store.close()


async def test_the_life_of_a_kind_as_its_watches_see_it(mongo_uri: str, database: str) -> None:
    async with serving(mongo_uri, database) as server:
        defined = await server.create("ResourceDefinition", {"spec": {"kind": "Service", "schema": SCHEMA}})
        tape = await server.watch("Service", position=defined)
        every = await server.watch(position=defined)
        created = await server.create("Service", {"metadata": {"name": "db"}, "spec": {"port": 1, "token": "x"}})
        changed = await server.update("ResourceDefinition", "Service", {"spec": {"schema": WIDER}})
        updated = await server.update("Service", "db", {"spec": {"host": "h"}})
        removed = await server.delete("ResourceDefinition", "Service")

        added, marker, modified, deleted = await tape.take(4)
        assert (added.type, added.position, added.resource.body["spec"]) == (EventType.ADDED, created, {"port": 1})
        assert isinstance(marker, KindChanged)
        assert marker.position == changed
        assert marker.kind.fingerprint != server.kind("ResourceDefinition").fingerprint
        assert (modified.position, modified.resource.body["spec"]) == (updated, {"port": 1, "host": "h"})
        assert modified.previous.body["spec"] == {"port": 1}
        assert told(deleted) == ("DELETED", "db", {"port": 1, "host": "h"})
        error = await tape.end()
        assert error.code is ErrorCode.KIND_REMOVED
        assert error.extensions["resourceVersion"] == str(removed)

        seen = [told(event)[:2] for event in await every.until(removed)]
        assert [one for one in seen if one[0] != "KIND_CHANGED"] == [
            ("ADDED", "db"),
            ("MODIFIED", "Service"),
            ("MODIFIED", "db"),
            ("MODIFIED", "Service"),
            ("DELETED", "db"),
            ("DELETED", "Service"),
        ]


async def test_another_server_serves_and_watches_a_kind_within_a_second(mongo_uri: str, database: str) -> None:
    async with serving(mongo_uri, database) as one, serving(mongo_uri, database) as other:
        every = await other.watch(position=await other.store.latest_position())
        defined = await one.create("ResourceDefinition", {"spec": {"kind": "Service", "schema": SCHEMA}})
        created = await one.create("Service", {"metadata": {"name": "db"}, "spec": {"port": 1}})
        async with asyncio.timeout(1):
            assert await other.hub.wait_for(defined)
        assert [told(event)[:2] for event in await every.take(3)] == [
            ("ADDED", "Service"),
            ("KIND_CHANGED", "Service"),
            ("ADDED", "db"),
        ]
        tape = await other.watch("Service", position=defined)
        assert (await tape.next()).position == created

        await one.update("ResourceDefinition", "Service", {"spec": {"schema": WIDER}})
        assert isinstance(await tape.next(), KindChanged)
        removed = await one.delete("ResourceDefinition", "Service")
        error = await tape.end()
        assert error.code is ErrorCode.KIND_REMOVED
        assert await other.hub.wait_for(removed)
        assert "Service" not in other.registry.snapshot.kinds


async def test_a_kind_defined_again_is_watched_from_its_own_beginning(mongo_uri: str, database: str) -> None:
    async with serving(mongo_uri, database) as server:
        start = await server.create("ResourceDefinition", {"spec": {"kind": "Service", "schema": SCHEMA}})
        await server.create("Service", {"metadata": {"name": "old"}, "spec": {"port": 1}})
        removed = await server.delete("ResourceDefinition", "Service")
        await server.create("ResourceDefinition", {"spec": {"kind": "Service", "schema": SCHEMA}})
        created = await server.create("Service", {"metadata": {"name": "new"}, "spec": {"port": 1}})
        assert await server.hub.wait_for(created)
        assert (await (await server.watch("Service", position=start)).end()).code is ErrorCode.KIND_REMOVED
        tape = await server.watch("Service", position=removed)
        assert told(await tape.next())[:2] == ("ADDED", "new")
        fresh = await server.watch("Service", send_initial_events=True)
        assert [told(event)[:2] for event in await fresh.take(2)] == [("ADDED", "new"), ("SYNCED", None)]


async def test_building_an_index_disturbs_neither_watches_nor_positions(mongo_uri: str, database: str) -> None:
    async with serving(mongo_uri, database) as server:
        defined = await server.create("ResourceDefinition", {"spec": {"kind": "Service", "schema": SCHEMA}})
        for number in range(5):
            await server.create("Service", {"metadata": {"name": f"s{number}"}, "spec": {"port": number}})
        tape = await server.watch("Service", position=defined)
        every = await server.watch(position=defined)
        await tape.take(5)
        indexes = [{"fields": ["spec.port"], "unique": True}]
        await server.update("ResourceDefinition", "Service", {"spec": {"indexes": indexes}})
        states = []
        while "READY" not in states:
            event = await every.next()
            if isinstance(event, WatchEvent) and event.resource and event.resource.kind == "ResourceDefinition":
                states += [index["state"] for index in event.resource.body["status"].get("indexes", [])]
        assert states == ["BUILDING", "READY"]
        last = await server.create("Service", {"metadata": {"name": "last"}, "spec": {"port": 9}})
        assert isinstance(await tape.next(), KindChanged)
        assert told(await tape.next())[:2] == ("ADDED", "last")
        again = await server.watch("Service", position=defined)
        seen = [told(event)[:2] for event in await again.until(last)]
        assert [one for one in seen if one[0] != "KIND_CHANGED"] == [
            *(("ADDED", f"s{number}") for number in range(5)),
            ("ADDED", "last"),
        ]
