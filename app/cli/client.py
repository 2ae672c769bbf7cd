"""A GraphQL client of one server: requests, event streams and the SDL, over HTTP.

Every way in which it can fail is a ``CommandFailed`` (see ``failures``); nothing of httpx gets out.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import orjson

from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused, ServerUnreachable
from app.cli.output.text import printable, tolerate_encodings

__all__ = ["DEFAULT_SERVER", "Answer", "Client", "StreamBroken", "connect", "server_url"]

DEFAULT_SERVER: Final = "http://127.0.0.1:8000"
SERVER_VARIABLE: Final = "KINDGRAPH_SERVER"

_JSON: Final = "application/graphql-response+json, application/json;q=0.9"
_TIMEOUT: Final = httpx.Timeout(120, connect=10)
_STREAM_TIMEOUT: Final = httpx.Timeout(120, connect=10, read=45)
"""A watch sends a bookmark every 10 s: a stream that is silent for longer is dead."""


_LARGE_BYTES: Final = 4_000_000


class StreamBroken(Exception):
    """The connection of an event stream ended without an end from the server; it can be opened again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave.

    Attributes:
        data: The fields by response name; null where an error took them.
        extensions: Such as ``resourceVersion``, the commit position.
    """

    data: Mapping[str, Any]
    extensions: Mapping[str, Any] = field(default_factory=dict)


def server_url(given: str | None) -> str:
    """Return the base URL of the server to talk to: the option, the variable, or the default.

    Raises:
        CommandFailed: It is no HTTP URL.
    """
    text = given or os.environ.get(SERVER_VARIABLE) or DEFAULT_SERVER
    try:
        url = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL as error:
        raise CommandFailed(f"--server {printable(text)}: {error}", exit_code=2) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise CommandFailed(f"--server {printable(text)}: an http:// or https:// URL is needed", exit_code=2)
    return str(url).rstrip("/").removesuffix("/graphql")


@contextlib.asynccontextmanager
async def connect(server: str | None) -> AsyncIterator[Client]:
    """Return a client for the length of a command.

    Args:
        server: The ``--server`` option, None where it was not given.
    """
    url = server_url(server)
    tolerate_encodings()
    # A proxy of the environment leads away from this machine: it has no way to a server on it.
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=not _is_local(url)) as http:
        yield Client(http, url)


class Client:
    """Operations on one server."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self.url = url

    async def execute(self, document: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Run a query or mutation.

        Raises:
            RequestRefused: The server answered with errors.
            ServerUnreachable: There is no answer, or none of GraphQL.
        """
        headers = {"accept": _JSON, "content-type": "application/json"}
        body = _request_body(document, variables)
        try:
            response = await self._http.post(f"{self.url}/graphql", content=body, headers=headers)
        except httpx.HTTPError as error:
            if len(body) >= _LARGE_BYTES and isinstance(error, httpx.ReadError | httpx.WriteError):
                # A server that refuses a body need not read it: its answer can get lost with the connection.
                raise _too_large(len(body)) from None
            raise self._unreachable(error) from None
        if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise _too_large(len(body))
        return self._answer(response.status_code, response.content)

    async def sdl(self) -> AsyncIterator[str]:
        """Return the server's schema in pieces.

        Raises:
            ServerUnreachable: There is no answer, or none of Kindgraph.
        """
        try:
            async with self._http.stream("GET", f"{self.url}/schema.graphql") as response:
                if response.status_code != httpx.codes.OK:
                    raise ServerUnreachable(f"{self.url}/schema.graphql answered {response.status_code}")
                async for piece in response.aiter_text():
                    yield piece
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None

    async def events(self, document: str, variables: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Return the data of each result of a subscription.

        Raises:
            RequestRefused: The server refused it, or ended it for a reason.
            StreamBroken: The connection was lost.
            ServerUnreachable: There was none.
        """
        headers = {"accept": "text/event-stream", "content-type": "application/json"}
        body = _request_body(document, variables)
        opened = False
        try:
            async with self._http.stream(
                "POST", f"{self.url}/graphql", content=body, headers=headers, timeout=_STREAM_TIMEOUT
            ) as response:
                if not response.headers.get("content-type", "").startswith("text/event-stream"):
                    self._answer(response.status_code, await response.aread())
                    raise ServerUnreachable(f"{self.url}/graphql answered a watch without a stream of events")
                opened = True
                async for event, data in _server_sent_events(response.aiter_bytes()):
                    if event == "complete":
                        break
                    if event == "next":
                        yield _checked(_decoded(data)).data
        except httpx.HTTPError as error:
            if opened:
                raise StreamBroken from None
            raise self._unreachable(error) from None
        raise StreamBroken

    def _answer(self, status: int, content: bytes) -> Answer:
        result = _decoded(content)
        if not isinstance(result, Mapping) or not result.keys() & {"data", "errors"}:
            raise ServerUnreachable(f"{self.url}/graphql answered {status}, and not as a GraphQL server does")
        return _checked(result)

    def _unreachable(self, error: httpx.HTTPError) -> ServerUnreachable:
        if isinstance(error, httpx.TimeoutException):
            return ServerUnreachable(f"the server at {self.url} does not answer")
        if isinstance(error, httpx.ConnectError):
            reason = printable(str(error)) or "no connection"
            return ServerUnreachable(f"cannot reach the server at {self.url} ({reason}); is `kindgraph serve` running?")
        return ServerUnreachable(f"lost the server at {self.url} ({printable(str(error)) or type(error).__name__})")


def _too_large(size_bytes: int) -> RequestRefused:
    message = f"a request of {size_bytes / 1_000_000:.1f} MB is larger than the server takes"
    return RequestRefused([{"message": message, "extensions": {"code": "LIMIT_EXCEEDED"}}])


def _request_body(document: str, variables: Mapping[str, Any] | None) -> bytes:
    return orjson.dumps({"query": document, "variables": variables or {}})


def _decoded(content: bytes | str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _checked(result: Any) -> Answer:
    """Return the answer that a GraphQL response holds, or raise its errors."""
    if not isinstance(result, Mapping):
        raise RequestRefused([{"message": "the server sent a result that cannot be read"}])
    if errors := result.get("errors"):
        raise RequestRefused(errors if isinstance(errors, list) else [])
    return Answer(result.get("data") or {}, result.get("extensions") or {})


async def _server_sent_events(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, bytes]]:
    """Return (event, data) of each event of a stream, by the rules of the HTML standard that matter here."""
    event, data = "message", list[bytes]()
    async for line in _lines(pieces):
        if not line:
            if data or event != "message":
                yield event, b"\n".join(data)
            event, data = "message", []
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            event = value.decode(errors="replace")
        elif name == b"data":
            data.append(value)


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Split a stream at line feeds alone: strings of JSON may hold whatever else Unicode calls a line break."""
    parts: list[bytes] = []
    async for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for line in ended:
            parts.append(line)
            yield b"".join(parts).removesuffix(b"\r")
            parts = []
        if rest:
            parts.append(rest)


def _is_local(url: str) -> bool:
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
