"""GraphQL over WebSocket: the graphql-transport-ws protocol, many operations on one connection."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from app.errors import LimitExceeded
from app.transport.links import link_of
from app.transport.messages import SUBPROTOCOL, ClientMessage, Close, CloseCode, read_message
from app.transport.operations import Operations
from app.transport.results import encode
from app.transport.wire_errors import WireError, error_of
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.transport.execution import Engine
    from app.transport.links import Link
    from app.transport.origins import Origins
    from app.transport.parameters import GraphQLRequest

__all__ = ["WebSocketTransport"]

_DRAIN_SECONDS: Final = 8.0
"""How long running queries and mutations of a connection may take once the server drains."""
_MOST_AT_ONCE: Final = 16
"""Queries and mutations of a connection that run at a time: what many of them answer at once holds others up."""

_logger = logging.getLogger(__name__)


class WebSocketTransport:
    """Accepts connections as an ASGI callable, and takes them over: no task waits for an idle one.

    Args:
        engine: Who runs requests.
        origins: Which web pages may connect.
    """

    def __init__(self, engine: Engine, *, origins: Origins) -> None:
        self._engine = engine
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Accept one connection, or refuse it."""
        await receive()  # websocket.connect
        if not self._origins.allow(scope):
            await send(
                {"type": "websocket.close", "code": CloseCode.FORBIDDEN, "reason": "This origin may not connect."}
            )
            return
        if SUBPROTOCOL not in scope.get("subprotocols", ()):
            await send({"type": "websocket.accept"})
            reason = f"The only subprotocol is {SUBPROTOCOL}."
            await send({"type": "websocket.close", "code": CloseCode.NO_SUBPROTOCOL, "reason": reason})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        link = link_of(scope)
        try:
            self._engine.admission.enter()
        except LimitExceeded as error:
            # A browser tells its page of no answer to a handshake, but of a close code and its reason.
            limit, setting = error.extensions["limit"], error.extensions["setting"]
            refusal = Close(CloseCode.TRY_AGAIN, f"{error.code}: {limit} connections are open, see {setting}")
            link.close(int(refusal.code), refusal.reason)
            return
        connection = _Connection(self._engine, link)
        link.hand_over(connection, stall_seconds=self._engine.limits.send_timeout_seconds)
        connection.begin()


class _Connection:
    """One accepted connection and its running operations; has a task only while there are messages to handle."""

    __slots__ = (
        "_draining",
        "_engine",
        "_initialised",
        "_is_closed",
        "_link",
        "_messages",
        "_operations",
        "_reading",
        "_timeout",
    )

    def __init__(self, engine: Engine, link: Link) -> None:
        self._engine = engine
        self._link = link
        self._operations = Operations(engine, link, turns=asyncio.Semaphore(_MOST_AT_ONCE))
        self._initialised = False
        self._is_closed = False
        self._messages: list[str | bytes] = []
        self._reading: asyncio.Task[None] | None = None
        self._timeout: asyncio.TimerHandle | None = None
        self._draining: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Wait for ``connection_init``."""
        seconds = self._engine.limits.init_timeout_seconds
        self._timeout = asyncio.get_running_loop().call_later(seconds, self._check_initialised)
        self._engine.connection_began(self)

    def received(self, data: str | bytes) -> None:
        """Handle a message after those before it; while there are some, nothing more is received."""
        self._messages.append(data)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        else:
            self._link.pause_reading()

    def lost(self, code: int, reason: str) -> None:  # noqa: ARG002 - the protocol's
        """End all operations: there is nobody to answer."""
        self._end()

    def drain(self) -> None:
        """Let operations end (subscriptions end by themselves), then close."""
        if self._draining is None:
            self._draining = asyncio.create_task(self._finish_and_close())

    async def _finish_and_close(self) -> None:
        await self._operations.emptied(timeout_seconds=_DRAIN_SECONDS)
        self._close(Close(CloseCode.DRAINING, "Service is shutting down"))

    def _close(self, close: Close) -> None:
        self._link.close(int(close.code), close.reason)
        self._end()

    def _end(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._engine.admission.leave()
        self._engine.connection_ended(self)
        self._messages.clear()
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
        for task in (self._reading, self._draining):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        self._operations.end_all()

    def _check_initialised(self) -> None:
        self._close(Close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout"))

    async def _read(self) -> None:
        try:
            while self._messages:
                data = self._messages.pop(0)
                await self._handle(await read_message(data, max_bytes=self._engine.limits.max_body_bytes))
        except Close as close:
            self._close(close)
        except Exception:
            _logger.exception("a message could not be handled")
            self._close(Close(CloseCode.INTERNAL_ERROR, "Internal server error"))
        finally:
            self._reading = None
            self._link.resume_reading()

    async def _handle(self, message: ClientMessage) -> None:
        match message.type:
            case "connection_init":
                if self._initialised:
                    raise Close(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
                self._initialised = True
                if self._timeout is not None:
                    self._timeout.cancel()
                    self._timeout = None
                await self._operations.write(encode({"type": "connection_ack"}))
            case "ping":
                payload = {} if message.payload is None else {"payload": message.payload}
                await self._operations.write(encode({"type": "pong", **payload}))
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                self._operations.end(message.id)

    async def _subscribe(self, message: ClientMessage) -> None:
        if not self._initialised:
            raise Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._operations:
            raise Close(CloseCode.DUPLICATE_ID, f"Subscriber for {message.id} already exists")
        if isinstance(message.request, BadUserInput):
            await self._error(message.id, [error_of(message.request)])
        elif message.request is not None:
            await self._begin(message.id, message.request)

    async def _begin(self, operation_id: str, request: GraphQLRequest) -> None:
        try:
            self._engine.admission.check_operations(len(self._operations))
        except LimitExceeded as error:
            await self._error(operation_id, [error_of(error)])
        else:
            self._operations.start(operation_id, request)

    async def _error(self, operation_id: str, errors: list[WireError]) -> None:
        await self._operations.write(encode({"id": operation_id, "type": "error", "payload": errors}))
