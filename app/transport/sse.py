"""GraphQL as server-sent events, in the 'distinct connections' mode of the graphql-sse protocol.

One request, one stream: ``next`` for each answer, its ``id`` being the position to go on from, then ``complete``.
A client that comes back with ``Last-Event-ID`` goes on right after that position.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack, aclosing, suppress
from typing import TYPE_CHECKING, Any, Final

from graphql import OperationType

from app.errors import LimitExceeded
from app.transport.documents import Refused
from app.transport.results import Result, Unencodable
from app.transport.sending import send_at_once
from app.transport.subscriptions import Ended
from app.transport.wire_errors import error_of
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from starlette.types import Receive, Send

    from app.transport.execution import Engine
    from app.transport.parameters import GraphQLRequest
    from app.transport.wire_errors import WireError

__all__ = ["EventStream", "last_event_id"]

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
]
_COMPLETE: Final = b"event: complete\ndata:\n\n"
_ALIVE: Final = b":\n\n"


def last_event_id(header: str | None) -> int | None:
    """Return the position of a ``Last-Event-ID`` header.

    Raises:
        BadUserInput: It is none that this server has sent.
    """
    if header is None or not header.strip():
        return None
    text = header.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise BadUserInput("The header Last-Event-ID is not a position of this server.")
    return int(text)


class EventStream:
    """Serves requests as event streams.

    Args:
        engine: Who runs requests.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def serve(
        self, request: GraphQLRequest, receive: Receive, send: Send, *, resume_position: int | None, read_only: bool
    ) -> None:
        """Answer a request with a stream, until it is complete or the client has gone.

        Args:
            request: What is asked.
            receive: ASGI's.
            send: ASGI's.
            resume_position: The client's ``Last-Event-ID``.
            read_only: Refuse mutations, since the request came by GET.
        """
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        writer = _Writer(send, self._engine.limits.send_timeout_seconds)
        await writer.write(_ALIVE)
        with ExitStack() as held:
            try:
                held.enter_context(self._engine.admission.connection())
            except LimitExceeded as error:
                await writer.end([error_of(error)])
            else:
                answer = self._answer(request, writer, resume_position=resume_position, read_only=read_only)
                await self._run(answer, writer, receive)

    async def _run(self, answer: Coroutine[Any, Any, None], writer: _Writer, receive: Receive) -> None:
        """Answer until that is done, or the client is gone or does not read."""
        tasks = {
            asyncio.create_task(answer),
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(writer.keep_alive(self._engine.limits.keep_alive_seconds)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            with suppress(TimeoutError):  # the client does not read: there is nobody to tell
                task.result()

    async def _answer(
        self, request: GraphQLRequest, writer: _Writer, *, resume_position: int | None, read_only: bool
    ) -> None:
        try:
            await self._events(request, writer, resume_position=resume_position, read_only=read_only)
        except (Refused, Ended, Unencodable) as ended:
            await writer.end(ended.errors)
        else:
            await writer.end()

    async def _events(
        self, request: GraphQLRequest, writer: _Writer, *, resume_position: int | None, read_only: bool
    ) -> None:
        prepared = await self._engine.prepare(request)
        scope = self._engine.scope(resume_position=resume_position)
        if prepared.operation.type is not OperationType.SUBSCRIPTION:
            if read_only and prepared.operation.type is OperationType.MUTATION:
                raise Refused([error_of(BadUserInput("A mutation must be sent by POST."))])
            await writer.next(await self._engine.run(prepared, request, scope), None)
            return
        subscription = self._engine.subscription(prepared, request, scope)
        async with aclosing(subscription.events(push=writer.push)) as events:
            async for event in events:
                await writer.next(event.result, event.position)


class _Writer:
    """Writes to one stream; a client that does not read is given up after a while."""

    def __init__(self, send: Send, timeout_seconds: float) -> None:
        self._send = send
        self._timeout_seconds = timeout_seconds
        self._lock = asyncio.Lock()
        self._silent = True

    async def next(self, result: Result, position: int | None) -> None:
        await self.write(_next(result, position))

    async def end(self, errors: Sequence[WireError] = ()) -> None:
        """Tell why, where something went wrong, and complete."""
        with suppress(TimeoutError):
            if errors:
                await self.next(Result(executed=False, errors=errors), None)
            await self.write(_COMPLETE, last=True)

    def push(self, result: Result, position: int | None) -> bool:
        """Write an answer at once, unless something else is being written or the client is slow."""
        if self._lock.locked():
            return False
        self._silent = False
        try:
            data = _next(result, position)
            return send_at_once(self._send, {"type": "http.response.body", "body": data, "more_body": True})
        except Exception:  # told where the answer is pulled
            return False

    async def write(self, data: bytes, *, last: bool = False) -> None:
        self._silent = False
        async with self._lock, asyncio.timeout(self._timeout_seconds):
            await self._send({"type": "http.response.body", "body": data, "more_body": not last})

    async def keep_alive(self, pause_seconds: float) -> None:
        while True:
            self._silent = True
            await asyncio.sleep(pause_seconds)
            if self._silent:
                await self.write(_ALIVE)


def _next(result: Result, position: int | None) -> bytes:
    event_id = b"" if position is None else b"id: %d\n" % position
    return b"event: next\n%sdata: %s\n\n" % (event_id, result.encode())


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
