"""References in watch events: read when the event is delivered, and no events of their own."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from tests.references.support import APP, DATABASE, create, created, define, delete, named, names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.serving import RunningServer

WATCH = """subscription { watchApps(sendInitialEvents: true, bookmarks: false) {
    type object { metadata { name } spec { databaseResource { kind ... on Resource { metadata { name } } } } }
} }"""


async def events(server: RunningServer, query: str) -> AsyncIterator[Any]:
    """Yield what a subscription answers, over server-sent events."""
    headers = {"accept": "text/event-stream"}
    async with server.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def test_an_event_has_what_its_resource_names_when_it_is_delivered(server: RunningServer) -> None:
    await define(server, APP, DATABASE)
    await created(server, "Database", "main", {"host": "h"})
    await created(server, "App", "a", {"database": "main"})
    await created(server, "App", "b", {"database": "later"})
    async with aclosing(events(server, WATCH)) as watch:
        first = [(await anext(watch))["data"]["watchApps"] for _ in range(3)]
        assert [one["type"] for one in first] == ["ADDED", "ADDED", "SYNCED"]
        main = {"kind": "Database", "metadata": {"name": "main"}}
        assert [one["object"]["spec"]["databaseResource"] for one in first[:2]] == [main, None]
        await created(server, "Database", "later", {"host": "h"})
        await server.graphql('mutation { updateApp(name: "b", patch: {metadata: {labels: {x: "y"}}}) { id } }')
        event = (await anext(watch))["data"]["watchApps"]
        assert event["type"] == "MODIFIED"
        assert event["object"]["spec"]["databaseResource"] == {"kind": "Database", "metadata": {"name": "later"}}


async def test_a_watch_that_began_before_the_named_kind_was_defined_has_its_resources(server: RunningServer) -> None:
    await define(server, APP)
    async with aclosing(events(server, WATCH)) as watch:
        assert (await anext(watch))["data"]["watchApps"]["type"] == "SYNCED"
        await define(server, DATABASE)
        await created(server, "Database", "main", {"host": "h"})
        await created(server, "App", "a", {"database": "main"})
        event = (await anext(watch))["data"]["watchApps"]
        assert event["object"]["spec"]["databaseResource"] == {"kind": "Database", "metadata": {"name": "main"}}


async def test_writes_that_are_judged_by_references_have_the_positions_of_their_events(server: RunningServer) -> None:
    parts = named("Part", {"base": names("Base", onDelete="CASCADE")})
    await define(server, named("Base", {}), parts, named("Strict", {"base": names("Base", onDelete="RESTRICT")}))
    query = """subscription {
        watchResources(kinds: ["Base", "Part", "Strict"], bookmarks: false, sendInitialEvents: true) {
            type resourceVersion object { kind metadata { name } }
        }
    }"""
    async with aclosing(events(server, query)) as watch:
        assert (await anext(watch))["data"]["watchResources"]["type"] == "SYNCED"
        await created(server, "Base", "b")
        positions = [(await create(server, kind, "x", {"base": "b"}))["extensions"] for kind in ("Part", "Strict")]
        assert "errors" not in await delete(server, "Strict", "x")
        positions.append((await delete(server, "Base", "b"))["extensions"])
        seen = [(await anext(watch))["data"]["watchResources"] for _ in range(6)]
    told = [(one["type"], one["object"]["kind"]) for one in seen]
    assert told[:4] == [("ADDED", "Base"), ("ADDED", "Part"), ("ADDED", "Strict"), ("DELETED", "Strict")]
    assert told[4:] == [("DELETED", "Base"), ("DELETED", "Part")]
    assert [one["resourceVersion"] for one in positions] == [seen[at]["resourceVersion"] for at in (1, 2, 4)]
