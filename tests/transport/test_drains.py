"""A server that drains: what runs ends well, what comes is refused, and every socket closes with 4503."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.transport.sockets import WATCH, acknowledged, opened

if TYPE_CHECKING:
    from tests.transport.support import Served, Shelf

DRAINED = (4503, "Service is shutting down")


def extensions(message: dict[str, Any]) -> Any:
    assert message["type"] == "error"
    [error] = message["payload"]
    return error["extensions"]


async def test_sockets_that_do_nothing_are_closed(served: Served) -> None:
    async with acknowledged(served) as idle, opened(served) as new:
        await new.say(type="ping")
        await new.hear()
        served.engine.begin_drain()
        assert await idle.closed() == DRAINED
        assert await new.closed() == DRAINED
    assert served.engine.admission.connections == 0


async def test_every_watch_of_a_socket_ends_with_its_own_position(served: Served, shelf: Shelf) -> None:
    async with acknowledged(served) as socket:
        for position in ("90", "91", "92"):
            await socket.subscribe(WATCH, position, variables={"v": position})
        await shelf.watched(3)
        await socket.say(id="91", type="complete")
        await shelf.watched(2)
        served.engine.begin_drain()
        heard = [await socket.hear() for _ in range(2)]
        assert {message["id"]: extensions(message)["resourceVersion"] for message in heard} == {"90": "90", "92": "92"}
        assert all(extensions(message)["retryable"] for message in heard)
        assert await socket.closed() == DRAINED


async def test_what_comes_while_an_answer_is_awaited_is_refused(served: Served, shelf: Shelf) -> None:
    async with acknowledged(served) as socket:
        await socket.subscribe("{ wait }", "slow")
        await socket.hear_all()
        served.engine.begin_drain()
        for operation_id, query in (("watch", WATCH), ("query", "{ __typename }")):
            await socket.subscribe(query, operation_id)
            message = await socket.hear()
            assert message["id"] == operation_id
            assert (extensions(message)["code"], extensions(message)["retryable"]) == ("UNAVAILABLE", True)
        shelf.gate.set()
        assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]
        assert await socket.closed() == DRAINED


async def test_a_socket_that_is_opened_meanwhile_is_closed(served: Served) -> None:
    served.engine.begin_drain()
    async with opened(served) as socket:
        assert await socket.closed() == DRAINED


async def test_a_stream_that_is_opened_meanwhile_says_so_and_completes(served: Served) -> None:
    served.engine.begin_drain()
    headers = {"accept": "text/event-stream"}
    async with served.client.stream("POST", served.url, json={"query": WATCH}, headers=headers) as response:
        text = "".join([part async for part in response.aiter_text()])
    assert '"code":"UNAVAILABLE","retryable":true' in text
    assert text.endswith("event: complete\ndata:\n\n")
