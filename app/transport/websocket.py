"""GraphQL over WebSocket: the graphql-transport-ws protocol, many operations on one connection."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from graphql import OperationType

from app.errors import LimitExceeded
from app.transport.documents import Refused
from app.transport.messages import SUBPROTOCOL, ClientMessage, Close, CloseCode, read_message
from app.transport.results import Unencodable, encode
from app.transport.sending import send_at_once
from app.transport.subscriptions import Ended
from app.transport.wire_errors import WireError, error_of
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.transport.execution import Engine
    from app.transport.origins import Origins
    from app.transport.parameters import GraphQLRequest
    from app.transport.results import Result
    from app.transport.subscriptions import Event

__all__ = ["WebSocketTransport"]

_DRAIN_SECONDS: Final = 8.0
"""How long running queries and mutations of a connection may take once the server drains."""
_MOST_AT_ONCE: Final = 16
"""Queries and mutations of a connection that run at a time: what many of them answer at once holds others up."""


class WebSocketTransport:
    """Serves one connection at a time as an ASGI callable.

    Args:
        engine: Who runs requests.
        origins: Which web pages may connect.
    """

    def __init__(self, engine: Engine, *, origins: Origins) -> None:
        self._engine = engine
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it is closed."""
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
        connection = _Connection(self._engine, receive, send)
        with ExitStack() as held:
            try:
                held.enter_context(self._engine.admission.connection())
            except LimitExceeded as error:
                await connection.refuse(error)
            else:
                await connection.serve()


class _Connection:
    """One accepted connection and its running operations."""

    def __init__(self, engine: Engine, receive: Receive, send: Send) -> None:
        self._engine = engine
        self._receive = receive
        self._send = send
        self._sending = asyncio.Lock()
        self._turns = asyncio.Semaphore(_MOST_AT_ONCE)
        self._initialised = False
        self._is_closed = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._closing: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._drain: asyncio.Task[None] | None = None

    async def refuse(self, error: LimitExceeded) -> None:
        """Close at once; a browser tells its page of no answer to a handshake, but of a close code and its reason."""
        reason = f"{error.code}: {error.extensions['limit']} connections are open, see {error.extensions['setting']}"
        await self._close(Close(CloseCode.TRY_AGAIN, reason))

    async def serve(self) -> None:
        """Serve it until one side closes it."""
        timeout = asyncio.get_running_loop().call_later(
            self._engine.limits.init_timeout_seconds, self._check_initialised
        )
        reading = asyncio.create_task(self._read())
        try:
            with self._engine.on_drain(self._begin_drain):
                if self._engine.draining:
                    self._begin_drain()
                ends: list[asyncio.Future[Any]] = [reading, self._closing]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timeout.cancel()
            tasks = [reading, *self._operations.values(), *([self._drain] if self._drain else ())]
            self._operations.clear()
            for task in tasks:
                task.cancel()
            if self._closing.done():
                await self._close(self._closing.result())
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, close: Close) -> None:
        self._is_closed = True
        with suppress(Exception):  # the client may be gone: then there is nobody to tell
            async with asyncio.timeout(self._engine.limits.send_timeout_seconds):
                await self._send({"type": "websocket.close", "code": int(close.code), "reason": close.reason})

    def _give_up(self, close: Close) -> None:
        if not self._closing.done():
            self._closing.set_result(close)

    def _check_initialised(self) -> None:
        if not self._initialised:
            self._give_up(Close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout"))

    def _begin_drain(self) -> None:
        if self._drain is None:
            self._drain = asyncio.create_task(self._finish_and_close())

    async def _finish_and_close(self) -> None:
        """Let operations end (subscriptions end at once), then close."""
        if self._operations:
            await asyncio.wait(self._operations.values(), timeout=_DRAIN_SECONDS)
        self._give_up(Close(CloseCode.DRAINING, "Service is shutting down"))

    async def _read(self) -> None:
        try:
            while True:
                event = await self._receive()
                if event["type"] == "websocket.disconnect":
                    return
                text = event.get("text")
                data = event.get("bytes") or b"" if text is None else text
                await self._handle(await read_message(data, max_bytes=self._engine.limits.max_body_bytes))
        except Close as close:
            self._give_up(close)

    async def _handle(self, message: ClientMessage) -> None:
        match message.type:
            case "connection_init":
                if self._initialised:
                    raise Close(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
                self._initialised = True
                await self._write({"type": "connection_ack"})
            case "ping":
                await self._write({"type": "pong", **({} if message.payload is None else {"payload": message.payload})})
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                task = self._operations.pop(message.id, None)
                if task is not None:
                    task.cancel()

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
            self._operations[operation_id] = asyncio.create_task(self._operate(operation_id, request))

    async def _operate(self, operation_id: str, request: GraphQLRequest) -> None:
        try:
            try:
                await self._answer(operation_id, request)
            except (Refused, Ended, Unencodable) as ended:
                await self._write({"id": operation_id, "type": "error", "payload": ended.errors}, last=True)
            else:
                await self._write({"id": operation_id, "type": "complete"}, last=True)
        except Close as close:
            self._give_up(close)
        except OSError:
            pass  # the client has gone: there is nobody to tell
        finally:
            self._forget(operation_id)

    def _forget(self, operation_id: str) -> None:
        """Free an operation's id, unless it is another's already."""
        if self._operations.get(operation_id) is asyncio.current_task():
            del self._operations[operation_id]

    async def _answer(self, operation_id: str, request: GraphQLRequest) -> None:
        prepared = await self._engine.prepare(request)
        if prepared.operation.type is not OperationType.SUBSCRIPTION:
            async with self._turns:
                await self._next(operation_id, await self._engine.run(prepared, request))
            return
        subscription = self._engine.subscription(prepared, request)
        async with aclosing(
            subscription.events(push=partial(self._push, operation_id, asyncio.current_task()))
        ) as events:
            async for event in events:
                await self._next(operation_id, event.result)

    async def _next(self, operation_id: str, result: Result) -> None:
        if not result.executed:
            raise Refused(list(result.errors))
        await self._write({"id": operation_id, "type": "next", "payload": result.as_dict()})

    def _push(self, operation_id: str, task: asyncio.Task[Any] | None, event: Event) -> bool:
        """Send an answer of a subscription at once, unless it was completed, or something else has to be sent first."""
        if self._operations.get(operation_id) is not task or self._sending.locked() or self._closing.done():
            return False
        try:
            text = encode({"id": operation_id, "type": "next", "payload": event.result.as_dict()}).decode()
            return send_at_once(self._send, {"type": "websocket.send", "text": text})
        except Exception:  # told where the answer is pulled
            return False

    async def _error(self, operation_id: str, errors: list[WireError]) -> None:
        await self._write({"id": operation_id, "type": "error", "payload": errors})

    async def _write(self, message: dict[str, Any], *, last: bool = False) -> None:
        """Send a message; the id of an operation is free before its last one leaves."""
        text = encode(message).decode()
        try:
            async with self._sending, asyncio.timeout(self._engine.limits.send_timeout_seconds):
                if last:
                    self._forget(message["id"])
                if not self._is_closed:
                    await self._send({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Close(CloseCode.TRY_AGAIN, "The client reads too slowly") from None
