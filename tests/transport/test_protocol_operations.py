"""graphql-transport-ws, sentence by sentence: operations, from Subscribe to Complete.

The protocol is that of npm ``graphql-ws`` (github.com/enisdenjo/graphql-ws, PROTOCOL.md); each test is one of its
sentences in our words, in the order of its page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import Expired
from tests.transport.sockets import WATCH, Socket, acknowledged, closes, opened

if TYPE_CHECKING:
    from tests.transport.support import Served, Shelf

CREATE = 'mutation { createWidget(input: {name: "made"}) { id } }'


# Subscribe


async def test_what_is_published_has_the_id_of_what_was_requested(socket: Socket) -> None:
    for operation_id in ("a b", "é\u2028", "00000000-0000-4000-8000-000000000000", "x" * 1_000):
        await socket.subscribe("{ __typename }", operation_id)
        assert [(await socket.hear())["id"] for _ in range(2)] == [operation_id] * 2


async def test_an_id_that_is_active_closes_the_socket_whatever_the_operations(served: Served, shelf: Shelf) -> None:
    for first in ("{ wait }", WATCH):
        for second in ("{ __typename }", WATCH, CREATE, "{"):
            async with acknowledged(served) as socket:
                await socket.subscribe(first, "the-id")
                await socket.subscribe(second, "the-id")
                assert await socket.closed() == (4409, "Subscriber for the-id already exists")
    await shelf.watched(0)
    assert not shelf.resources


async def test_an_id_is_free_again_once_its_operation_is_complete(socket: Socket, shelf: Shelf) -> None:
    for _ in range(2):
        await socket.subscribe("{ __typename }")
        assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]
    for _ in range(2):
        await socket.subscribe("{ nothing }")
        assert (await socket.hear())["type"] == "error"
    for _ in range(2):
        await socket.subscribe(WATCH)
        await shelf.watched()
        await socket.say(id="1", type="complete")
    await shelf.watched(0)
    assert await socket.hear_all() == []


async def test_an_id_that_the_client_has_completed_is_free_at_once(socket: Socket, shelf: Shelf) -> None:
    for at in range(20):
        await socket.subscribe("{ wait }", "1")
        await socket.say(id="1", type="complete")
        await socket.subscribe("query($v: JSON) { echo(value: $v) }", "1", variables={"v": at})
        assert (await socket.hear())["payload"] == {"data": {"echo": at}}
        assert await socket.hear() == {"id": "1", "type": "complete"}
    shelf.gate.set()
    assert await socket.hear_all() == []


async def test_an_id_belongs_to_one_socket(served: Served, socket: Socket, shelf: Shelf) -> None:
    async with acknowledged(served) as other:
        for each in (socket, other):
            await each.subscribe(WATCH)
        await shelf.watched(2)
        shelf.added(shelf.put("a"))
        assert await socket.hear() == await other.hear()


async def test_the_operation_is_named_by_its_name(socket: Socket) -> None:
    await socket.subscribe("query A { a: __typename } query B { b: __typename }", operationName="B")
    assert (await socket.hear())["payload"] == {"data": {"b": "Query"}}


async def test_name_variables_and_extensions_may_be_absent_or_null_and_more_may_be_there(socket: Socket) -> None:
    await socket.subscribe("{ __typename }", "1")
    await socket.subscribe("{ __typename }", "2", operationName=None, variables=None, extensions=None)
    await socket.subscribe("{ __typename }", "3", operationName="", variables={}, extensions={"a": 1}, more=True)
    assert sorted([(await socket.hear())["type"] for _ in range(6)]) == ["complete"] * 3 + ["next"] * 3


async def test_a_payload_of_another_shape_closes_the_socket(served: Served) -> None:
    query = "{ __typename }"
    assert (await closes(served, {"id": "1", "type": "subscribe"})).code == 4400
    for payload in (
        None,
        [],
        query,
        {},
        {"query": None},
        {"query": 1},
        {"query": query, "variables": []},
        {"query": query, "operationName": 1},
        {"query": query, "extensions": "e"},
        [{"query": query}],
    ):
        assert (await closes(served, {"id": "1", "type": "subscribe", "payload": payload})).code == 4400, payload


async def test_nothing_is_executed_before_the_acknowledgement(served: Served, shelf: Shelf) -> None:
    for query in ("{ __typename }", WATCH, CREATE, "{"):
        async with opened(served) as socket:
            await socket.subscribe(query)
            await socket.say(type="connection_init")
            assert await socket.closed() == (4401, "Unauthorized")
    assert not shelf.resources
    assert not shelf.asked


# Next


async def test_every_result_of_the_source_comes_in_order_and_then_it_is_complete(socket: Socket) -> None:
    await socket.subscribe("subscription { ticks }")
    heard = [await socket.hear() for _ in range(4)]
    assert heard == [
        *({"id": "1", "type": "next", "payload": {"data": {"ticks": tick}}} for tick in range(3)),
        {"id": "1", "type": "complete"},
    ]


async def test_an_error_of_a_field_is_part_of_the_result(socket: Socket) -> None:
    await socket.subscribe("{ fail __typename }")
    message = await socket.hear()
    assert (message["type"], message["payload"]["data"]) == ("next", {"fail": None, "__typename": "Query"})
    [error] = message["payload"]["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["fail"], "INTERNAL")
    assert await socket.hear() == {"id": "1", "type": "complete"}


async def test_a_single_result_is_one_next_and_a_complete(socket: Socket) -> None:
    for query in ("{ __typename }", CREATE):
        await socket.subscribe(query)
        assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]
        assert await socket.hear_all() == []


# Error


async def test_what_is_wrong_before_execution_is_an_error_and_nothing_follows(socket: Socket) -> None:
    wrong = {
        "": "GRAPHQL_PARSE_FAILED",
        "{ nothing }": "GRAPHQL_VALIDATION_FAILED",
        "subscription { ticks a: ticks }": "GRAPHQL_VALIDATION_FAILED",
        "query A { __typename } query B { __typename }": "BAD_USER_INPUT",
        "query($i: Int!) { widgets(first: $i) { totalCount } }": "BAD_USER_INPUT",
    }
    for query, code in wrong.items():
        await socket.subscribe(query)
        message = await socket.hear()
        assert (message["id"], message["type"]) == ("1", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
        assert all(error["message"] for error in message["payload"])
        assert await socket.hear_all() == []


async def test_what_goes_wrong_during_a_stream_is_an_error_and_nothing_follows(socket: Socket, shelf: Shelf) -> None:
    await socket.subscribe(WATCH)
    await shelf.watched()
    shelf.added(shelf.put("a"))
    shelf.emit(Expired("Too old."))
    shelf.added(shelf.put("b"))
    assert (await socket.hear())["type"] == "next"
    message = await socket.hear()
    assert (message["id"], message["type"]) == ("1", "error")
    assert message["payload"][0]["extensions"] == {"code": "EXPIRED", "retryable": False, "resourceVersion": None}
    assert await socket.hear_all() == []


# Complete


async def test_once_the_client_has_completed_no_event_comes(socket: Socket, shelf: Shelf) -> None:
    await socket.subscribe(WATCH)
    await shelf.watched()
    shelf.added(shelf.put("a"))
    assert (await socket.hear())["type"] == "next"
    await socket.say(id="1", type="complete")
    await shelf.watched(0)
    shelf.added(shelf.put("b"))
    assert await socket.hear_all() == []


async def test_a_single_result_that_the_client_has_completed_is_not_sent(socket: Socket, shelf: Shelf) -> None:
    await socket.subscribe("{ wait }")
    await socket.say(id="1", type="complete")
    shelf.gate.set()
    assert await socket.hear_all() == []


async def test_completing_what_is_complete_or_unknown_is_ignored(socket: Socket, shelf: Shelf) -> None:
    await socket.subscribe(WATCH, "running")
    await shelf.watched()
    await socket.subscribe("{ __typename }", "done")
    await socket.subscribe("{ nothing }", "wrong")
    heard = [await socket.hear() for _ in range(3)]
    assert {message["id"] for message in heard} == {"done", "wrong"}
    for operation_id in ("done", "wrong", "never"):
        for _ in range(2):
            await socket.say(id=operation_id, type="complete")
    shelf.added(shelf.put("a"))
    assert (await socket.hear())["id"] == "running"
    assert await socket.hear_all() == []


async def test_when_both_complete_at_once_nobody_minds(socket: Socket) -> None:
    for at in range(50):
        await socket.subscribe("subscription { ticks }", str(at))
        await socket.say(id=str(at), type="complete")
    for message in await socket.hear_all():
        assert message["type"] in {"next", "complete"}
    assert await socket.hear_all() == []  # what was completed before the ping brings nothing after the pong
    await socket.subscribe("{ __typename }", "0")
    assert (await socket.hear())["type"] == "next"
