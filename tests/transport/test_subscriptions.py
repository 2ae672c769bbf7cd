"""Subscriptions across changes of their kind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
import pytest
from graphql import GraphQLInt, GraphQLString

from app.errors import KindRemoved
from app.transport.documents import Refused
from app.transport.parameters import GraphQLRequest
from app.transport.subscriptions import Ended, Event
from schema_builder.backend import KindChanged
from tests.transport.support import Shelf, make_kind

WATCH = """
    subscription($where: WidgetFilter) {
        watchWidgets(where: $where) { type resourceVersion object { spec { port limits { maxConns } } } }
    }
"""


class Watching:
    """A running subscription and what it has delivered."""

    def __init__(self, shelf: Shelf, query: str = WATCH, variables: Any = None, **limits: Any) -> None:
        self.shelf = shelf
        self.engine = shelf.engine(**limits)
        self._request = GraphQLRequest(query, variables or {})
        self.received: asyncio.Queue[Event | Ended] = asyncio.Queue()

    async def __aenter__(self) -> Watching:
        self._subscription = await self.engine.subscribe(self._request)
        self._task = asyncio.create_task(self._run())
        await self.shelf.watched()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        assert self.shelf.watches == []

    async def _run(self) -> None:
        try:
            async with aclosing(self._subscription.events()) as events:
                async for event in events:
                    self.received.put_nowait(event)
        except Ended as ended:
            self.received.put_nowait(ended)

    async def data(self) -> Any:
        event = await asyncio.wait_for(self.received.get(), 5)
        assert isinstance(event, Event), event.errors
        assert not event.result.errors
        return orjson.loads(event.result.encode())["data"]["watchWidgets"]

    async def end(self) -> dict[str, Any]:
        ended = await asyncio.wait_for(self.received.get(), 5)
        assert isinstance(ended, Ended)
        [error] = ended.errors
        return error


def change(shelf: Shelf, kind: Any) -> None:
    """Publish a kind, then let its watches know, as a server does."""
    shelf.define(kind)
    shelf.position += 1
    marker: Any = kind
    shelf.emit(KindChanged(shelf.position, marker))


async def test_a_subscription_goes_on_when_what_it_uses_keeps_its_types() -> None:
    shelf = Shelf()
    async with Watching(shelf, variables={"where": {"port": 5}}) as watching:
        shelf.added(shelf.put("a", port=1))
        assert (await watching.data())["object"] == {"spec": {"port": 1, "limits": None}}
        change(shelf, make_kind(more={"size": GraphQLInt}))
        shelf.added(shelf.put("b", port=2))
        assert (await watching.data())["resourceVersion"] == "103"


@pytest.mark.parametrize("variables", [None, {"where": {"port": 5}}])
async def test_a_subscription_ends_when_a_selected_field_changes_its_type(variables: Any) -> None:
    shelf = Shelf()
    async with Watching(shelf, variables=variables) as watching:
        shelf.added(shelf.put("a", port=1))
        await watching.data()
        change(shelf, make_kind(port_type=GraphQLString))
        error = await watching.end()
    assert error["extensions"] == {"code": "KIND_CHANGED", "retryable": True, "resourceVersion": "102"}


async def test_a_subscription_ends_when_only_an_argument_changes_its_type() -> None:
    shelf = Shelf()
    query = "subscription { watchWidgets(where: {port: 5}) { type } }"
    async with Watching(shelf, query) as watching:
        change(shelf, make_kind(port_type=GraphQLString))
        error = await watching.end()
    assert error["extensions"]["code"] == "KIND_CHANGED"


async def test_a_subscription_that_does_not_use_what_changed_goes_on() -> None:
    shelf = Shelf()
    async with Watching(shelf, "subscription { watchWidgets { object { kind } } }") as watching:
        change(shelf, make_kind(port_type=GraphQLString))
        shelf.added(shelf.put("a"))
        assert await watching.data() == {"object": {"kind": "Widget"}}


async def test_a_subscription_ends_when_a_selected_field_is_gone() -> None:
    shelf = Shelf({"Widget": make_kind(more={"size": GraphQLInt})})
    async with Watching(shelf, "subscription { watchWidgets { object { spec { size } } } }") as watching:
        change(shelf, make_kind())
        error = await watching.end()
    assert error["extensions"] == {"code": "KIND_CHANGED", "retryable": True, "resourceVersion": "101"}


async def test_the_end_of_a_kind_keeps_its_code() -> None:
    shelf = Shelf()
    async with Watching(shelf) as watching:
        shelf.emit(KindRemoved("The kind is gone.", extensions={"resourceVersion": "107"}))
        error = await watching.end()
    assert error["extensions"] == {"code": "KIND_REMOVED", "retryable": False, "resourceVersion": "107"}


async def test_a_defect_in_a_watch_is_internal_and_resumable() -> None:
    shelf = Shelf()
    async with Watching(shelf) as watching:
        shelf.added(shelf.put("a"))
        await watching.data()
        shelf.emit(RuntimeError("secret"))
        error = await watching.end()
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["resourceVersion"] == "101"
    assert "secret" not in str(error)


async def test_too_many_subscriptions_are_refused_and_leave_room_again() -> None:
    shelf = Shelf()
    async with Watching(shelf, max_subscriptions=1) as watching:
        with pytest.raises(Refused) as refused:
            await watching.engine.subscribe(GraphQLRequest(WATCH))
        assert refused.value.errors[0]["extensions"] == {
            "code": "LIMIT_EXCEEDED",
            "retryable": True,
            "limit": 1,
            "setting": "KINDGRAPH_MAX_WATCHES",
        }
    await watching.engine.subscribe(GraphQLRequest(WATCH))
    assert watching.engine.counters.running_subscriptions == 0


async def test_a_subscription_that_is_cancelled_while_draining_is_cancelled() -> None:
    shelf = Shelf()
    async with Watching(shelf) as watching:
        watching.engine.begin_drain()
        error = await watching.end()
    assert error["extensions"]["code"] == "UNAVAILABLE"
