"""The handler that runs an ASGI application on a connection."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from uvicorn.protocols.utils import ClientDisconnected, get_client_addr, get_path_with_query_string

from app.process.websockets import handshake

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from app.process.websockets.connection import Connection

__all__ = ["Bridge", "scope_of"]

_logger = logging.getLogger("uvicorn.error")  # where uvicorn tells of connections
_FAILED: Final = (500, [(b"content-type", b"text/plain; charset=utf-8")], b"Internal Server Error")


def scope_of(http: Mapping[str, Any], url: bytes) -> dict[str, Any]:
    """Return the ASGI scope of a WebSocket.

    Args:
        http: The scope of the request that asks for it, headers included.
        url: The request's target.
    """
    raw_path, _, query = url.partition(b"?")
    return {
        **{name: http[name] for name in ("client", "server", "headers", "root_path", "state")},
        "type": "websocket",
        "asgi": {**http["asgi"], "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if http["scheme"] == "https" else "ws",
        "path": http["root_path"] + unquote(raw_path.decode("ascii")),
        "raw_path": http["root_path"].encode("ascii") + raw_path,
        "query_string": query,
        "subprotocols": handshake.subprotocols(http["headers"]),
    }


class Bridge:
    """Runs an application until it returns, or takes the connection over.

    Args:
        connection: Whose handler this is.
        scope: The application's; gains ``extensions``.
        key: What answers the client's key.
        headers: What every response of the server has.
    """

    def __init__(
        self,
        connection: Connection,
        scope: dict[str, Any],
        *,
        key: bytes,
        headers: Sequence[tuple[bytes, bytes]],
    ) -> None:
        self._connection = connection
        self._scope = scope
        self._key = key
        self._headers = headers
        self._messages: deque[dict[str, Any]] = deque([{"type": "websocket.connect"}])
        self._waiting: asyncio.Future[None] | None = None
        self._answered = False
        self._refusal: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._body = b""
        scope["extensions"] = {"websocket.http.response": {}, "kindgraph.connection": connection}

    async def run(self, application: Any) -> None:
        """Run the application; nothing is raised but cancellation."""
        code = 1000
        try:
            await application(self._scope, self._receive, self._send)
        except ClientDisconnected:
            pass
        except Exception:
            _logger.exception("Exception in ASGI application\n")
            code = 1011
        if not self._answered:
            self._connection.refuse(*_FAILED)
        elif self._connection.handler is self:
            self._connection.close(code)

    def received(self, data: str | bytes) -> None:
        """Queue a message for the application, and receive no more until it has taken it."""
        name = "text" if isinstance(data, str) else "bytes"
        self._put({"type": "websocket.receive", name: data})
        self._connection.pause_reading()

    def lost(self, code: int, reason: str) -> None:
        """Tell the application."""
        self._put({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _put(self, message: dict[str, Any]) -> None:
        self._messages.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _receive(self) -> dict[str, Any]:
        while not self._messages:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        message = self._messages.popleft()
        if message["type"] == "websocket.disconnect":
            self._messages.append(message)
        elif not self._messages and message["type"] == "websocket.receive":
            self._connection.resume_reading()
        return message

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if self._answered:
            await self._send_open(message)
            return
        match message["type"]:
            case "websocket.accept":
                self._accept(message)
            case "websocket.close":
                self._refuse(403, [], b"")
            case "websocket.http.response.start":
                self._refusal = message["status"], list(message.get("headers", []))
            case "websocket.http.response.body" if self._refusal is not None:
                self._body += message.get("body", b"")
                if not message.get("more_body", False):
                    self._refuse(*self._refusal, self._body)
            case other:
                raise RuntimeError(f"Unexpected ASGI message '{other}' before the connection was accepted.")

    async def _send_open(self, message: MutableMapping[str, Any]) -> None:
        connection = self._connection
        match message["type"]:
            case "websocket.send":
                if not connection.has_room:
                    await connection.room()
                if not connection.is_open:
                    raise ClientDisconnected
                if message.get("bytes") is not None:
                    connection.send_binary(message["bytes"])
                else:
                    connection.send_text(message["text"].encode())
            case "websocket.close":
                connection.close(message.get("code", 1000), message.get("reason") or "")
            case other:
                raise RuntimeError(f"Unexpected ASGI message '{other}' after the connection was answered.")

    def _accept(self, message: Mapping[str, Any]) -> None:
        headers = [*self._headers, *message.get("headers", [])]
        if message.get("subprotocol"):
            headers.append((b"sec-websocket-protocol", message["subprotocol"].encode()))
        self._answered = True
        self._log("[accepted]")
        self._connection.open(self._key, headers)

    def _refuse(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        self._answered = True
        self._log(status)
        self._connection.refuse(status, [*self._headers, *headers], body)

    def _log(self, outcome: object) -> None:
        scope: Any = self._scope
        _logger.info('%s - "WebSocket %s" %s', get_client_addr(scope), get_path_with_query_string(scope), outcome)
