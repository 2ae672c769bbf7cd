"""How watches of a real server end on the wire, over both transports, and that what they say is enough to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.serving import RunningServer, running_server
from tests.transport.followers import TRANSPORTS, following

if TYPE_CHECKING:
    from app.settings import Settings

DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
REDEFINE = """mutation($port: JSON!) { updateResourceDefinition(name: "Note", patch: {spec: {
    schema: {properties: {port: $port}}, allowBreaking: true}}) { id } }"""
UNDEFINE = 'mutation { deleteResourceDefinition(name: "%s") { id } }'
CREATE = 'mutation { create%s(input: {metadata: {name: "%s"}, spec: {port: 1}}) { id } }'
DELETE = 'mutation { delete%s(name: "%s") { id } }'
WATCH = """subscription($from: String) { event: watchNotes(resourceVersion: $from) {
    type resourceVersion object { metadata { name } spec { port } } } }"""
WATCH_ALL = """subscription($from: String, $state: Boolean, $kinds: [String!]) {
    event: watchResources(kinds: $kinds, resourceVersion: $from, sendInitialEvents: $state) {
        type resourceVersion object { kind metadata { name } } } }"""

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


async def define(server: RunningServer, kind: str) -> None:
    schema = {"type": "object", "properties": {"port": {"type": "integer"}}}
    await server.graphql(DEFINE, {"input": {"spec": {"kind": kind, "schema": schema}}})


@pytest.fixture
async def notes(server: RunningServer) -> RunningServer:
    """A server with a kind ``Note``."""
    await define(server, "Note")
    return server


def told(event: Any) -> tuple[str, str]:
    return event["type"], event["object"]["metadata"]["name"]


async def test_a_server_that_drains_names_the_position_at_which_another_goes_on(
    notes: RunningServer, server_settings: Settings, transport: str
) -> None:
    async with running_server(server_settings) as leaving:
        async with following(leaving, transport, WATCH) as follower:
            await follower.bookmark()
            await notes.graphql(CREATE % ("Note", "seen"))
            seen = await follower.event()
            assert told(seen) == ("ADDED", "seen")
            leaving.process.should_exit = True
            end = await follower.end()
    assert (end["code"], end["retryable"]) == ("UNAVAILABLE", True)
    assert int(end["resourceVersion"]) >= int(seen["resourceVersion"])
    await notes.graphql(CREATE % ("Note", "missed"))
    async with following(notes, transport, WATCH, last=end["resourceVersion"]) as follower:
        assert told(await follower.event()) == ("ADDED", "missed")


async def test_a_kind_that_changed_names_its_own_position(notes: RunningServer, transport: str) -> None:
    async with following(notes, transport, WATCH) as follower:
        await follower.bookmark()
        await notes.graphql(CREATE % ("Note", "seen"))
        assert told(await follower.event()) == ("ADDED", "seen")
        await notes.graphql(REDEFINE, {"port": {"type": "number"}})
        end = await follower.end()
    assert (end["code"], end["retryable"]) == ("KIND_CHANGED", True)
    await notes.graphql(CREATE % ("Note", "missed"))
    async with following(notes, transport, WATCH, last=end["resourceVersion"]) as follower:
        assert told(await follower.event()) == ("ADDED", "missed")


async def test_a_kind_that_is_removed_ends_after_every_deletion(notes: RunningServer, transport: str) -> None:
    names = ["a", "b", "c"]
    for name in names:
        await notes.graphql(CREATE % ("Note", name))
    async with following(notes, transport, WATCH) as follower:
        await follower.bookmark()
        await notes.graphql(UNDEFINE % "Note")
        events = [await follower.event() for _ in names]
        assert sorted(map(told, events)) == [("DELETED", name) for name in names]
        end = await follower.end()
    assert (end["code"], end["retryable"]) == ("KIND_REMOVED", False)
    assert int(end["resourceVersion"]) > int(events[-1]["resourceVersion"])


async def test_an_expired_position_names_none(notes: RunningServer, transport: str) -> None:
    async with following(notes, transport, WATCH, last="1") as follower:
        assert await follower.end() == {"code": "EXPIRED", "retryable": False, "resourceVersion": None}


async def test_several_kinds_come_in_one_order_and_go_on_where_they_broke_off(
    notes: RunningServer, transport: str
) -> None:
    await define(notes, "Task")
    await define(notes, "Other")
    kinds = ["Note", "Task"]
    await notes.graphql(CREATE % ("Note", "there"))
    async with following(notes, transport, WATCH_ALL, kinds=kinds, state=True) as follower:
        assert told(await follower.event()) == ("ADDED", "there")
        synced = await follower.event()
        assert (synced["type"], synced["object"]) == ("SYNCED", None)
        for at, kind in enumerate(("Task", "Other", "Note", "Task")):
            await notes.graphql(CREATE % (kind, f"x{at}"))
        seen = [await follower.event() for _ in range(3)]
    assert [(event["object"]["kind"], *told(event)) for event in seen] == [
        ("Task", "ADDED", "x0"),
        ("Note", "ADDED", "x2"),
        ("Task", "ADDED", "x3"),
    ]
    positions = [int(event["resourceVersion"]) for event in (synced, *seen)]
    assert positions == sorted(set(positions))
    await notes.graphql(DELETE % ("Note", "x2"))
    await notes.graphql(CREATE % ("Task", "x4"))
    # Over server-sent events the same request goes on: the header suppresses the state.
    variables = {"kinds": kinds, "state": transport == "sse"}
    async with following(notes, transport, WATCH_ALL, last=seen[1]["resourceVersion"], **variables) as follower:
        missed = [await follower.event() for _ in range(3)]
    assert [told(event) for event in missed] == [("ADDED", "x3"), ("DELETED", "x2"), ("ADDED", "x4")]
    assert missed[0] == seen[2]
