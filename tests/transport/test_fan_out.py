"""Many subscriptions on the real server: what idle ones keep, and what slow ones do to others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from app.settings import Settings
    from tests.support.serving import RunningServer

PATIENCE_SECONDS = 20
DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
CREATE = "mutation($input: CreateNoteInput!) { createNote(input: $input) { id } }"
UPDATE = "mutation($name: String!, $patch: NotePatch!) { updateNote(name: $name, patch: $patch) { id } }"
WATCH = "subscription { watchNotes { type resourceVersion object { metadata { name } spec { text } } } }"


@pytest.fixture
def server_settings(server_settings: Settings) -> Settings:
    return server_settings.model_copy(update={"max_queued_events": 5})


@pytest.fixture
async def notes(server: RunningServer) -> RunningServer:
    """A server with a kind ``Note`` and one resource ``a``."""
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    await server.graphql(DEFINE, {"input": {"spec": {"kind": "Note", "schema": schema}}})
    await server.graphql(CREATE, {"input": {"metadata": {"name": "a"}, "spec": {"text": "0"}}})
    return server


async def _write(server: RunningServer, text: str) -> None:
    await server.graphql(UPDATE, {"name": "a", "patch": {"spec": {"text": text}}})


async def _receive(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), PATIENCE_SECONDS))
    return message


async def _watch(client: ClientConnection, operation_id: str = "1", query: str = WATCH) -> None:
    """Subscribe, and wait for the first bookmark."""
    await client.send(json.dumps({"id": operation_id, "type": "subscribe", "payload": {"query": query}}))
    message = await _receive(client)
    assert message["payload"]["data"]["watchNotes"]["type"] == "BOOKMARK"


@contextlib.asynccontextmanager
async def connected(server: RunningServer, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(server.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")], **options) as client:
        await client.send('{"type": "connection_init"}')
        assert await _receive(client) == {"type": "connection_ack"}
        yield client


def _tasks_of_transport() -> int:
    return sum(
        "app/transport" in str(task.get_coro()) or "websockets/bridge" in str(task) for task in asyncio.all_tasks()
    )


async def test_idle_subscriptions_have_no_tasks_and_hear_of_every_change(notes: RunningServer) -> None:
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connected(notes)) for _ in range(5)]
        for client in sockets:
            for operation_id in ("one", "two"):
                await _watch(client, operation_id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while _tasks_of_transport():  # noqa: ASYNC110 - they end by themselves
                await asyncio.sleep(0.005)
        for text in ("1", "2", "3"):
            await _write(notes, text)
        for client in sockets:
            messages = [await _receive(client) for _ in range(6)]
            for operation_id in ("one", "two"):
                events = [m["payload"]["data"]["watchNotes"] for m in messages if m["id"] == operation_id]
                assert [event["object"]["spec"]["text"] for event in events] == ["1", "2", "3"]


async def _watchers(server: RunningServer) -> int:
    metrics = (await server.client.get("/metrics")).text
    return int(next(line.split()[1] for line in metrics.splitlines() if line.startswith("kindgraph_hub_watchers ")))


async def _changes(client: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    """Yield the messages of a watch without its bookmarks, to its end."""
    while (message := await _receive(client))["type"] == "next":
        if message["payload"]["data"]["watchNotes"]["type"] != "BOOKMARK":
            yield message["payload"]["data"]["watchNotes"]
    yield message


def _narrow(server: RunningServer) -> socket.socket:
    """Connect with a small receive buffer, so that little is in flight between both sides."""
    address = urlsplit(server.url)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    narrow.connect((address.hostname, address.port))
    return narrow


async def test_one_who_does_not_read_is_ended_with_a_position_and_others_get_everything(notes: RunningServer) -> None:
    """The slow client reads again before its connection is given up: it learns where to go on from."""
    async with connected(notes) as fast, connected(notes, sock=_narrow(notes), max_queue=1) as slow:
        await _watch(fast)
        await _watch(slow)
        slow.transport.pause_reading()
        heard, written = _changes(fast), 0
        while await _watchers(notes) == 2:
            await _write(notes, f"{written} " + "x" * 400_000)
            assert (await anext(heard))["object"]["spec"]["text"].startswith(f"{written} ")
            written += 1
        slow.transport.resume_reading()
        *seen, end = [event async for event in _changes(slow)]
        assert end["type"] == "error"
        extensions = end["payload"][0]["extensions"]
        assert (extensions["code"], extensions["retryable"]) == ("LIMIT_EXCEEDED", True)
        texts = [event["object"]["spec"]["text"].split()[0] for event in seen]
        assert texts == [str(number) for number in range(len(texts))]  # nothing is left out before the end
        assert len(texts) < written
        assert extensions["resourceVersion"] == seen[-1]["resourceVersion"]
        resumed = WATCH.replace("watchNotes", f'watchNotes(resourceVersion: "{extensions["resourceVersion"]}")')
        await slow.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"query": resumed}}))
        assert (await anext(_changes(slow)))["object"]["spec"]["text"].startswith(f"{len(texts)} ")
        await heard.aclose()  # type: ignore[attr-defined]


async def test_nothing_of_a_watch_follows_its_completion_although_its_id_is_used_again(notes: RunningServer) -> None:
    other = "subscription { watchNotes { type again: type resourceVersion } }"
    async with connected(notes) as client:
        await _watch(client)
        for number in range(10):
            writing = asyncio.create_task(_write(notes, str(number)))
            await asyncio.sleep(0)
            query = WATCH if number % 2 else other
            await client.send('{"id": "1", "type": "complete"}')
            await client.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            await writing
            await client.send(json.dumps({"type": "ping", "payload": {"number": number}}))
            told = list[dict[str, Any]]()
            while (message := await _receive(client))["type"] != "pong":
                told.append(message["payload"]["data"]["watchNotes"])
            begun = next((at for at, event in enumerate(told) if event["type"] == "BOOKMARK"), len(told))
            assert all(("again" in event) == (query is other) for event in told[begun:])
