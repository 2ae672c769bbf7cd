"""WebSocket frames of all sorts: in pieces, by the thousand, and such as are none."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tests.transport.sockets import PROTOCOL, WATCH, Socket, acknowledged
from tests.transport.support import Served, Shelf, serving

MAX_BYTES = 100_000


@pytest.fixture
async def served(shelf: Shelf) -> AsyncIterator[Served]:
    async with serving(shelf.engine(max_body_bytes=MAX_BYTES)) as running:
        yield running


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Socket]:
    async with acknowledged(served) as running:
        yield running


class Wire:
    """A connection of frames as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def send(self, *frames: Frame) -> None:
        self.writer.write(b"".join(frame.serialize(mask=True) for frame in frames))

    async def receive(self) -> Frame:
        """Return the next frame; an empty continuation when the connection has ended without one."""
        try:
            return await self._frame()
        except (asyncio.IncompleteReadError, ConnectionError):
            return Frame(Opcode.CONT, b"")

    async def _frame(self) -> Frame:
        async with asyncio.timeout(10):
            first, second = await self._reader.readexactly(2)
            length = second & 0x7F
            if length >= 126:
                length = int.from_bytes(await self._reader.readexactly(2 if length == 126 else 8))
            return Frame(Opcode(first & 0x0F), await self._reader.readexactly(length))


@contextlib.asynccontextmanager
async def wire(served: Served) -> AsyncIterator[Wire]:
    """Shake hands, and leave the rest to the test."""
    address = urlsplit(served.url)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 200_000)  # so that what is not read waits at the server
    small.setblocking(False)
    await asyncio.get_running_loop().sock_connect(small, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=small)
    writer.write(
        f"GET /graphql HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


def text(message: Any, *, final: bool = True) -> Frame:
    return Frame(Opcode.TEXT, json.dumps(message).encode(), final)


async def test_a_message_in_fragments_is_one_message(client: Socket) -> None:
    message = '{"type": "ping", "payload": {"é": "€ 𝄞"}}'.encode()
    for size in (1, 2, 3, 7):  # characters of several bytes are cut as well
        pieces = [message[at : at + size] for at in range(0, len(message), size)]
        await client.connection.send(pieces, text=True)
        assert await client.hear() == {"type": "pong", "payload": {"é": "€ 𝄞"}}


async def test_control_frames_and_empty_fragments_may_come_between(served: Served) -> None:
    async with wire(served) as bare:
        bare.send(
            Frame(Opcode.TEXT, b'{"type": "connec', fin=False),
            Frame(Opcode.PING, b"1"),
            Frame(Opcode.CONT, b"", fin=False),
            Frame(Opcode.PONG, b"nobody asked"),
            Frame(Opcode.CONT, b'tion_init"}', fin=True),
        )
        assert await bare.receive() == Frame(Opcode.PONG, b"1")
        assert json.loads((await bare.receive()).data) == {"type": "connection_ack"}


async def test_fragments_count_together_and_each_alone_towards_the_greatest_size(client: Socket) -> None:
    with contextlib.suppress(ConnectionClosed):
        await client.connection.send(["x" * 1_000] * (MAX_BYTES // 1_000 + 1))
    assert (await client.closed()).code == 1009


async def test_a_message_of_the_greatest_size_is_read_and_one_byte_more_is_too_much(served: Served) -> None:
    frame = len('{"type": "ping", "payload": {"a": ""}}')
    async with acknowledged(served) as client:
        await client.say_raw('{"type": "ping", "payload": {"a": "' + "x" * (MAX_BYTES - frame) + '"}}')
        assert len((await client.hear())["payload"]["a"]) == MAX_BYTES - frame
        await client.say_raw('{"type": "ping", "payload": {"a": "' + "x" * (MAX_BYTES - frame + 1) + '"}}')
        assert (await client.closed()).code == 1009


async def test_text_that_is_no_utf_8_closes_the_socket(served: Served) -> None:
    for data in (b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf0\x9d\x84"):
        async with wire(served) as bare:
            bare.send(Frame(Opcode.TEXT, data))
            frame = await bare.receive()
            assert (frame.opcode, bytes(frame.data[:2])) == (Opcode.CLOSE, (1007).to_bytes(2))


async def test_a_flood_of_small_frames_is_handled_in_order_and_whole(served: Served) -> None:
    async with wire(served) as bare:
        bare.send(text({"type": "connection_init"}))
        count = 30_000
        bare.send(*(Frame(Opcode.PONG, b"") for _ in range(count)))
        bare.send(*(text({"type": "pong", "payload": {"at": at}}) for at in range(2_000)))
        bare.send(*(text({"type": "ping", "payload": {"at": at}}) for at in range(500)))
        bare.send(text({"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}))
        heard = [json.loads((await bare.receive()).data) for _ in range(503)]
    assert [message["payload"]["at"] for message in heard[1:501]] == list(range(500))
    assert [message["type"] for message in heard[501:]] == ["next", "complete"]


async def test_who_pings_without_reading_gets_no_more_answers_than_there_is_room(served: Served, shelf: Shelf) -> None:
    count, last = 50_000, b"last".ljust(125, b"!")
    async with wire(served) as bare:
        bare.send(text({"type": "connection_init"}))
        assert (await bare.receive()).opcode is Opcode.TEXT
        for _ in range(count // 1_000):
            bare.send(*[Frame(Opcode.PING, b"x" * 125)] * 1_000)
            await bare.writer.drain()
        bare.send(Frame(Opcode.PING, last))
        bare.send(text({"id": "1", "type": "subscribe", "payload": {"query": WATCH}}))
        await shelf.watched()  # all that was sent has been handled
        answers = 1
        while (await bare.receive()).data != last:
            answers += 1
    assert answers < count


async def test_a_client_that_is_gone_without_a_word_is_forgotten(served: Served, shelf: Shelf) -> None:
    async with wire(served) as bare:
        bare.send(text({"type": "connection_init"}))
        bare.send(text({"id": "1", "type": "subscribe", "payload": {"query": WATCH}}))
        await shelf.watched()
        bare.send(Frame(Opcode.TEXT, b'{"type": "pi', fin=False))
    await shelf.watched(0)
    assert served.engine.admission.connections == 0


async def test_a_peer_that_answers_no_ping_is_gone(shelf: Shelf) -> None:
    async with serving(shelf.engine(keep_alive_seconds=0.3)) as served:
        async with wire(served) as silent, acknowledged(served) as answering:
            await answering.subscribe(WATCH)
            silent.send(text({"type": "connection_init"}))
            silent.send(text({"id": "1", "type": "subscribe", "payload": {"query": WATCH}}))
            await shelf.watched(2)
            heard = []
            while (frame := await silent.receive()).opcode is not Opcode.CONT:
                heard.append(frame.opcode)
            assert Opcode.PING in heard
            await shelf.watched(1)
            assert await answering.hear_all() == []
