"""The transports on the real schema and a real database."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from graphql import get_introspection_query, graphql_sync
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
SCHEMA = {
    "type": "object",
    "required": ["host"],
    "properties": {
        "host": {"type": "string"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "total": {"type": "integer"},
        "x-y": {"enum": ["A", "B"]},
        "limits": {"type": "object", "properties": {"maxConns": {"type": "integer", "format": "int32"}}},
    },
}


async def define(server: RunningServer, kind: str = "ExternalService", schema: Any = None) -> None:
    spec = {"kind": kind, "schema": schema or SCHEMA}
    await server.graphql(DEFINE, {"input": {"spec": spec}})


@pytest.fixture
async def services(server: RunningServer) -> RunningServer:
    """A server with a kind ``ExternalService`` and one resource ``db``."""
    await define(server)
    await server.graphql(
        "mutation($i: CreateExternalServiceInput!) { createExternalService(input: $i) { id } }",
        {"i": {"metadata": {"name": "db"}, "spec": {"host": "h", "port": 5432, "total": 2**53 + 1, "x_y": "A"}}},
    )
    return server


async def test_a_kind_is_read_as_graphql_has_it_right_after_it_is_defined(services: RunningServer) -> None:
    query = """{
        externalServices {
            totalCount
            edges { cursor node { __typename kind ... on Resource { metadata { name generation } } } }
            nodes { spec { host port total x_y limits { maxConns } } status raw }
        }
    }"""
    data = (await services.graphql(query))["externalServices"]
    assert data["totalCount"] == 1
    [node] = data["nodes"]
    assert node["spec"] == {"host": "h", "port": 5432, "total": str(2**53 + 1), "x_y": "A", "limits": None}
    assert node["raw"]["spec"] == {"host": "h", "port": 5432, "total": 2**53 + 1, "x-y": "A"}
    assert data["edges"][0]["node"]["metadata"] == {"name": "db", "generation": 1}


async def test_introspection_equals_graphql_core(services: RunningServer) -> None:
    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True, one_of=True)
    answer = await services.request(query)
    engine = services.application._engine
    assert engine is not None
    expected = graphql_sync(engine.snapshot.schema, query)
    assert expected.data is not None
    assert json.dumps(answer["data"]) == json.dumps(expected.data)


async def test_the_sdl_has_an_entity_tag_that_changes_with_the_schema(services: RunningServer) -> None:
    response = await services.client.get("/schema.graphql")
    assert response.status_code == 200
    assert "type ExternalService implements Node & Resource" in response.text
    tag = response.headers["etag"]
    for matching in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await services.client.get("/schema.graphql", headers={"if-none-match": matching})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await define(services, "Gadget")
    changed = await services.client.get("/schema.graphql", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert "type Gadget" in changed.text
    assert (await services.client.head("/schema.graphql")).content == b""
    assert (await services.client.post("/schema.graphql")).status_code == 405


async def watching(server: RunningServer, connection: ClientConnection, query: str) -> None:
    await connection.send(json.dumps({"type": "connection_init"}))
    assert await receive(connection) == {"type": "connection_ack"}
    await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
    message = await receive(connection)
    assert message["payload"]["data"]["watchExternalServices"]["type"] == "BOOKMARK", message


async def receive(connection: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(connection.recv(), 10))


PATCH = 'mutation($p: ExternalServicePatch!) { updateExternalService(name: "db", patch: $p) { id } }'


async def test_a_watch_goes_on_over_a_compatible_change_and_ends_with_another(services: RunningServer) -> None:
    update = """mutation($p: ResourceDefinitionPatch!) {
        updateResourceDefinition(name: "ExternalService", patch: $p) { id }
    }"""
    query = "subscription { watchExternalServices { type resourceVersion object { spec { port } } } }"
    async with connect(services.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
        await watching(services, connection, query)
        await services.graphql(PATCH, {"p": {"spec": {"port": 1}}})
        assert (await receive(connection))["payload"]["data"]["watchExternalServices"]["object"]["spec"] == {"port": 1}

        wider = {**SCHEMA, "properties": {**SCHEMA["properties"], "size": {"type": "number"}}}  # type: ignore[dict-item]
        await services.graphql(update, {"p": {"spec": {"schema": wider}}})
        await services.graphql(PATCH, {"p": {"spec": {"port": 2, "size": 1.5}}})
        event = (await receive(connection))["payload"]["data"]["watchExternalServices"]
        assert (event["type"], event["object"]["spec"]) == ("MODIFIED", {"port": 2})

        other = {**wider, "properties": {**wider["properties"], "port": {"type": "string"}}}
        await services.graphql(update, {"p": {"spec": {"schema": other, "allowBreaking": True}}})
        message = await receive(connection)
        assert message["type"] == "error"
        [error] = message["payload"]
        assert error["extensions"]["code"] == "KIND_CHANGED"
        assert error["extensions"]["retryable"] is True
        assert int(error["extensions"]["resourceVersion"]) > int(event["resourceVersion"])


async def test_the_same_watch_over_server_sent_events_resumes_where_it_broke_off(services: RunningServer) -> None:
    query = "subscription { watchExternalServices { type object { spec { port } } } }"
    headers = {"accept": "text/event-stream"}
    seen: list[Any] = []
    async with services.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
        lines = response.aiter_lines()
        await services.graphql(PATCH, {"p": {"spec": {"port": 1}}})
        last = await read_event(lines, seen)
        while seen[-1]["type"] == "BOOKMARK":
            last = await read_event(lines, seen)
    await services.graphql(PATCH, {"p": {"spec": {"port": 2}}})
    headers["last-event-id"] = last
    seen.clear()
    query = query.replace("watchExternalServices", "watchExternalServices(sendInitialEvents: true)")
    async with services.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
        await read_event(response.aiter_lines(), seen)
    assert seen == [{"type": "MODIFIED", "object": {"spec": {"port": 2}}}]


async def test_generic_subscriptions_are_served(services: RunningServer) -> None:
    async with connect(services.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
        await connection.send(json.dumps({"type": "connection_init"}))
        await receive(connection)
        for operation_id, query in (
            ("schema", "subscription { schemaChanges { fingerprint kinds } }"),
            (
                "all",
                """subscription {
                watchResources(kinds: ["ExternalService"]) {
                    type object { __typename kind metadata { name } ... on ExternalService { spec { port } } }
                }
            }""",
            ),
        ):
            payload = {"query": query}
            await connection.send(json.dumps({"type": "subscribe", "id": operation_id, "payload": payload}))
            message = await receive(connection)
            assert (message["id"], message["type"]) == (operation_id, "next"), message
        await services.graphql(PATCH, {"p": {"spec": {"port": 7}}})
        event = (await receive(connection))["payload"]["data"]["watchResources"]
        expected = {"__typename": "ExternalService", "kind": "ExternalService", "metadata": {"name": "db"}}
        assert event == {"type": "MODIFIED", "object": {**expected, "spec": {"port": 7}}}
        await define(services, "Gadget")
        assert "Gadget" in (await receive(connection))["payload"]["data"]["schemaChanges"]["kinds"]


async def read_event(lines: Any, seen: list[Any]) -> str:
    """Read one event; return its id."""
    event_id = ""
    async for line in lines:
        if line.startswith("id:"):
            event_id = line[3:].strip()
        if line.startswith("data:"):
            seen.append(json.loads(line[5:])["data"]["watchExternalServices"])
            return event_id
    raise AssertionError("the stream ended")


async def test_apply_ignores_a_status_and_says_so(services: RunningServer) -> None:
    mutation = """mutation { applyExternalService(
        input: {metadata: {name: "db"}, spec: {port: 6000}, status: {reachable: true}}) { spec { port } status } }"""
    answer = await services.client.post("/graphql", json={"query": mutation})
    assert answer.json()["data"] == {"applyExternalService": {"spec": {"port": 6000}, "status": None}}
    [warning] = answer.json()["extensions"]["warnings"]
    assert "status" in warning


async def test_one_stream_tells_of_all_kinds_those_defined_later_included(services: RunningServer) -> None:
    query = "subscription { watchResources { type object { kind metadata { name } } } }"
    async with connect(services.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:

        async def event() -> Any:
            return (await receive(connection))["payload"]["data"]["watchResources"]

        await connection.send(json.dumps({"type": "connection_init"}))
        await receive(connection)
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
        assert (await event())["type"] == "BOOKMARK"
        await define(services, "Later", {"type": "object"})
        defined = {"kind": "ResourceDefinition", "metadata": {"name": "Later"}}
        assert await event() == {"type": "ADDED", "object": defined}
        await services.graphql('mutation { createLater(input: {metadata: {name: "one"}, spec: {}}) { id } }')
        assert await event() == {"type": "ADDED", "object": {"kind": "Later", "metadata": {"name": "one"}}}


@pytest.mark.parametrize("transport", ["websocket", "sse"])
async def test_a_client_that_reads_late_gets_everything_once_and_in_order(
    services: RunningServer, transport: str
) -> None:
    """More than any buffer on the way holds: some of it is sent at once, some waits in the watch's queue."""
    query = "subscription { watchExternalServices { type object { spec { port host } } } }"
    ports = list(range(1, 46))
    if transport == "websocket":
        async with connect(services.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")], max_queue=1) as late:
            await watching(services, late, query)
            await write_large(services, ports)
            messages = [await receive(late) for _ in ports]
        seen = [message["payload"]["data"]["watchExternalServices"]["object"]["spec"]["port"] for message in messages]
    else:
        headers = {"accept": "text/event-stream"}
        events: list[Any] = []
        async with services.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
            lines = response.aiter_lines()
            await read_event(lines, events)
            await write_large(services, ports)
            while len(events) <= len(ports):
                await read_event(lines, events)
        seen = [event["object"]["spec"]["port"] for event in events if event["type"] == "MODIFIED"]
    assert seen == ports


async def write_large(services: RunningServer, ports: list[int]) -> None:
    for port in ports:
        await services.graphql(PATCH, {"p": {"spec": {"port": port, "host": "h" * 200_000}}})
