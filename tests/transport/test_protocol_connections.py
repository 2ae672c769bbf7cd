"""graphql-transport-ws, sentence by sentence: sockets and the connections in them.

The protocol is that of npm ``graphql-ws`` (github.com/enisdenjo/graphql-ws, PROTOCOL.md); each test is one of its
sentences in our words, in the order of its page.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.transport.sockets import PROTOCOL, WATCH, Socket, acknowledged, closes, opened
from tests.transport.support import Served, Shelf, serving

OBJECT_OR_NOTHING: list[dict[str, Any]] = [{}, {"payload": None}, {"payload": {}}, {"payload": {"token": "t"}}]


# Communication


async def test_the_subprotocol_is_chosen_by_its_name(served: Served) -> None:
    async with opened(served, subprotocols=("graphql-ws", PROTOCOL, "other")) as socket:
        assert socket.connection.subprotocol == PROTOCOL


async def test_without_the_subprotocol_there_is_no_connection(served: Served) -> None:
    for subprotocols in ((), ("graphql-ws",), ("GRAPHQL-TRANSPORT-WS",), ("other", "graphql-ws")):
        async with opened(served, subprotocols=subprotocols) as socket:
            assert socket.connection.subprotocol is None
            assert await socket.closed() == (4406, f"The only subprotocol is {PROTOCOL}.")


async def test_messages_are_json_in_text_both_ways(socket: Socket) -> None:
    await socket.say_raw(' {"type":\n"ping" , "payload": {"\\u00e9": "\u2028"}}\t')
    assert await socket.hear() == {"type": "pong", "payload": {"é": "\u2028"}}
    await socket.say_raw(json.dumps({"type": "ping"}).encode())
    assert (await socket.closed()).code == 4400


async def test_every_message_of_the_server_has_a_type_and_of_an_operation_its_id(socket: Socket) -> None:
    await socket.subscribe("subscription { ticks }", "a")
    await socket.subscribe("{ nothing }", "b")
    heard = [await socket.hear() for _ in range(5)]
    assert sorted((message["id"], message["type"]) for message in heard) == [
        ("a", "complete"),
        ("a", "next"),
        ("a", "next"),
        ("a", "next"),
        ("b", "error"),
    ]
    assert await socket.hear_all() == []


async def test_a_message_without_a_type_closes_the_socket(served: Served) -> None:
    for message in ({}, {"type": None}, {"type": 1}, {"type": ["ping"]}, {"id": "1"}):
        assert (await closes(served, message)).code == 4400, message


async def test_a_message_of_an_operation_without_an_id_closes_the_socket(served: Served) -> None:
    payload = {"query": "{ __typename }"}
    for kind in ("subscribe", "complete"):
        assert (await closes(served, {"type": kind, "payload": payload})).code == 4400
        for operation_id in (None, "", 1, ["1"], {"a": 1}):
            message = {"type": kind, "id": operation_id, "payload": payload}
            assert await closes(served, message) == (4400, "An operation's id must be a string."), message


async def test_operations_with_ids_of_their_own_are_active_together_and_their_messages_interleave(
    socket: Socket, shelf: Shelf
) -> None:
    await socket.subscribe(WATCH, "one")
    await socket.subscribe("{ wait }", "two")
    await socket.subscribe(WATCH, "three")
    await shelf.watched(2)
    for name in "ab":
        shelf.added(shelf.put(name))
    shelf.gate.set()
    heard = [await socket.hear() for _ in range(6)]
    by_id = {id_: [message["type"] for message in heard if message["id"] == id_] for id_ in ("one", "two", "three")}
    assert by_id == {"one": ["next"] * 2, "two": ["next", "complete"], "three": ["next"] * 2}


async def test_the_server_may_close_at_any_time_and_says_why(served: Served, socket: Socket, shelf: Shelf) -> None:
    await socket.subscribe(WATCH)
    await shelf.watched()
    served.engine.begin_drain()
    assert await socket.closed() == (4503, "Service is shutting down")


async def test_the_client_leaves_by_closing_normally(socket: Socket, shelf: Shelf) -> None:
    await socket.subscribe(WATCH)
    await shelf.watched()
    await socket.connection.close(1000)
    assert socket.connection.close_code == 1000
    await shelf.watched(0)


# ConnectionInit


async def test_a_socket_is_no_connection_before_it_was_asked_for(served: Served, shelf: Shelf) -> None:
    async with opened(served) as socket:
        assert await socket.hear_all() == []
        await socket.subscribe('mutation { createWidget(input: {name: "early"}) { id } }')
        assert await socket.closed() == (4401, "Unauthorized")
    assert not shelf.resources


async def test_who_does_not_ask_for_a_connection_in_time_is_closed(shelf: Shelf) -> None:
    async with serving(shelf.engine(init_timeout_seconds=0.1)) as served, opened(served) as socket:
        await socket.say(type="ping")
        await socket.say(type="pong")
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_who_has_asked_in_time_may_stay(shelf: Shelf) -> None:
    async with serving(shelf.engine(init_timeout_seconds=0.1)) as served:
        async with acknowledged(served) as early, opened(served) as late:
            await late.closed()
            assert await early.hear_all() == []


@pytest.mark.parametrize("busy", [False, True])
async def test_asking_for_a_connection_twice_closes_the_socket_at_any_time(
    socket: Socket, shelf: Shelf, busy: bool
) -> None:
    if busy:
        await socket.subscribe(WATCH)
        await shelf.watched()
    await socket.say(type="connection_init")
    assert await socket.closed() == (4429, "Too many initialisation requests")
    await shelf.watched(0)


async def test_asking_twice_at_once_closes_the_socket(served: Served) -> None:
    async with opened(served) as socket:
        for _ in range(2):
            await socket.say(type="connection_init")
        assert await socket.hear() == {"type": "connection_ack"}
        assert (await socket.closed()).code == 4429


async def test_who_is_not_welcome_is_forbidden(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(served, origin=Origin("https://elsewhere.example")):
            pass
    assert refused.value.response.status_code == 403


async def test_a_connection_may_be_asked_for_with_a_payload(served: Served) -> None:
    for fields in OBJECT_OR_NOTHING:
        async with opened(served) as socket:
            await socket.say(type="connection_init", **fields)
            assert (await socket.hear())["type"] == "connection_ack"


# ConnectionAck


async def test_asking_is_answered_once(socket: Socket) -> None:
    assert await socket.hear_all() == []


async def test_operations_may_follow_the_request_for_a_connection_at_once(served: Served) -> None:
    async with opened(served) as socket:
        await socket.say(type="connection_init")
        await socket.subscribe("{ __typename }")
        assert [(await socket.hear())["type"] for _ in range(3)] == ["connection_ack", "next", "complete"]


# Ping and Pong


async def test_a_ping_is_answered_with_what_it_carries(socket: Socket) -> None:
    for fields in OBJECT_OR_NOTHING:
        await socket.say(type="ping", **fields)
        carried = fields if fields.get("payload") is not None else {}
        assert await socket.hear() == {"type": "pong", **carried}


async def test_a_ping_is_answered_although_operations_are_busy(socket: Socket, shelf: Shelf) -> None:
    for at in range(30):
        await socket.subscribe("{ wait }", str(at))
    assert await socket.hear_all() == []
    shelf.gate.set()
    assert len([await socket.hear() for _ in range(60)]) == 60


async def test_pings_and_pongs_may_come_before_the_connection(served: Served) -> None:
    async with opened(served) as socket:
        await socket.say(type="pong")
        await socket.say(type="ping")
        assert await socket.hear() == {"type": "pong"}
        await socket.say(type="connection_init")
        assert await socket.hear() == {"type": "connection_ack"}


async def test_a_pong_that_nobody_asked_for_is_a_heartbeat(socket: Socket) -> None:
    for fields in OBJECT_OR_NOTHING:
        await socket.say(type="pong", **fields)
    assert await socket.hear_all() == []


async def test_a_payload_that_is_no_object_closes_the_socket(served: Served) -> None:
    for kind in ("connection_init", "ping", "pong"):
        for payload in (0, "text", [], True):
            message = {"type": kind, "payload": payload}
            assert await closes(served, message) == (4400, "A payload must be an object."), message


# Invalid messages


async def test_a_message_of_another_type_closes_the_socket(served: Served) -> None:
    for kind in ("connection_ack", "next", "error", "start", "stop", "connection_terminate", "PING"):
        closed = await closes(served, {"type": kind, "id": "1", "payload": {}})
        assert closed == (4400, f"Unexpected message type {kind!r}.")


async def test_a_message_of_another_format_closes_the_socket_and_says_why(served: Served) -> None:
    for text in ("", "{", "5", "null", "[]", '"ping"', "{'type': 'ping'}", '{"type": "ping"}{}', "\0"):
        closed = await closes(served, text)
        assert closed.code == 4400, text
        assert closed.reason, text


async def test_a_socket_that_is_closed_ends_all_that_ran(served: Served, shelf: Shelf) -> None:
    async with acknowledged(served) as socket:
        for at in range(5):
            await socket.subscribe(WATCH, str(at))
        await shelf.watched(5)
        await socket.say_raw("{")
        assert (await socket.closed()).code == 4400
    await shelf.watched(0)
    assert served.engine.counters.running_subscriptions == 0
