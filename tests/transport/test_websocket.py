"""GraphQL over WebSocket: the graphql-transport-ws protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from app.errors import Unavailable
from tests.transport.support import Served, Shelf, serving

PROTOCOL = [Subprotocol("graphql-transport-ws")]
WATCH = "subscription($v: String) { watchWidgets(resourceVersion: $v) { type resourceVersion object { id } } }"


@pytest.fixture
async def served(shelf: Shelf) -> AsyncIterator[Served]:
    async with serving(shelf.engine(init_timeout_seconds=0.2, max_connection_operations=3)) as running:
        yield running


@pytest.fixture
async def socket(served: Served) -> AsyncIterator[ClientConnection]:
    async with connect(served.ws_url, subprotocols=PROTOCOL) as connection:
        await send(connection, type="connection_init")
        assert await receive(connection) == {"type": "connection_ack"}
        yield connection


async def send(connection: ClientConnection, **message: Any) -> None:
    await connection.send(json.dumps(message))


async def receive(connection: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), 5))
    return message


async def subscribe(connection: ClientConnection, query: str, operation_id: str = "1", variables: Any = None) -> None:
    payload = {"query": query, "variables": variables}
    await send(connection, id=operation_id, type="subscribe", payload=payload)


async def close_code(connection: ClientConnection) -> int:
    await asyncio.wait_for(connection.wait_closed(), 5)
    assert connection.close_code is not None
    return connection.close_code


async def test_queries_and_mutations_run_over_a_socket(socket: ClientConnection) -> None:
    await subscribe(socket, 'mutation { createWidget(input: {name: "b"}) { id } }')
    assert await receive(socket) == {
        "id": "1",
        "type": "next",
        "payload": {"data": {"createWidget": {"id": "Widget/b"}}, "extensions": {"resourceVersion": "101"}},
    }
    assert await receive(socket) == {"id": "1", "type": "complete"}
    await subscribe(socket, '{ widget(name: "b") { id } }')  # the id is free again
    assert (await receive(socket))["payload"] == {"data": {"widget": {"id": "Widget/b"}}}


async def test_operations_are_multiplexed(socket: ClientConnection, shelf: Shelf) -> None:
    await subscribe(socket, "{ wait }", "slow")
    await subscribe(socket, WATCH, "watch")
    await shelf.watched()
    await subscribe(socket, "{ __typename }", "fast")
    assert [(await receive(socket))["id"] for _ in range(2)] == ["fast", "fast"]
    shelf.added(shelf.put("a"))
    assert (await receive(socket))["id"] == "watch"
    shelf.gate.set()
    assert [(await receive(socket))["id"] for _ in range(2)] == ["slow", "slow"]


async def test_complete_ends_an_operation_silently(socket: ClientConnection, shelf: Shelf) -> None:
    await subscribe(socket, WATCH)
    await shelf.watched()
    await send(socket, id="1", type="complete")
    await shelf.watched(0)
    await send(socket, type="ping", payload={"a": 1})
    assert await receive(socket) == {"type": "pong", "payload": {"a": 1}}


async def test_leaving_ends_every_operation(served: Served, shelf: Shelf) -> None:
    async with connect(served.ws_url, subprotocols=PROTOCOL) as connection:
        await send(connection, type="connection_init")
        await subscribe(connection, WATCH, "1")
        await subscribe(connection, WATCH, "2")
        await shelf.watched(2)
    await shelf.watched(0)
    assert served.engine.counters.running_subscriptions == 0


async def test_an_end_is_an_error_with_the_position_to_go_on_from(socket: ClientConnection, shelf: Shelf) -> None:
    await subscribe(socket, WATCH)
    await shelf.watched()
    shelf.added(shelf.put("a"))
    shelf.emit(Unavailable("Elsewhere."))
    assert (await receive(socket))["type"] == "next"
    message = await receive(socket)
    assert (message["id"], message["type"]) == ("1", "error")
    assert message["payload"][0]["extensions"] == {"code": "UNAVAILABLE", "retryable": True, "resourceVersion": "101"}


async def test_a_refused_document_is_an_error_of_its_operation_alone(socket: ClientConnection) -> None:
    await subscribe(socket, "{ nothing }")
    message = await receive(socket)
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    await subscribe(socket, "{ __typename }")
    assert (await receive(socket))["type"] == "next"


async def test_an_integer_outside_64_bits_is_an_error_of_its_operation_alone(socket: ClientConnection) -> None:
    await subscribe(socket, "query($v: JSON) { echo(value: $v) }", variables={"v": 2**70})
    message = await receive(socket)
    assert message["payload"][0]["extensions"]["pointer"] == "/payload/variables/v"


async def test_too_many_operations_are_refused_one_by_one(socket: ClientConnection, shelf: Shelf) -> None:
    for at in range(4):
        await subscribe(socket, WATCH, str(at))
    message = await receive(socket)
    assert (message["id"], message["type"]) == ("3", "error")
    assert message["payload"][0]["extensions"] == {
        "code": "LIMIT_EXCEEDED",
        "retryable": True,
        "limit": 3,
        "setting": "KINDGRAPH_MAX_CONNECTION_OPERATIONS",
    }


async def test_a_page_of_another_site_may_not_connect(shelf: Shelf) -> None:
    async with serving(shelf.engine(), allowed_origins=("https://good.example",)) as served:
        with pytest.raises(InvalidStatus):
            async with connect(served.ws_url, subprotocols=PROTOCOL, origin="https://evil.example"):  # type: ignore[arg-type]
                pass
        for origin in ("https://good.example", served.url.removesuffix("/graphql")):
            async with connect(served.ws_url, subprotocols=PROTOCOL, origin=origin):  # type: ignore[arg-type]
                pass


async def test_what_json_cannot_say_is_an_error_of_its_operation(socket: ClientConnection) -> None:
    await subscribe(socket, "{ broken }")
    message = await receive(socket)
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")


async def test_a_client_that_does_not_read_is_given_up(shelf: Shelf) -> None:
    async with serving(shelf.engine(send_timeout_seconds=0.2)) as served:
        async with connect(served.ws_url, subprotocols=PROTOCOL, max_queue=1, close_timeout=0.1) as connection:
            await send(connection, type="connection_init")
            await subscribe(connection, "subscription { watchWidgets { object { raw } } }")
            await shelf.watched()
            large = shelf.put("a", host="x" * 1_000_000)
            for _ in range(50):
                shelf.added(large)
            await shelf.watched(0)


async def test_messages_are_not_compressed(socket: ClientConnection) -> None:
    assert socket.response is not None
    assert "sec-websocket-extensions" not in socket.response.headers


async def test_draining_ends_subscriptions_with_a_resumable_error_and_closes(
    served: Served, socket: ClientConnection, shelf: Shelf
) -> None:
    await subscribe(socket, WATCH, "watch", {"v": "90"})
    await subscribe(socket, "{ wait }", "slow")
    await shelf.watched()
    served.engine.begin_drain()
    message = await receive(socket)
    assert (message["id"], message["type"]) == ("watch", "error")
    assert message["payload"][0]["extensions"] == {
        "code": "UNAVAILABLE",
        "retryable": True,
        "resourceVersion": "90",
    }
    shelf.gate.set()
    assert (await receive(socket))["payload"] == {"data": {"wait": "waited"}}
    assert await close_code(socket) == 4503
