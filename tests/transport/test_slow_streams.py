"""A client of an event stream that reads too late hears where to go on from, and misses nothing by it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.transport.followers import following

if TYPE_CHECKING:
    from app.settings import Settings
    from tests.support.serving import RunningServer

DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
CREATE = 'mutation { createNote(input: {metadata: {name: "a"}, spec: {at: 0}}) { id } }'
UPDATE = 'mutation($patch: NotePatch!) { updateNote(name: "a", patch: $patch) { id } }'
WATCH = "subscription { event: watchNotes { type resourceVersion object { spec { at text } } } }"
PATIENCE_SECONDS = 30


@pytest.fixture
def server_settings(server_settings: Settings) -> Settings:
    return server_settings.model_copy(update={"max_queued_events": 3})


@contextlib.asynccontextmanager
async def unread_stream(server: RunningServer) -> AsyncIterator[asyncio.StreamReader]:
    """Begin a stream on a connection that holds little, and read its head alone."""
    address = urlsplit(server.url)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=16_384)
    body = json.dumps({"query": WATCH}).encode()
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nAccept: text/event-stream\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    await reader.readuntil(b'"BOOKMARK"')
    try:
        yield reader
    finally:
        writer.transport.abort()


async def watchers(server: RunningServer) -> int:
    metrics = (await server.client.get("/metrics")).text
    return int(next(line.split()[1] for line in metrics.splitlines() if line.startswith("kindgraph_hub_watchers ")))


def events(text: str) -> list[Any]:
    """Return the id and the result of each ``next``; the stream must be complete."""
    *blocks, last, rest = text.split("\n\n")
    assert (last, rest) == ("event: complete\ndata:", "")
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if block.startswith("event")]
    return [(block.get("id"), json.loads(block["data"])) for block in fields]


async def test_who_reads_too_late_goes_on_from_the_last_event(server: RunningServer) -> None:
    schema = {"type": "object", "properties": {"at": {"type": "integer"}, "text": {"type": "string"}}}
    await server.graphql(DEFINE, {"input": {"spec": {"kind": "Note", "schema": schema}}})
    await server.graphql(CREATE)
    async with unread_stream(server) as reader:
        written = 0
        while await watchers(server):
            written += 1
            await server.graphql(UPDATE, {"patch": {"spec": {"at": written, "text": "x" * 500_000}}})
        rest = (await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)).decode()
    chunks = rest.split("\r\n")[::2]  # between them, their sizes
    *seen, (_, end) = events("".join(chunks).partition("\n\n")[2])
    changes = [(event_id, answer["data"]["event"]) for event_id, answer in seen]
    changes = [(event_id, event) for event_id, event in changes if event["type"] != "BOOKMARK"]
    assert [event["object"]["spec"]["at"] for _, event in changes] == list(range(1, len(changes) + 1))
    assert 0 < len(changes) < written
    [error] = end["errors"]
    assert "KINDGRAPH_MAX_QUEUED_EVENTS" in error["message"]
    last = error["extensions"].pop("resourceVersion")
    assert error["extensions"] == {
        "code": "LIMIT_EXCEEDED",
        "retryable": True,
        "limit": 3,
        "setting": "KINDGRAPH_MAX_QUEUED_EVENTS",
    }
    assert last == changes[-1][0]
    async with following(server, "sse", WATCH, last=last) as follower:
        assert (await follower.event())["object"]["spec"]["at"] == len(changes) + 1
