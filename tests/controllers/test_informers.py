"""Informers follow what is stored, whatever happens to connections, positions and kinds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from controllers.client import Client
from controllers.informer import Change, ChangeType, Informer
from controllers.resource import Key
from controllers.resources import Resources, Scope
from tests.controllers.conftest import WIDGET
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from app.settings import Settings

A, B, C = (Key("default", name) for name in "abc")


@pytest.fixture
def server_settings(server_settings: Settings) -> Settings:
    """Bookmarks come often, so that silence is noticed soon."""
    return server_settings.model_copy(update={"bookmark_seconds": 0.1})


class Followed:
    """An informer that runs, and what it has told."""

    def __init__(self, informer: Informer) -> None:
        self.informer = informer
        self.told: list[tuple[ChangeType, str, bool]] = []
        self._moved = asyncio.Event()
        informer.subscribe(self._tell)
        informer.on_progress(self._moved.set)

    def _tell(self, change: Change) -> None:
        self.told.append((change.type, change.key.name, change.live))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self._moved.clear()
                await self._moved.wait()

    async def knows(self, *keys: Key) -> None:
        await self.until(lambda: self.informer.synced and set(self.informer.store.keys()) == set(keys))


@contextlib.asynccontextmanager
async def running(informer: Informer) -> AsyncIterator[None]:
    task = asyncio.create_task(informer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def informer_of(client: Client, resources: Resources, *, scope: Scope | None = None) -> Followed:
    return Followed(Informer("Widget", scope or Scope(), client=client, resources=resources))


async def put(resources: Resources, key: Key, size: int = 1) -> None:
    await resources.apply("Widget", {"metadata": {"name": key.name}, "spec": {"size": size}})


async def test_an_informer_lists_and_then_follows(client: Client, resources: Resources) -> None:
    followed = informer_of(client, resources)
    followed.informer.store.add_index("size", lambda resource: [resource.spec.get("size")])
    await put(resources, A)
    async with running(followed.informer):
        await followed.knows(A)
        await put(resources, B)
        await put(resources, A, size=2)
        await resources.delete("Widget", B)
        await followed.until(lambda: len(followed.told) == 4)
    assert followed.told == [
        (ChangeType.ADDED, "a", False),
        (ChangeType.ADDED, "b", True),
        (ChangeType.MODIFIED, "a", True),
        (ChangeType.DELETED, "b", True),
    ]
    assert [found.key for found in followed.informer.store.find("size", 2)] == [A]
    assert followed.informer.store.find("size", 1) == []


async def test_what_leaves_the_scope_is_gone(client: Client, resources: Resources) -> None:
    followed = informer_of(client, resources, scope=Scope(where={"spec": {"size": {"lt": 5}}}))
    await put(resources, A)
    async with running(followed.informer):
        await followed.knows(A)
        await put(resources, A, size=9)
        await followed.knows()
        await put(resources, A, size=3)
        await followed.knows(A)


async def test_an_expired_position_is_listed_again_with_the_deletions_that_were_missed(
    client: Client, resources: Resources
) -> None:
    followed = informer_of(client, resources)
    await put(resources, A)
    await put(resources, B)
    async with running(followed.informer):
        await followed.knows(A, B)
    await resources.delete("Widget", A)
    await put(resources, C)
    await put(resources, B, size=2)
    followed.informer.position = 1  # older than the database
    followed.told.clear()
    async with running(followed.informer):
        await followed.knows(B, C)
    assert sorted(followed.told, key=lambda told: told[1]) == [
        (ChangeType.DELETED, "a", False),
        (ChangeType.MODIFIED, "b", False),
        (ChangeType.ADDED, "c", False),
    ]
    assert followed.informer.relists == 2


async def test_a_watch_that_falls_silent_is_dead_and_what_it_missed_is_told(
    kindgraph_server: str, resources: Resources
) -> None:
    async with Proxy(kindgraph_server) as proxy, Client(proxy.url, stall_seconds=1) as client:
        followed = informer_of(client, Resources(client))
        async with running(followed.informer):
            await put(resources, A)
            await followed.knows(A)
            await followed.until(lambda: followed.informer.connected)
            proxy.freeze()
            await put(resources, B)
            await followed.knows(A, B)
    assert followed.informer.relists == 1
    assert followed.told[-1] == (ChangeType.ADDED, "b", True)


async def test_connections_that_break_lose_and_repeat_nothing(kindgraph_server: str, resources: Resources) -> None:
    async with Proxy(kindgraph_server) as proxy, Client(proxy.url) as client:
        followed = informer_of(client, Resources(client))
        async with running(followed.informer):
            await followed.knows()
            for number in range(6):
                await put(resources, A, size=number)
                proxy.cut()
            await followed.until(lambda: len(followed.told) == 6)
    assert [told[0] for told in followed.told] == [ChangeType.ADDED, *[ChangeType.MODIFIED] * 5]
    assert followed.informer.relists == 1


async def test_kinds_may_appear_go_and_come_back(client: Client) -> None:
    resources = Resources(client)
    followed = informer_of(client, resources)
    async with running(followed.informer):
        await followed.until(lambda: followed.informer.synced)
        assert not followed.informer.exists
        await resources.create("ResourceDefinition", {"spec": WIDGET})
        await put(resources, A)
        await followed.knows(A)
        await resources.delete("ResourceDefinition", Key(None, "Widget"))
        await followed.knows()
        await resources.create("ResourceDefinition", {"spec": WIDGET})
        await put(resources, B)
        await followed.knows(B)
    assert [told[:2] for told in followed.told] == [
        (ChangeType.ADDED, "a"),
        (ChangeType.DELETED, "a"),
        (ChangeType.ADDED, "b"),
    ]


async def test_a_kind_that_was_defined_again_while_nobody_watched_begins_anew(
    client: Client, resources: Resources
) -> None:
    followed = informer_of(client, resources)
    await put(resources, A)
    async with running(followed.informer):
        await followed.knows(A)
    await resources.delete("ResourceDefinition", Key(None, "Widget"))
    await resources.create("ResourceDefinition", {"spec": WIDGET})
    await put(Resources(client), B)
    async with running(followed.informer):
        await followed.knows(B)


async def test_a_kind_that_changes_goes_on_and_is_written_as_it_is_now(client: Client, resources: Resources) -> None:
    followed = informer_of(client, resources, scope=Scope(where={"spec": {"size": {"lt": 100}}}))
    await put(resources, A)
    async with running(followed.informer):
        await followed.knows(A)
        schema = {"type": "object", "properties": {"size": {"type": "number"}, "color": {"type": "string"}}}
        patch = {"spec": {"schema": schema, "allowBreaking": True}}
        await resources.update("ResourceDefinition", Key(None, "Widget"), patch)
        body = {"metadata": {"name": "b"}, "spec": {"size": 0.5, "color": "red"}}
        await resources.apply("Widget", body)
        await followed.knows(A, B)
    found = followed.informer.store.get(B)
    assert found is not None
    assert found.spec == body["spec"]


async def test_odd_names_and_undeclared_properties_are_written_as_they_are_read(
    client: Client, resources: Resources
) -> None:
    schema = {
        "type": "object",
        "properties": {
            "x-odd": {"type": "string"},
            "a.b": {"type": "array", "items": {"type": "object", "properties": {"1st": {"type": "integer"}}}},
            "open": {"type": "object", "properties": {"_extra": {"type": "string"}}, "additionalProperties": True},
        },
    }
    definition = {"kind": "Odd", "schema": schema, "statusSchema": schema, "scope": "CLUSTER"}
    await resources.create("ResourceDefinition", {"spec": definition})
    spec = {"x-odd": "a", "a.b": [{"1st": 1}], "open": {"_extra": "b", "c-d": {"e": 1}}}
    written = await resources.apply("Odd", {"metadata": {"name": "a"}, "spec": spec})
    assert written.resource.spec == spec
    changed = await resources.update("Odd", Key(None, "a"), {"spec": {"open": {"c-d": None, "f": 2}}})
    assert changed.resource.spec["open"] == {"_extra": "b", "f": 2}
    told = await resources.update_status("Odd", Key(None, "a"), spec)
    assert told.resource.status == spec
    created = await resources.create("Odd", {"metadata": {"generateName": "b-"}, "spec": spec})
    assert created.resource.spec == spec
