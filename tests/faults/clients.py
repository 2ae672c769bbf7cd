"""Talking to the servers of a run as clients do: requests over HTTP, watches over WebSocket and server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import websockets

from tests.faults.graphql import WATCH, filter_variables
from tests.faults.history import State

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.faults.history import Session

__all__ = ["Answer", "Broken", "Ended", "Servers", "Unsent"]

_ANSWER_SECONDS: Final = 8.0
_CONNECT_SECONDS: Final = 3.0
_SILENCE_SECONDS: Final = 5.0
"""Bookmarks come every second: who hears nothing for so long connects elsewhere."""


class Unsent(Exception):
    """There was no connection: the request cannot have been read."""


class Broken(Exception):
    """The connection broke, or nothing came: what the server has done is unknown."""


class Ended(Exception):
    """The server ended a watch, or did not begin it.

    Attributes:
        error: As it came: ``{message, extensions: {code, retryable, resourceVersion}}``.
    """

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error

    @property
    def code(self) -> str:
        return str(self.error["extensions"]["code"])

    @property
    def position(self) -> int | None:
        position = self.error["extensions"].get("resourceVersion")
        return None if position is None else int(position)


class Answer(NamedTuple):
    """What a request was answered."""

    data: Mapping[str, Any] | None
    code: str | None
    message: str
    position: int | None


class Servers:
    """The servers of a run, by number; their addresses change when they are started again.

    Attributes:
        urls: Their addresses.
    """

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        self._client = httpx.AsyncClient(limits=limits, timeout=timeout)

    async def close(self) -> None:
        await self._client.aclose()

    async def request(self, server: int, body: Mapping[str, Any]) -> Answer:
        """Send a request.

        Raises:
            Unsent, Broken: There is no answer.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                response = await self._client.post(f"{self.urls[server]}/graphql", json=body)
            answer = response.json()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unsent from error
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise Broken from error
        errors = answer.get("errors") or []
        position = (answer.get("extensions") or {}).get("resourceVersion")
        return Answer(
            answer.get("data"),
            errors[0]["extensions"]["code"] if errors else None,
            errors[0]["message"] if errors else "",
            None if position is None else int(position),
        )

    @contextlib.asynccontextmanager
    async def watch(self, session: Session) -> AsyncIterator[AsyncGenerator[dict[str, Any], None]]:
        """Open a session and give its events, raw; leaving the block breaks the connection off.

        Raises:
            Unsent, Broken: There is no connection, or it broke.
            Ended: The server ended it.
        """
        variables = watch_variables(session)
        body = {"query": WATCH, "variables": variables}
        url = self.urls[session.server]
        try:
            if session.transport == "websocket":
                async with _websocket(url, body) as events:
                    yield events
            else:
                async with self._sse(url, body, session) as events:
                    yield events
        except (OSError, httpx.HTTPError, websockets.WebSocketException, TimeoutError, EOFError) as error:
            raise Broken(repr(error)) from error

    @contextlib.asynccontextmanager
    async def _sse(
        self, url: str, body: dict[str, Any], session: Session
    ) -> AsyncIterator[AsyncGenerator[dict[str, Any], None]]:
        headers = {"accept": "text/event-stream"}
        if session.transport == "sse-id" and session.position is not None and not session.initial:
            # The id wins over the variables, and suppresses the initial events that they ask for.
            headers["last-event-id"] = str(session.position)
            body["variables"] = {**body["variables"], "position": None, "initial": True}
        timeout = httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS)
        async with self._client.stream("POST", f"{url}/graphql", json=body, headers=headers, timeout=timeout) as stream:
            yield _sse_events(stream)


def watch_variables(session: Session) -> dict[str, Any]:
    """Return the variables of a watch."""
    return {**filter_variables(session.filter, position=session.position), "initial": session.initial}


def state_of(value: Mapping[str, Any] | None) -> State | None:
    """Return the state that a field selected as ``{raw}`` holds."""
    return None if value is None else State(value["raw"])


@contextlib.asynccontextmanager
async def _websocket(url: str, body: Mapping[str, Any]) -> AsyncIterator[AsyncGenerator[dict[str, Any], None]]:
    connecting = websockets.connect(
        url.replace("http", "ws", 1) + "/graphql",
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        open_timeout=_CONNECT_SECONDS,
        close_timeout=0.2,
        ping_interval=None,
        max_size=2**24,
        max_queue=4,  # a watcher that dawdles is felt by the server
    )
    async with connecting as connection:
        try:
            await connection.send(json.dumps({"type": "connection_init"}))
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": body}))
            yield _messages(connection)
        finally:
            connection.transport.abort()


async def _messages(connection: websockets.ClientConnection) -> AsyncGenerator[dict[str, Any], None]:
    while True:
        async with asyncio.timeout(_SILENCE_SECONDS):
            message = json.loads(await connection.recv())
        if message["type"] == "error":
            raise Ended(message["payload"][0])
        if message["type"] == "complete":
            raise Broken("the watch was completed without a reason")
        if message["type"] == "next":
            yield _event_of(message["payload"])


async def _sse_events(stream: httpx.Response) -> AsyncGenerator[dict[str, Any], None]:
    if "text/event-stream" not in stream.headers.get("content-type", ""):
        await stream.aread()
        raise Ended(stream.json()["errors"][0])
    async for line in stream.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "data" and value:
            yield _event_of(json.loads(value))
    raise Broken("the stream ended")


def _event_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    if payload.get("errors"):
        raise Ended(payload["errors"][0])
    event: dict[str, Any] = payload["data"]["watchParts"]
    return event
