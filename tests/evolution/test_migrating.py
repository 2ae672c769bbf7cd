"""Migrations on a real server: what becomes of stored resources, who sees it, and how it is told."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from app.services.migrating import Migrating
from tests.services.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.evolution.conftest import Boxes

OLD = {
    "type": "object",
    "properties": {
        "host": {"type": "string"},
        "size": {"type": "integer"},
        "legacy": {"type": "string"},
        "ports": {"type": "array", "items": {"type": "object", "properties": {"port": {"type": "integer"}}}},
    },
}
NEW = {
    "type": "object",
    "required": ["tls"],
    "properties": {
        "endpoint": {"type": "object", "properties": {"host": {"type": "string"}}},
        "size": {"type": "integer"},
        "tls": {"type": "boolean"},
        "ports": {"type": "array", "items": {"type": "object", "properties": {"number": {"type": "integer"}}}},
    },
}
STEPS = [
    {"move": {"from": "spec.host", "to": "spec.endpoint.host"}},
    {"move": {"from": "spec.ports[*].port", "to": "spec.ports[*].number"}},
    {"default": {"path": "spec.tls", "value": True}},
    {"drop": "spec.legacy"},
]


def box(number: int) -> dict[str, Any]:
    return {"host": f"h{number}", "size": number, "legacy": "x", "ports": [{"port": number}, {}]}


def moved(number: int) -> dict[str, Any]:
    return {"endpoint": {"host": f"h{number}"}, "size": number, "tls": True, "ports": [{"number": number}, {}]}


async def status(boxes: Boxes) -> dict[str, Any]:
    found = await boxes.server.graphql('{ resourceDefinition(name: "Box") { raw } }')
    told: dict[str, Any] = found["resourceDefinition"]["raw"]["status"]["migration"]
    return told


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    for _ in range(2_000):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come to hold")


async def test_resources_are_migrated_in_the_background_and_watches_see_each_change(boxes: Boxes) -> None:
    await boxes.define(OLD)
    for number in range(30):
        await boxes.put(f"b{number:02}", **box(number))
    query = "subscription { watchBoxes(sendInitialEvents: true) { type object { raw } previous { raw } changedPaths } }"
    headers = {"accept": "text/event-stream"}
    async with boxes.server.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as stream:
        lines = stream.aiter_lines()
        events = [await next_event(lines) for _ in range(31)]
        assert events[-1]["type"] == "SYNCED"
        answer = await boxes.update(schema=NEW, migrations=STEPS, allowBreaking=True)
        assert "errors" not in answer, answer
        (refused,) = answer["extensions"]["refusedResources"]
        assert (refused["count"], refused["checked"]) == (0, 30)
        assert (await status(boxes))["state"] == "RUNNING"
        seen = {}
        while len(seen) < 30:
            event = await next_event(lines)
            assert event["type"] == "MODIFIED", event
            seen[event["object"]["raw"]["metadata"]["name"]] = event
    for number in range(30):
        event = seen[f"b{number:02}"]
        assert event["object"]["raw"]["spec"] == moved(number)
        assert event["previous"]["raw"]["spec"] == box(number)
        assert event["object"]["raw"]["metadata"]["generation"] == 2
        assert "/spec/endpoint" in event["changedPaths"]

    async def is_done() -> bool:
        return (await status(boxes)).get("done") == 30

    await eventually(is_done)
    told = await status(boxes)
    assert (told["total"], told["failed"], told["steps"]) == (30, 0, 4)


async def next_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for line in lines:
            if line.startswith("data: ") and len(line) > len("data: "):
                event: dict[str, Any] = json.loads(line[len("data: ") :])["data"]["watchBoxes"]
                if event["type"] != "BOOKMARK":
                    return event
    raise AssertionError("the stream has ended")


HOUR = 3600.0
WIDGET = {"kind": "Widget", "schema": OLD}


@pytest.fixture
async def still(mongo_uri: str, database: str) -> AsyncIterator[Server]:
    """A server that migrates nothing by itself, with three widgets."""
    async with Server.running(mongo_uri, database) as server:
        await server.services._migrating.stop()
        await server.define(WIDGET)
        for number in range(3):
            await server.create("Widget", {"metadata": {"name": f"w{number}"}, "spec": box(number)})
        yield server


def migrating(server: Server, *, outdated: float = 0.0, **more: Any) -> Migrating:
    gates = server.services._migrating._gates
    return Migrating(server.store, server.registry, gates, outdated_seconds=outdated, **more)


async def evolve(server: Server, steps: Any = STEPS, schema: Any = NEW) -> None:
    spec = {"schema": schema, "migrations": steps, "allowBreaking": True}
    await server.update("ResourceDefinition", "Widget", {"spec": spec})


async def spec_of(server: Server, name: str) -> Any:
    found = await server.get("Widget", name)
    assert found is not None
    return found.body["spec"]


async def told_by(server: Server) -> dict[str, Any]:
    found = await server.get("ResourceDefinition", "Widget")
    assert found is not None
    migration: dict[str, Any] = found.body["status"]["migration"]
    return migration


async def test_what_is_not_reached_yet_is_readable_and_a_write_migrates_it_first(still: Server) -> None:
    await evolve(still)
    assert await spec_of(still, "w1") == box(1)
    written = await still.update("Widget", "w1", {"spec": {"size": 7}})
    assert written.body["spec"] == {**moved(1), "size": 7}
    assert written.metadata["generation"] == 2
    labelled = await still.update("Widget", "w2", {"metadata": {"labels": {"a": "b"}}})
    assert labelled.body["spec"] == moved(2)
    assert labelled.metadata["generation"] == 2
    assert await migrating(still).migrate("Widget")
    assert [await spec_of(still, f"w{number}") for number in range(3)] == [moved(0), {**moved(1), "size": 7}, moved(2)]
    told = await told_by(still)
    assert (told["state"], told["done"], told["total"], told["failed"]) == ("SUCCEEDED", 3, 3, 0)
    assert told["finishedAt"] >= told["startedAt"]
    assert await migrating(still).migrate("Widget") is None


async def test_a_resource_goes_through_each_step_once(still: Server) -> None:
    swap = [
        {"move": {"from": "spec.host", "to": "spec.spare"}},
        {"move": {"from": "spec.legacy", "to": "spec.host"}},
        {"move": {"from": "spec.spare", "to": "spec.legacy"}},
    ]
    schema = {**OLD, "properties": {**OLD["properties"], "new": {"type": "string"}}}  # type: ignore[dict-item]
    await evolve(still, swap, schema)
    await still.update("Widget", "w0", {"spec": {"size": 9}})
    assert await migrating(still).migrate("Widget")
    specs = [await spec_of(still, f"w{number}") for number in range(3)]
    assert [(one["host"], one["legacy"]) for one in specs] == [("x", "h0"), ("x", "h1"), ("x", "h2")]
    await evolve(still, [*swap, {"drop": "spec.legacy"}], schema)
    assert await migrating(still).migrate("Widget")
    assert [one for one in [await spec_of(still, "w1")] if one["host"] == "x" and "legacy" not in one]


async def test_what_stands_in_the_way_is_told_and_kept_and_goes_on_when_it_is_gone(still: Server) -> None:
    await still.update("Widget", "w1", {"spec": {"legacy": None}})
    schema = {"type": "object", "properties": {**OLD["properties"], "legacy": {"type": "string", "maxLength": 1}}}  # type: ignore[dict-item]
    await evolve(still, [{"move": {"from": "spec.host", "to": "spec.legacy"}}], schema)
    assert await migrating(still).migrate("Widget") is False
    told = await told_by(still)
    assert (told["state"], told["failed"], told["done"]) == ("BLOCKED", 3, 0)
    assert told["failures"][0] == {
        "namespace": "default", "name": "w0", "path": "spec.legacy",
        "message": "has a value already, other than that of spec.host",
    }  # fmt: skip
    assert told["failures"][1]["path"] == "/spec/legacy"
    assert await spec_of(still, "w0") == box(0)
    for number in range(3):
        await still.update("Widget", f"w{number}", {"spec": {"legacy": None, "host": "y"}})
    assert await migrating(still).migrate("Widget")
    assert (await told_by(still))["state"] == "SUCCEEDED"
    assert (await spec_of(still, "w0"))["legacy"] == "y"


async def test_another_server_takes_up_what_one_has_left(still: Server, mongo_uri: str, database: str) -> None:
    for number in range(3, 40):
        await still.create("Widget", {"metadata": {"name": f"w{number:02}"}, "spec": box(number)})
    await evolve(still)
    storage = still.registry.storage_key("Widget")
    assert storage is not None
    work = asyncio.create_task(migrating(still, outdated=1.0, batch_size=1).migrate("Widget"))

    async def has_begun() -> bool:
        return bool((await told_by(still)).get("done"))

    await eventually(has_begun)
    async with Server.running(mongo_uri, database) as other:
        await other.services._migrating.stop()
        second = migrating(other, outdated=1.0)
        assert await second.migrate("Widget") is None
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        left = await other.store.migrations.find(storage)
        assert left is not None
        assert (left.total, left.failed) == (40, 0)
        assert left.done > 0
        assert await second.migrate("Widget")
    assert await spec_of(still, "w39") == moved(39)
    assert await still.store.migrations.find(storage) is None


async def test_a_late_write_of_the_old_kind_is_migrated_as_well(still: Server) -> None:
    await evolve(still)
    storage = still.registry.storage_key("Widget")
    first = migrating(still, outdated=1.0)
    work = asyncio.create_task(first.migrate("Widget"))

    async def is_through() -> bool:
        return bool(await spec_of(still, "w2") == moved(2))

    await eventually(is_through)
    async with asyncio.timeout(30):
        late = await still.store.resources.find_one({"_id": f"{storage} default w2"})
        assert late is not None
        del late["migrated"]
        late["body"]["spec"], late["_id"] = box(8), f"{storage} default w8"
        late["metadata"]["name"] = "w8"
        await still.store.resources.insert_one(late)
        assert await work
    assert await spec_of(still, "w8") == moved(8)


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({}, "/spec/migrations/0"),
        ({"move": {"from": "spec.a", "to": "spec.b"}, "drop": "spec.a"}, "/spec/migrations/0"),
        ({"drop": "metadata.name"}, "/spec/migrations/0/drop"),
        ({"drop": "spec..a"}, "/spec/migrations/0/drop"),
        ({"drop": "spec.a[*]"}, "/spec/migrations/0/drop"),
        ({"move": {"from": "spec.a", "to": "spec.a"}}, "/spec/migrations/0/move/to"),
        ({"move": {"from": "spec.a[*].b", "to": "spec.c"}}, "/spec/migrations/0/move/to"),
    ],
)
async def test_a_step_that_makes_no_sense_is_refused_with_its_place(boxes: Boxes, step: Any, path: str) -> None:
    await boxes.define(OLD)
    (error,) = (await boxes.update(migrations=[step]))["errors"]
    assert error["extensions"]["code"] == "INVALID"
    assert error["extensions"]["failures"][0]["path"] == path
