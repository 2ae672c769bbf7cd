"""GraphQL as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import Unavailable
from schema_builder.backend import EventType, WatchEvent
from tests.transport.support import Served, Shelf, serving

if TYPE_CHECKING:
    import httpx

WATCH = "subscription($v: String) { watchWidgets(resourceVersion: $v) { type resourceVersion object { id } } }"


@pytest.fixture
async def served(shelf: Shelf) -> AsyncIterator[Served]:
    async with serving(shelf.engine(keep_alive_seconds=0.05)) as running:
        yield running


async def events(response: httpx.Response) -> AsyncIterator[tuple[str, str | None, Any]]:
    """Yield ``(event, id, data)``; comments are ``("", None, None)``."""
    block: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            block[name] = value.strip()
            continue
        data = json.loads(block["data"]) if block.get("data") else None
        yield block.get("event", ""), block.get("id"), data
        block = {}


def stream(served: Served, query: str, method: str = "POST", variables: Any = None, **headers: str) -> Any:
    headers = {"accept": "text/event-stream", **headers}
    if method == "GET":
        parameters = {"query": query, "variables": json.dumps(variables or {})}
        return served.client.stream("GET", served.url, params=parameters, headers=headers)
    return served.client.stream("POST", served.url, json={"query": query, "variables": variables}, headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_events_carry_their_position_as_id(served: Served, shelf: Shelf, method: str) -> None:
    async with stream(served, WATCH, method) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        await shelf.watched()
        shelf.added(shelf.put("a"))
        received = [event async for event in _until(response, 1)]
    payload = {"type": "ADDED", "resourceVersion": "101", "object": {"id": "Widget/a"}}
    assert received == [("next", "101", {"data": {"watchWidgets": payload}})]
    await shelf.watched(0)


async def _until(response: httpx.Response, count: int) -> AsyncIterator[Any]:
    async for event in events(response):
        if event[0]:
            yield event
            count -= 1
            if not count:
                return


async def test_initial_events_have_no_id(served: Served, shelf: Shelf) -> None:
    async with stream(served, WATCH) as response:
        await shelf.watched()
        shelf.emit(WatchEvent(EventType.ADDED, None, shelf.put("a")))
        [(_, event_id, data)] = [event async for event in _until(response, 1)]
    assert event_id is None
    assert data["data"]["watchWidgets"]["resourceVersion"] is None


async def test_last_event_id_reaches_the_watch(served: Served, shelf: Shelf) -> None:
    async with stream(served, WATCH, variables={"v": "5"}, **{"last-event-id": "77"}):
        await shelf.watched()
    assert shelf.asked == [(77, {"resourceVersion": "5"})]


async def test_an_unreadable_last_event_id_gets_400(served: Served) -> None:
    async with stream(served, WATCH, **{"last-event-id": "x"}) as response:
        assert response.status_code == 400


async def test_an_error_ends_the_stream_with_the_position_to_go_on_from(served: Served, shelf: Shelf) -> None:
    async with stream(served, WATCH) as response:
        await shelf.watched()
        shelf.added(shelf.put("a"))
        shelf.emit(Unavailable("Elsewhere."))
        received = [event async for event in events(response) if event[0]]
    assert [event for event, _, _ in received] == ["next", "next", "complete"]
    [error] = received[1][2]["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryable": True, "resourceVersion": "101"}


async def test_a_refused_document_is_a_stream_that_says_so(served: Served) -> None:
    async with stream(served, "subscription { nothing }") as response:
        received = [event async for event in events(response) if event[0]]
    assert [event for event, _, _ in received] == ["next", "complete"]
    assert received[0][2]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_query_is_one_event(served: Served) -> None:
    async with stream(served, "{ __typename }") as response:
        received = [event async for event in events(response) if event[0]]
    assert received == [("next", None, {"data": {"__typename": "Query"}}), ("complete", None, None)]


async def test_a_mutation_by_get_is_refused(served: Served, shelf: Shelf) -> None:
    async with stream(served, 'mutation { createWidget(input: {name: "b"}) { id } }', "GET") as response:
        received = [event async for event in events(response) if event[0]]
    assert received[0][2]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert not shelf.resources


async def test_a_finished_source_completes(served: Served) -> None:
    async with stream(served, "subscription { ticks }") as response:
        received = [event async for event in events(response) if event[0]]
    assert [data for _, _, data in received] == [*({"data": {"ticks": at}} for at in range(3)), None]


async def test_a_client_that_does_not_read_is_given_up(shelf: Shelf) -> None:
    async with serving(shelf.engine(send_timeout_seconds=0.2)) as served:
        async with stream(served, "subscription { watchWidgets { object { raw } } }"):
            await shelf.watched()
            large = shelf.put("a", host="x" * 1_000_000)
            for _ in range(50):
                shelf.added(large)
            await shelf.watched(0)


async def test_a_silent_stream_is_kept_alive(served: Served, shelf: Shelf) -> None:
    async with stream(served, WATCH) as response:
        comments = 0
        async for event, _, _ in events(response):
            comments += event == ""
            if comments == 3:
                break


async def test_draining_ends_streams_with_a_resumable_error(served: Served, shelf: Shelf) -> None:
    async with stream(served, WATCH) as response:
        await shelf.watched()
        shelf.added(shelf.put("a"))
        received = [event async for event in _until(response, 1)]
    async with stream(served, WATCH, variables={"v": "90"}) as response:
        await shelf.watched()
        served.engine.begin_drain()
        received = [event async for event in events(response) if event[0]]
    assert [event for event, _, _ in received] == ["next", "complete"]
    assert received[0][2]["errors"][0]["extensions"] == {
        "code": "UNAVAILABLE",
        "retryable": True,
        "resourceVersion": "90",
    }
    await shelf.watched(0)
