"""Subscriptions over both transports alike, for tests that ask the same of each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.transport.sockets import PROTOCOL, Socket

if TYPE_CHECKING:
    import httpx

    from tests.support.serving import GraphqlClient

TRANSPORTS = ["websocket", "sse"]
PATIENCE_SECONDS = 20


class Follower:
    """One subscription, whose only root field has the alias ``event``."""

    async def event(self) -> Any:
        """Return the next event that is no bookmark."""
        while (event := (await self._result())["data"]["event"])["type"] == "BOOKMARK":
            pass
        return event

    async def bookmark(self) -> Any:
        """Return the next event, which must be a bookmark."""
        event = (await self._result())["data"]["event"]
        assert event["type"] == "BOOKMARK"
        return event

    async def end(self) -> Any:
        """Return the extensions of the error that ends it, passing over bookmarks; nothing may follow."""
        while "errors" not in (result := await self._result()):
            assert result["data"]["event"]["type"] == "BOOKMARK"
        [error] = result["errors"]
        assert error["message"]
        await self._nothing_more()
        return error["extensions"]

    async def _result(self) -> Any:
        raise NotImplementedError

    async def _nothing_more(self) -> None:
        raise NotImplementedError


class _OverWebSocket(Follower):
    def __init__(self, connection: ClientConnection) -> None:
        self._socket = Socket(connection)

    async def _result(self) -> Any:
        message = await self._socket.hear()
        assert message["id"] == "1"
        if message["type"] == "error":
            return {"errors": message["payload"]}
        assert message["type"] == "next", message
        return message["payload"]

    async def _nothing_more(self) -> None:
        if self._socket.connection.close_code is None:
            try:
                assert await self._socket.hear_all() == []
            except ConnectionClosed:
                assert (await self._socket.closed()).code == 4503


class _OverEvents(Follower):
    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def _block(self) -> dict[str, str]:
        block: dict[str, str] = {}
        while True:
            line = await asyncio.wait_for(anext(self._lines), PATIENCE_SECONDS)
            if not line and block:
                return block
            name, _, value = line.partition(":")
            if name:
                block[name] = value.strip()

    async def _result(self) -> Any:
        block = await self._block()
        assert block["event"] == "next", block
        result = json.loads(block["data"])
        if "data" in result:
            assert block.get("id") == result["data"]["event"]["resourceVersion"]
        return result

    async def _nothing_more(self) -> None:
        assert await self._block() == {"event": "complete", "data": ""}
        assert [line async for line in self._lines if line] == []


@asynccontextmanager
async def following(
    server: GraphqlClient, transport: str, query: str, *, last: str | None = None, **variables: Any
) -> AsyncIterator[Follower]:
    """Subscribe.

    Args:
        server: Where.
        transport: One of ``TRANSPORTS``.
        query: The subscription.
        last: What was seen before: ``Last-Event-ID``, or the variable ``from`` over WebSocket.
        variables: The others.
    """
    if transport == "sse":
        headers = {"accept": "text/event-stream", **({} if last is None else {"last-event-id": last})}
        body = {"query": query, "variables": variables}
        async with server.client.stream("POST", "/graphql", json=body, headers=headers) as response:
            assert response.status_code == 200
            yield _OverEvents(response)
        return
    if last is not None:
        variables["from"] = last
    async with connect(server.ws_url, subprotocols=[Subprotocol(PROTOCOL)]) as connection:
        socket = Socket(connection)
        await socket.say(type="connection_init")
        assert await socket.hear() == {"type": "connection_ack"}
        await socket.subscribe(query, variables=variables)
        yield _OverWebSocket(connection)
