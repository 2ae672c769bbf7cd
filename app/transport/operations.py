"""One operation of a WebSocket connection, from its ``subscribe`` to its ``complete``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from graphql import OperationType

from app.tasks import end_tasks
from app.transport.documents import Refused
from app.transport.results import Unencodable, encode
from app.transport.subscriptions import IDLE, Ended

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from app.transport.execution import Engine
    from app.transport.links import Link
    from app.transport.parameters import GraphQLRequest
    from app.transport.results import Result
    from app.transport.subscriptions import Event
    from app.transport.wire_errors import WireError

__all__ = ["Operation", "Operations"]

_PATIENCE_SECONDS: Final = 0.5


class Operations:
    """The operations of one connection, by id.

    Args:
        engine: Who runs them.
        link: Who takes their messages.
        turns: Limits how many queries and mutations run at once.
    """

    __slots__ = ("_emptied", "_running", "engine", "link", "turns")

    def __init__(self, engine: Engine, link: Link, *, turns: asyncio.Semaphore) -> None:
        self.engine = engine
        self.link = link
        self.turns = turns
        self._running: dict[str, Operation] = {}
        self._emptied: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, operation_id: str) -> bool:
        return operation_id in self._running

    def start(self, operation_id: str, request: GraphQLRequest) -> None:
        """Run a request under an id that is free."""
        operation = self._running[operation_id] = Operation(self, operation_id)
        operation.start(request)

    def end(self, operation_id: str) -> None:
        """End an operation without a word; its id is free at once."""
        operation = self._running.get(operation_id)
        if operation is not None:
            self.leave(operation)
            operation.end()

    def end_all(self) -> None:
        """End every operation without a word."""
        for operation_id in list(self._running):
            self.end(operation_id)

    def has(self, operation: Operation) -> bool:
        """Return whether an operation still runs for its client."""
        return self._running.get(operation.id) is operation

    def leave(self, operation: Operation) -> None:
        """Free an operation's id, unless it is another's already."""
        if self.has(operation):
            del self._running[operation.id]
            if not self._running and self._emptied is not None and not self._emptied.done():
                self._emptied.set_result(None)

    async def emptied(self, *, timeout_seconds: float) -> None:
        """Return when nothing runs any more, or after the time."""
        if self._running:
            self._emptied = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._emptied], timeout=timeout_seconds)

    async def write(self, text: bytes, tail: bytes = b"") -> None:
        """Send a message once there is room for it."""
        if not self.link.has_room:
            await self.link.room()
        self.link.send_text(text, tail)


class Operation:
    """One operation. It has a task only while it has something to do: an idle subscription is woken when it has.

    Args:
        operations: Those of its connection.
        operation_id: The client's name for it.
    """

    __slots__ = ("_events", "_head", "_link", "_operations", "_task", "id")

    def __init__(self, operations: Operations, operation_id: str) -> None:
        self.id = operation_id
        self._operations = operations
        self._link = operations.link
        self._head = encode({"id": operation_id, "type": "next", "payload": None}).removesuffix(b"null}")
        self._events: AsyncGenerator[Event, None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, request: GraphQLRequest) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(request))

    def end(self) -> None:
        """End it for its client, who has left it already: nothing is sent for it any more."""
        task = self._task
        if task is not None:
            task.cancel()
        self._task = asyncio.create_task(self._end(task))

    async def _end(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            _, pending = await asyncio.wait([task], timeout=_PATIENCE_SECONDS)
            await end_tasks(pending)
        await self._close()

    def _wake(self) -> None:
        """Go on with what an idle subscription has to tell."""
        if self._task is None and self._events is not None:
            self._task = asyncio.create_task(self._run())

    async def _run(self, request: GraphQLRequest | None = None) -> None:
        """Do what there is to do, and tell the end where it is one."""
        is_idle = False
        try:
            is_idle = not await self._told(request)
        finally:
            if not is_idle:
                self._operations.leave(self)
                await self._close()
            if self._task is asyncio.current_task():
                self._task = None

    async def _told(self, request: GraphQLRequest | None) -> bool:
        try:
            if request is not None:
                await self._begin(request)
            if self._events is not None and await self._comes_to_rest(self._events):
                return False
        except (Refused, Ended, Unencodable) as ended:
            await self._last("error", ended.errors)
        else:
            await self._last("complete")
        return True

    async def _last(self, kind: str, errors: list[WireError] | None = None) -> None:
        """Send the last message, unless the client completes first: its id may then be another operation's."""
        payload = {} if errors is None else {"payload": errors}
        text = encode({"id": self.id, "type": kind, **payload})
        link = self._operations.link
        if not link.has_room:
            await link.room()
        if self._operations.has(self):
            self._operations.leave(self)
            link.send_text(text)

    async def _begin(self, request: GraphQLRequest) -> None:
        engine = self._operations.engine
        prepared = await engine.prepare(request)
        if prepared.operation.type is OperationType.SUBSCRIPTION:
            self._events = engine.subscription(prepared, request).events(push=self._push, wake=self._wake)
            return
        async with self._operations.turns:
            await self._next(await engine.run(prepared, request))

    async def _comes_to_rest(self, events: AsyncGenerator[Event, None]) -> bool:
        """Send what there is; return whether the subscription then is idle, False where it has ended."""
        async for event in events:
            if event is IDLE:
                return True
            await self._next(event.result)
        return False

    async def _next(self, result: Result) -> None:
        if not result.executed:
            raise Refused(list(result.errors))
        text, link = result.enclosed(), self._operations.link
        if not link.has_room:
            await link.room()
        if self._operations.has(self):
            link.send_text(self._head, text)

    def _push(self, result: Result, _position: int | None) -> bool:
        """Send an answer at once, unless the client is slow (then it waits where waiting is bounded) or has left."""
        return self._operations.has(self) and self._link.push_text(self._head, result.enclosed())

    async def _close(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            await events.aclose()
