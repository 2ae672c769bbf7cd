"""A client of graphql-transport-ws that says what it is told to, right or wrong, and hides nothing of what it hears."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from tests.transport.support import Served

PROTOCOL = "graphql-transport-ws"
WATCH = "subscription($v: String) { watchWidgets(resourceVersion: $v) { type resourceVersion object { id } } }"
PATIENCE_SECONDS = 10


class Closed(NamedTuple):
    """How the server closed a socket."""

    code: int
    reason: str


class Socket:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def say_raw(self, data: str | bytes) -> None:
        """Send whatever it is."""
        await self.connection.send(data)

    async def subscribe(self, query: str, operation_id: str = "1", **payload: Any) -> None:
        """Ask for an operation."""
        await self.say(id=operation_id, type="subscribe", payload={"query": query, **payload})

    async def hear(self) -> dict[str, Any]:
        """Return the next message."""
        text = await asyncio.wait_for(self.connection.recv(), PATIENCE_SECONDS)
        assert isinstance(text, str), "messages are text"
        message: dict[str, Any] = json.loads(text)
        return message

    async def hear_all(self) -> list[dict[str, Any]]:
        """Return all that comes before the answer to a ping."""
        await self.say(type="ping", payload={"the": "end"})
        messages = []
        while (message := await self.hear()) != {"type": "pong", "payload": {"the": "end"}}:
            messages.append(message)
        return messages

    async def closed(self) -> Closed:
        """Return how the server closes, passing over what it says before."""
        await asyncio.wait_for(self.connection.wait_closed(), PATIENCE_SECONDS)
        assert self.connection.close_code is not None
        return Closed(self.connection.close_code, self.connection.close_reason or "")


@asynccontextmanager
async def opened(
    served: Served, *, subprotocols: tuple[str, ...] = (PROTOCOL,), **options: Any
) -> AsyncIterator[Socket]:
    """Open a socket and say nothing yet."""
    offered = [Subprotocol(name) for name in subprotocols] or None
    async with connect(served.ws_url, subprotocols=offered, **options) as connection:
        yield Socket(connection)


@asynccontextmanager
async def acknowledged(served: Served, **options: Any) -> AsyncIterator[Socket]:
    """Open a socket and be let in."""
    async with opened(served, **options) as socket:
        await socket.say(type="connection_init")
        assert await socket.hear() == {"type": "connection_ack"}
        yield socket


async def closes(served: Served, message: Any) -> Closed:
    """Return how a socket of its own is closed that has sent a message (as an object, or raw)."""
    async with acknowledged(served) as socket:
        await socket.say_raw(message if isinstance(message, str | bytes) else json.dumps(message))
        return await socket.closed()
