"""What clients see of a server that is told to end."""

import asyncio
import json
import signal

import httpx
import pytest
import websockets

from tests.support.serving import GraphqlClient

DEFINE = """
mutation { createResourceDefinition(input: {spec: {kind: "Lamp", schema: {
  type: "object", properties: {on: {type: "boolean"}}}}}) { metadata { name } } }
"""
WATCH = "subscription { watchLamps { type resourceVersion object { metadata { name } } } }"


@pytest.fixture
def start_here(start_server, mongo_uri, database):
    """Starts server processes on the session's mongod, which saves the start of one for each."""
    return lambda: start_server("--mongo-uri", mongo_uri, database=database)


@pytest.fixture
def server_process(start_here):
    return start_here()


@pytest.fixture
async def lamps(server_process):
    """A client of a server that has the kind Lamp."""
    client = GraphqlClient(await asyncio.to_thread(lambda: server_process.url))
    async with client.client:
        await client.graphql(DEFINE)
        yield client


async def open_watch(connection, operation="1"):
    """Start a watch and return its first event's payload."""
    await connection.send(json.dumps({"type": "connection_init"}))
    assert json.loads(await connection.recv())["type"] == "connection_ack"
    await connection.send(json.dumps({"id": operation, "type": "subscribe", "payload": {"query": WATCH}}))
    message = json.loads(await connection.recv())
    assert message["type"] == "next", message
    return message["payload"]["data"]["watchLamps"]


async def test_a_watch_over_websocket_ends_resumably_and_its_socket_closes_with_4503(server_process, lamps):
    async with websockets.connect(lamps.ws_url, subprotocols=["graphql-transport-ws"]) as connection:
        bookmark = await open_watch(connection)
        server_process.send(signal.SIGTERM)
        message = json.loads(await connection.recv())
        while message["type"] == "next":
            message = json.loads(await connection.recv())
        assert message["type"] == "error"
        extensions = message["payload"][0]["extensions"]
        assert extensions["code"] == "UNAVAILABLE"
        assert extensions["retryable"] is True
        assert int(extensions["resourceVersion"]) >= int(bookmark["resourceVersion"])
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd.code == 4503
    assert await asyncio.to_thread(server_process.wait, 10) == 0


async def test_a_watch_can_go_on_at_the_next_server_without_a_gap(server_process, start_here, lamps):
    async with websockets.connect(lamps.ws_url, subprotocols=["graphql-transport-ws"]) as connection:
        await open_watch(connection)
        for name in ("one", "two"):
            await lamps.graphql(f'mutation {{ createLamp(input: {{metadata: {{name: "{name}"}}}}) {{ id }} }}')
        event = json.loads(await connection.recv())["payload"]["data"]["watchLamps"]
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "one")
    assert await asyncio.to_thread(server_process.stop) == 0
    successor = start_here()
    query = WATCH.replace("watchLamps", f'watchLamps(resourceVersion: "{event["resourceVersion"]}")', 1)
    url = (await asyncio.to_thread(lambda: successor.url)).replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(url, subprotocols=["graphql-transport-ws"]) as connection:
        await connection.send(json.dumps({"type": "connection_init"}))
        await connection.recv()
        await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        event = json.loads(await connection.recv())["payload"]["data"]["watchLamps"]
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "two")


async def test_a_watch_over_server_sent_events_ends_resumably(server_process, lamps):
    body = {"query": WATCH}
    headers = {"accept": "text/event-stream"}
    async with lamps.client.stream("POST", "/graphql", json=body, headers=headers, timeout=30) as response:
        lines = response.aiter_lines()
        async for line in lines:
            if line.startswith("data:"):
                break
        server_process.send(signal.SIGTERM)
        rest = [line async for line in lines]
    ends = [json.loads(line.removeprefix("data:")) for line in rest if line.startswith("data:") and "errors" in line]
    assert ends[-1]["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert [line for line in rest if line.startswith("event:")][-1].split()[-1] == "complete"
    assert await asyncio.to_thread(server_process.wait, 10) == 0


async def test_a_running_request_is_answered(server_process, lamps):
    mutation = (
        "mutation {"
        + "".join(
            f'l{number}: createLamp(input: {{metadata: {{name: "l{number}"}}}}) {{ metadata {{ name }} }} '
            for number in range(150)
        )
        + "}"
    )
    running = asyncio.create_task(lamps.graphql(mutation))
    while not (await lamps.graphql("{ lamps(first: 1) { nodes { id } } }"))["lamps"]["nodes"]:
        pass
    server_process.send(signal.SIGTERM)
    answer = await running
    assert len(answer) == 150
    assert await asyncio.to_thread(server_process.wait, 10) == 0


async def test_a_client_that_does_not_read_cannot_hold_the_server(server_process, lamps):
    connection = await websockets.connect(lamps.ws_url, subprotocols=["graphql-transport-ws"])
    try:
        await open_watch(connection)
        connection.transport.pause_reading()
        server_process.send(signal.SIGTERM)
        assert await asyncio.to_thread(server_process.wait, 15) == 0
    finally:
        connection.transport.abort()


async def test_nothing_new_is_accepted(server_process, lamps):
    async with websockets.connect(lamps.ws_url, subprotocols=["graphql-transport-ws"]) as connection:
        await open_watch(connection)
        assert await asyncio.to_thread(server_process.stop) == 0
    with pytest.raises(httpx.ConnectError):
        await lamps.graphql("{ server { version } }")
