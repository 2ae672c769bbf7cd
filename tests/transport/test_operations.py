"""What an operation still has to say once its client has completed it: nothing, for its id may be another's."""

from __future__ import annotations

import asyncio

from app.transport.operations import Operations
from app.transport.parameters import GraphQLRequest
from app.transport.results import Result
from tests.transport.sockets import WATCH
from tests.transport.support import Shelf


class NarrowLink:
    """A connection whose room the test decides on."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.free = asyncio.Event()
        self.free.set()

    @property
    def has_room(self) -> bool:
        return self.free.is_set()

    async def room(self) -> None:
        await self.free.wait()

    def send_text(self, text: bytes, tail: bytes = b"") -> None:
        self.sent.append(text + tail)

    def close(self, code: int, reason: str = "") -> None: ...

    def hand_over(self, handler: object, *, stall_seconds: float) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def test_an_event_that_comes_just_after_is_not_sent() -> None:
    shelf, link = Shelf(), NarrowLink()
    operations = Operations(shelf.engine(), link, turns=asyncio.Semaphore(1))
    operations.start("1", GraphQLRequest(WATCH))
    await shelf.watched()
    left = operations._running["1"]
    operations.end("1")
    operations.start("1", GraphQLRequest("{ wait }"))
    assert left._push(Result(data={}), None) is False
    await shelf.watched(0)
    assert link.sent == []
    operations.end_all()


async def test_a_last_message_that_waits_for_room_is_not_sent_after_all() -> None:
    shelf, link = Shelf(), NarrowLink()
    operations = Operations(shelf.engine(), link, turns=asyncio.Semaphore(1))
    link.free.clear()
    operations.start("1", GraphQLRequest("{ nothing }"))
    for _ in range(100):
        await asyncio.sleep(0)
    operations.end("1")
    operations.start("1", GraphQLRequest("{ echo(value: 1) }"))
    link.free.set()
    await operations.emptied(timeout_seconds=5)
    assert link.sent == [b'{"id":"1","type":"next","payload":{"data":{"echo":1}}}', b'{"id":"1","type":"complete"}']
