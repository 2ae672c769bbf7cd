"""A small HTTP/1.1 client that costs less than the servers it measures.

One keep-alive connection, one request at a time, requests prepared as bytes beforehand. About ten times cheaper than
a general client, so that a second core is enough to load a server.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, Self, cast

import httptools
import orjson

__all__ = ["Connection", "HttpProtocol", "Response", "get_request", "graphql_request"]


class Response(NamedTuple):
    """One whole answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return orjson.loads(self.body)


def get_request(path: str) -> bytes:
    """Return the bytes of a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()


def graphql_request(query: str, variables: dict[str, Any] | None = None, *, path: str = "/graphql") -> bytes:
    """Return the bytes of a POST request with a GraphQL document and its variables."""
    body = orjson.dumps({"query": query, "variables": variables or {}})
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class HttpProtocol(asyncio.Protocol):
    """The client's side of one keep-alive connection; what to do with an answer is up to the subclass."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []

    @classmethod
    async def open(cls, port: int, *, host: str = "127.0.0.1") -> Self:
        """Connect."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    def answered(self, status: int, body: bytes) -> None:
        """Take a whole answer."""
        raise NotImplementedError

    def failed(self) -> None:
        """Learn that the server closed the connection."""
        raise NotImplementedError

    def write(self, request: bytes) -> None:
        """Send one prepared request.

        Raises:
            ConnectionError: The server closed the connection.
        """
        if self._transport is None:
            raise ConnectionResetError("the server closed the connection")
        self._transport.write(request)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Pass it on."""
        self._transport = None
        self.failed()

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        self._parser.feed_data(data)

    # What httptools calls.

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Hand over the answer."""
        body = b"".join(self._pieces)
        self._pieces.clear()
        self.answered(self._parser.get_status_code(), body)


class Connection(HttpProtocol):
    """One request at a time, awaited."""

    def __init__(self) -> None:
        super().__init__()
        self._waiter: asyncio.Future[Response] | None = None

    async def send(self, request: bytes) -> Response:
        """Send one prepared request and return its answer.

        Raises:
            ConnectionError: The server closed the connection.
        """
        self._waiter = asyncio.get_running_loop().create_future()
        self.write(request)
        return await self._waiter

    def answered(self, status: int, body: bytes) -> None:
        """Wake whoever waits."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(Response(status, body))

    def failed(self) -> None:
        """Fail the request that waits, if one does."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError("the server closed the connection"))
