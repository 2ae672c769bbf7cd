"""One too many: who is refused hears which limit it was, and which setting raises it; the others are not disturbed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.settings import Settings
from tests.transport.sockets import WATCH, acknowledged, opened
from tests.transport.support import Served, Shelf, serving

if TYPE_CHECKING:
    import httpx


def stream(served: Served, query: str = WATCH) -> Any:
    headers = {"accept": "text/event-stream"}
    return served.client.stream("POST", served.url, json={"query": query}, headers=headers)


async def refusal(response: httpx.Response) -> Any:
    """Return the extensions of the error of a stream that is refused, and complete."""
    assert response.status_code == 200
    lines = [line async for line in response.aiter_lines() if line and line != ":"]
    assert [line for line in lines if not line.startswith("data: ")] == ["event: next", "event: complete", "data:"]
    [error] = json.loads(lines[1].removeprefix("data: "))["errors"]
    assert error["extensions"]["setting"] in error["message"]
    return error["extensions"]


def refused(limit: int, setting: str) -> Any:
    assert setting.removeprefix("KINDGRAPH_").lower() in Settings.model_fields
    return {"code": "LIMIT_EXCEEDED", "retryable": True, "limit": limit, "setting": setting}


async def test_one_connection_too_many_is_refused_until_another_has_gone() -> None:
    shelf = Shelf()
    async with serving(shelf.engine(max_connections=2)) as served:
        async with acknowledged(served) as first:
            await first.subscribe(WATCH)
            async with stream(served) as second:
                await shelf.watched(2)
                async with opened(served) as third:
                    reason = "LIMIT_EXCEEDED: 2 connections are open, see KINDGRAPH_MAX_CONNECTIONS"
                    assert await third.closed() == (1013, reason)
                async with stream(served) as fourth:
                    assert await refusal(fourth) == refused(2, "KINDGRAPH_MAX_CONNECTIONS")
                assert (await served.post("{ __typename }")).json() == {"data": {"__typename": "Query"}}
                shelf.added(shelf.put("a"))
                assert (await first.hear())["type"] == "next"
                assert [line async for line in _some(second, 2)] == ["event: next", "id: 101"]
            await shelf.watched(1)
            async with acknowledged(served) as fifth:
                assert await fifth.hear_all() == []
    assert served.engine.admission.connections == 0


async def test_one_watch_too_many_is_refused_until_another_has_ended() -> None:
    shelf = Shelf()
    async with serving(shelf.engine(max_subscriptions=2)) as served, acknowledged(served) as socket:
        for operation_id in "ab":
            await socket.subscribe(WATCH, operation_id)
        await shelf.watched(2)
        await socket.subscribe(WATCH, "c")
        message = await socket.hear()
        assert (message["id"], message["type"]) == ("c", "error")
        assert message["payload"][0]["extensions"] == refused(2, "KINDGRAPH_MAX_WATCHES")
        async with stream(served) as response:
            assert await refusal(response) == refused(2, "KINDGRAPH_MAX_WATCHES")
        await socket.subscribe("{ __typename }", "c")
        assert (await socket.hear())["type"] == "next"
        await socket.say(id="a", type="complete")
        await shelf.watched(1)
        await socket.subscribe(WATCH, "a")
        await shelf.watched(2)


async def test_one_operation_too_many_on_a_socket_is_refused_until_another_has_ended() -> None:
    shelf = Shelf()
    async with serving(shelf.engine(max_connection_operations=2)) as served:
        async with acknowledged(served) as socket, acknowledged(served) as other:
            await socket.subscribe(WATCH, "watch")
            await socket.subscribe("{ wait }", "query")
            await shelf.watched()
            for query in (WATCH, "{ __typename }"):
                await socket.subscribe(query, "third")
                message = await socket.hear()
                assert (message["id"], message["type"]) == ("third", "error")
                assert message["payload"][0]["extensions"] == refused(2, "KINDGRAPH_MAX_CONNECTION_OPERATIONS")
            await other.subscribe("{ __typename }")
            assert (await other.hear())["type"] == "next"
            shelf.gate.set()
            assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]
            await socket.subscribe("{ __typename }", "third")
            assert (await socket.hear())["type"] == "next"


async def _some(response: httpx.Response, count: int) -> Any:
    async for line in response.aiter_lines():
        if line and line != ":":
            yield line
            count -= 1
            if not count:
                return
