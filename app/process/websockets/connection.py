"""One WebSocket connection on its transport: frames, pings, stalls, and both ways to close it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from app.process.websockets import handshake
from app.process.websockets.frames import FrameReader, Opcode, Violation, close_frame, frame, head, read_close

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uvicorn.server import ServerState

__all__ = ["Connection", "Handler"]

STALL_SECONDS: Final = 20.0
PING_SECONDS: Final = 20.0
_CLOSE_SECONDS: Final = 10.0
_COPIED_BYTES: Final = 16_384
"""Longer messages are handed to the transport in pieces, so that connections share what they have in common."""
_PIECE_BYTES: Final = 16_384
"""What is read at a time: a frame may have 6 bytes, and others have their turn between thousands of them."""
_GONE: Final = 1006
_NOTHING: Final = b""
_USUAL_HEAD: Final = head(Opcode.TEXT, 126)[:2]


class Handler(Protocol):
    """Whoever a connection belongs to; called from the event loop, and must not raise."""

    def received(self, data: str | bytes) -> None:
        """Take a message."""

    def lost(self, code: int, reason: str) -> None:
        """Take notice that the connection is closed; nothing can be sent any more, and nothing follows."""


class Connection(asyncio.Protocol):
    """A connection after its request; all it does, it does without a task of its own.

    It pings its peer, and gives up one that does not answer, or that takes nothing of what waits for it.

    Attributes:
        handler: Who takes what it receives.
    """

    __slots__ = (
        "_close_sent",
        "_heard",
        "_is_paused",
        "_left_then",
        "_loop",
        "_ping_seconds",
        "_pong",
        "_reader",
        "_room",
        "_server",
        "_stall_seconds",
        "_stalled",
        "_timer",
        "_transport",
        "_unread",
        "handler",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        server: ServerState,
        *,
        max_bytes: int,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self.handler: Handler | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = transport
        self._server = server
        self._reader = FrameReader(max_bytes=max_bytes)
        self._room: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._stall_seconds = STALL_SECONDS
        self._ping_seconds = ping_seconds
        self._pong: bytes | None = None
        self._unread: bytearray | None = None
        self._is_paused = False
        self._left_then = 0
        self._heard = True
        self._close_sent = False
        server.connections.add(cast("Any", self))

    # What handlers do

    def hand_over(self, handler: Handler, *, stall_seconds: float = STALL_SECONDS) -> None:
        """Give the connection to another handler.

        Args:
            handler: Takes everything from now on.
            stall_seconds: How long the peer may take nothing of what waits for it.
        """
        self.handler = handler
        self._stall_seconds = stall_seconds

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._transport is not None and not self._close_sent

    @property
    def has_room(self) -> bool:
        """Whether messages leave at once, or wait for no more than is reasonable."""
        return self._stalled is None

    async def room(self) -> None:
        """Return once there is room, or the connection is lost."""
        while self._stalled is not None:
            if self._room is None:
                self._room = self._loop.create_future()
            await asyncio.shield(self._room)

    def send_text(self, text: bytes, tail: bytes = _NOTHING) -> None:
        """Send a text message, unless the connection is closing.

        Args:
            text: UTF-8.
            tail: The rest of it, which many connections may share.
        """
        self._send(Opcode.TEXT, text, tail)

    def push_text(self, text: bytes, tail: bytes) -> bool:
        """Send a text message at once, or nothing, and return False, where there is no room for it.

        Args:
            text: UTF-8.
            tail: The rest of it, which many connections may share.
        """
        if self._stalled is not None or self._transport is None or self._close_sent:
            return False
        size = len(text) + len(tail)
        if 125 < size < _COPIED_BYTES:  # what is usual, without a call
            self._transport.write(_USUAL_HEAD + size.to_bytes(2, "big") + text + tail)
        else:
            self._send(Opcode.TEXT, text, tail)
        return True

    def send_binary(self, data: bytes) -> None:
        """Send a binary message, unless the connection is closing."""
        self._send(Opcode.BINARY, data)

    def _send(self, opcode: int, data: bytes, tail: bytes = _NOTHING) -> None:
        transport = self._transport
        if transport is None or self._close_sent:
            return
        size = len(data) + len(tail)
        if len(tail) > _COPIED_BYTES:
            transport.writelines((head(opcode, size) + data, tail))
        else:
            transport.write(head(opcode, size) + data + tail)

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake; the peer has some seconds to answer."""
        if self._transport is None or self._close_sent:
            return
        self._transport.write(close_frame(code, reason))
        self._close_sent = True
        self.resume_reading()
        self._arm(_CLOSE_SECONDS, self.abort)

    def abort(self) -> None:
        """End the connection, and drop what waits to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self) -> None:
        """Receive nothing more for now."""
        if self._transport is not None and not self._close_sent:
            self._is_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self._is_paused = False
        if self._unread is not None:
            self._loop.call_soon(self._handle_piece)
        elif self._transport is not None:
            self._transport.resume_reading()

    # What the opening handshake does

    def open(self, key: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Accept the request."""
        if self._transport is not None:
            self._transport.write(handshake.accepted(key, headers))
            self._arm(self._ping_seconds, self._ping)

    def refuse(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Answer the request otherwise, and close."""
        if self._transport is not None:
            self._transport.write(handshake.response(status, headers, body))
            self._close_sent = True
            self._transport.close()
            self._arm(_CLOSE_SECONDS, self.abort)

    # What the transport and the server call

    def data_received(self, data: bytes) -> None:
        """Take bytes of the peer; of many, some at a time, and no more before."""
        self._heard = True
        if self._unread is not None:
            self._unread += data
        elif len(data) <= _PIECE_BYTES or self._transport is None:
            self._handle(data)
        else:
            self._unread = bytearray(data)
            self._transport.pause_reading()
            self._handle_piece()

    def _handle_piece(self) -> None:
        if self._unread is None or self._is_paused:
            return
        piece = bytes(self._unread[:_PIECE_BYTES])
        del self._unread[:_PIECE_BYTES]
        self._handle(piece)
        if self._unread:
            self._loop.call_soon(self._handle_piece)
        elif self._unread is not None:
            self._unread = None
            if not self._is_paused:
                self.resume_reading()

    def _handle(self, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                self._take(message.opcode, message.data)
        except Violation as violation:
            self.close(violation.code, violation.reason)
            self._leave(violation.code, violation.reason)
            self._finish()

    def _take(self, opcode: int, data: bytes) -> None:
        match opcode:
            case Opcode.TEXT | Opcode.BINARY:
                if self.handler is not None and not self._close_sent:
                    self.handler.received(_text(data) if opcode == Opcode.TEXT else data)
            case Opcode.PING:
                if self.has_room:
                    self._send(Opcode.PONG, data)
                else:  # of several pings that wait, the newest may be answered alone (section 5.5.3)
                    self._pong = data
            case Opcode.CLOSE:
                code, reason = read_close(data)
                self.close(code)
                self._leave(code, reason)
                self._finish()

    def pause_writing(self) -> None:
        """Begin to watch whether the peer takes what waits for it."""
        if self._stalled is None and self._transport is not None:
            self._left_then = self._transport.get_write_buffer_size()
            self._stalled = self._loop.call_later(self._stall_seconds, self._check_stall)

    def resume_writing(self) -> None:
        """Let those go on who wait for room."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        pong, self._pong = self._pong, None
        if pong is not None:
            self._send(Opcode.PONG, pong)
        if self._room is not None:
            self._room.set_result(None)
            self._room = None

    def eof_received(self) -> None:
        """Take notice that the peer sends no more: without a closing handshake, that is its end."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        """Take notice that the transport is closed."""
        self._server.connections.discard(cast("Any", self))
        self._transport = self._unread = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.resume_writing()
        self._leave(_GONE, "")

    def shutdown(self) -> None:
        """Close because the server ends."""
        self.close(1012)
        self._leave(1012, "")
        self._finish()

    def _leave(self, code: int, reason: str) -> None:
        handler, self.handler = self.handler, None
        if handler is not None:
            handler.lost(code, reason)

    def _finish(self) -> None:
        """Close the transport once all is written; where that does not happen, ``close`` has a timer running."""
        self._unread = None
        if self._transport is not None:
            self._transport.close()

    def _arm(self, seconds: float, callback: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, callback)

    def _ping(self) -> None:
        """Ask the peer for a sign of life, and give it up where the last one brought none, and nothing leaves."""
        if self._transport is None:
            return
        left = self._transport.get_write_buffer_size()
        if not self._heard and not 0 < left < self._left_then:
            self.abort()
            return
        if self._heard:
            self._heard = False
            self._transport.write(frame(Opcode.PING, _NOTHING))
        self._left_then = left
        self._arm(self._ping_seconds, self._ping)

    def _check_stall(self) -> None:
        if self._transport is None:
            return
        left = self._transport.get_write_buffer_size()
        if left >= self._left_then:
            self.abort()
        else:
            self._left_then = left
            self._stalled = self._loop.call_later(self._stall_seconds, self._check_stall)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Violation(1007, "a text message must be UTF-8") from None
