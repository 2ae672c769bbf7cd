"""The clients that most people use, as npm has them: ``graphql-ws``, ``graphql-sse`` and ``eventsource``."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import KindRemoved
from schema_builder.backend import EventType, WatchEvent
from tests.support.proxy import Proxy
from tests.transport.sockets import WATCH, acknowledged
from tests.transport.support import Served, Shelf, serving

if TYPE_CHECKING:
    from tests.support.node import NodeProcess, RunScript

CREATE = 'mutation { createWidget(input: {name: "b"}) { id } }'


class Client:
    """A client of npm, and the watches of the shelf that it meets."""

    def __init__(self, script: NodeProcess) -> None:
        self._script = script

    async def subscribe(self, query: str, operation_id: str = "1", **variables: Any) -> None:
        await self._script.tell(id=operation_id, subscribe={"query": query, "variables": variables})

    async def leave(self, operation_id: str = "1") -> None:
        await self._script.tell(leave=operation_id)

    async def told(self) -> Any:
        """Return what it tells next of an operation."""
        while "on" in (told := await self._script.told()):
            pass
        return told

    async def told_of(self, what: str) -> Any:
        """Return what it tells of its connection next, passing over all else."""
        while (told := await self._script.told()).get("on") != what:
            pass
        return told


@asynccontextmanager
async def client(node: RunScript, name: str, url: str, **options: Any) -> AsyncIterator[Client]:
    async with node("clients.mjs", name, url, json.dumps(options)) as script:
        yield Client(script)


def url_of(served: Served, name: str) -> str:
    return served.ws_url if name == "graphql-ws" else served.url


def event(shelf: Shelf, name: str) -> Any:
    """Return the data of the newest event, which added a widget."""
    position = str(shelf.position)
    return {"watchWidgets": {"type": "ADDED", "resourceVersion": position, "object": {"id": f"Widget/{name}"}}}


@pytest.mark.parametrize("name", ["graphql-ws", "graphql-sse"])
async def test_operations_of_each_type_answer_and_complete(
    node: RunScript, served: Served, shelf: Shelf, name: str
) -> None:
    async with client(node, name, url_of(served, name)) as one:
        await one.subscribe("query($v: JSON) { echo(value: $v) }", v={"é": [1, None]})
        assert await one.told() == {"id": "1", "next": {"data": {"echo": {"é": [1, None]}}}}
        assert await one.told() == {"id": "1", "complete": True}
        await one.subscribe(CREATE, "2")
        answer = {"data": {"createWidget": {"id": "Widget/b"}}, "extensions": {"resourceVersion": "101"}}
        assert await one.told() == {"id": "2", "next": answer}
        assert await one.told() == {"id": "2", "complete": True}
        await one.subscribe("subscription { ticks }", "3")
        assert [(await one.told()).get("next") for _ in range(4)] == [{"data": {"ticks": at}} for at in range(3)] + [
            None
        ]
        for operation_id in ("4", "5"):
            await one.subscribe(WATCH, operation_id)
        await shelf.watched(2)
        shelf.added(shelf.put("a"))
        told = [await one.told() for _ in range(2)]
        assert {each["id"] for each in told} == {"4", "5"}
        assert [each["next"]["data"] for each in told] == [event(shelf, "a")] * 2
        await one.leave("4")
        await shelf.watched(1)
        await one.leave("5")
        await shelf.watched(0)


@pytest.mark.parametrize("name", ["graphql-ws", "graphql-sse"])
async def test_what_is_wrong_and_what_ends_arrives_with_its_code(
    node: RunScript, served: Served, shelf: Shelf, name: str
) -> None:
    def codes(told: Any) -> list[str]:
        errors = told["error"] if name == "graphql-ws" else told["next"]["errors"]
        return [error["extensions"]["code"] for error in errors]

    async def complete(one: Client) -> bool:
        return name == "graphql-ws" or (await one.told()).get("complete", False)

    options = {"lazyCloseTimeout": 60_000} if name == "graphql-ws" else {}  # it stays when there is nothing to do
    async with client(node, name, url_of(served, name), **options) as one:
        await one.subscribe("{ nothing }")
        assert codes(await one.told()) == ["GRAPHQL_VALIDATION_FAILED"]
        assert await complete(one)
        await one.subscribe(WATCH)
        await shelf.watched()
        shelf.emit(KindRemoved("The kind is gone.", extensions={"resourceVersion": "107"}))
        assert codes(await one.told()) == ["KIND_REMOVED"]
        assert await complete(one)
        await one.subscribe(WATCH)
        await shelf.watched()
        served.engine.begin_drain()
        assert codes(await one.told()) == ["UNAVAILABLE"]
        if name == "graphql-ws":
            assert await one.told_of("closed") == {"on": "closed", "code": 4503, "reason": "Service is shutting down"}
        else:
            assert await complete(one)


async def test_graphql_ws_keeps_one_socket_alive(node: RunScript, served: Served, shelf: Shelf) -> None:
    async with client(node, "graphql-ws", served.ws_url, keepAlive=50) as one:
        for operation_id in "ab":
            await one.subscribe(WATCH, operation_id)
        await shelf.watched(2)
        assert served.engine.admission.connections == 1
        assert await one.told_of("connected") == {"on": "connected", "again": False}
        for _ in range(2):
            assert (await one.told_of("pong"))["received"] is True


@pytest.mark.parametrize("name", ["graphql-ws", "graphql-sse", "eventsource"])
async def test_a_lost_connection_is_taken_up_again(node: RunScript, served: Served, shelf: Shelf, name: str) -> None:
    async with Proxy(served.url) as proxy, client(node, name, proxy.through(url_of(served, name))) as one:
        await one.subscribe(WATCH, v="5")
        await shelf.watched()
        shelf.added(shelf.put("a"))
        assert (await one.told())["next"]["data"] == event(shelf, "a")
        proxy.cut()
        await shelf.watched(0)
        await shelf.watched(1)
        resumed = None if name == "graphql-ws" else 101
        assert shelf.asked == [(None, {"resourceVersion": "5"}), (resumed, {"resourceVersion": "5"})]
        shelf.added(shelf.put("b"))
        assert (await one.told())["next"]["data"] == event(shelf, "b")


async def test_graphql_ws_comes_back_when_there_is_room(node: RunScript, shelf: Shelf) -> None:
    async with serving(shelf.engine(max_connections=1)) as served:
        async with client(node, "graphql-ws", served.ws_url, retryAttempts=1_000) as one:
            async with acknowledged(served) as first:
                await one.subscribe("{ __typename }")
                reason = "LIMIT_EXCEEDED: 1 connections are open, see KINDGRAPH_MAX_CONNECTIONS"
                assert await one.told_of("closed") == {"on": "closed", "code": 1013, "reason": reason}
                assert await first.hear_all() == []
            assert (await one.told())["next"] == {"data": {"__typename": "Query"}}


async def test_graphql_sse_cannot_reserve_a_single_connection(node: RunScript, served: Served) -> None:
    async with client(node, "graphql-sse", served.url, singleConnection=True, retryAttempts=0) as one:
        await one.subscribe("{ __typename }")
        assert "405" in (await one.told())["error"]["text"]


async def test_an_event_source_hears_the_position_of_each_event(node: RunScript, served: Served, shelf: Shelf) -> None:
    async with client(node, "eventsource", served.url) as one:
        await one.subscribe(WATCH)
        await shelf.watched()
        shelf.emit(WatchEvent(EventType.ADDED, None, shelf.put("there")))
        shelf.added(shelf.put("a"))
        assert [(await one.told())["lastEventId"] for _ in range(2)] == ["", "101"]
        await one.leave()
        await shelf.watched(0)
