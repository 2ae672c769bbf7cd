"""Frames of RFC 6455, as a server reads and writes them; no extension is ever negotiated."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

__all__ = ["FrameReader", "Message", "Opcode", "Violation", "close_frame", "frame", "head", "read_close"]

NO_CODE: Final = 1005
_MOST_IN_CONTROL: Final = 125
_MASK_BYTES: Final = 4
_CODES_IN_FRAMES: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})
"""What a close frame may say: section 7.4, and the registry of the codes that were added since."""


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Violation(Exception):
    """The peer broke the protocol, or sent more than it may: the connection fails with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Message(NamedTuple):
    """A whole message, or one control frame."""

    opcode: int
    data: bytes


def head(opcode: int, size: int) -> bytes:
    """Return what comes before the payload in a server's frame."""
    if size < 126:
        return bytes((0x80 | opcode, size))
    return struct.pack("!BBH", 0x80 | opcode, 126, size) if size < 65_536 else _long_head(opcode, size)


def _long_head(opcode: int, size: int) -> bytes:
    return struct.pack("!BBQ", 0x80 | opcode, 127, size)


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a server's frame."""
    return head(opcode, len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Return the frame that begins or answers a closing handshake; 1005 says no code, a long reason is cut."""
    if code == NO_CODE:
        return frame(Opcode.CLOSE, b"")
    text = reason.encode()[: _MOST_IN_CONTROL - 2].decode(errors="ignore").encode()
    return frame(Opcode.CLOSE, struct.pack("!H", code) + text)


def read_close(data: bytes) -> tuple[int, str]:
    """Return the code and the reason of a peer's close frame; 1005 stands for none.

    Raises:
        Violation: The payload is none.
    """
    if not data:
        return NO_CODE, ""
    code = int.from_bytes(data[:2], "big")
    if len(data) == 1 or code not in _CODES_IN_FRAMES:
        raise Violation(1002, "invalid close code")
    try:
        return code, data[2:].decode()
    except UnicodeDecodeError:
        raise Violation(1007, "invalid UTF-8 in a close reason") from None


class FrameReader:
    """Puts a client's messages together from what arrives.

    Args:
        max_bytes: A longer message is refused before it is read.
    """

    __slots__ = ("_fragments", "_max_bytes", "_needed", "_opcode", "_pending")

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pending: bytearray | None = None
        self._needed = 0
        self._opcode = 0
        self._fragments: bytearray | None = None

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield what is complete with some more bytes; exhaust it before the next call.

        Raises:
            Violation: After what came before it.
        """
        if self._pending is not None:
            self._pending += data
            if len(self._pending) < self._needed:
                return
            data, self._pending = bytes(self._pending), None
        at = 0
        while at < len(data):
            start, size = self._measure(data, at)
            self._needed = start + size - at
            if len(data) < start + size:
                self._pending = bytearray(data[at:])
                return
            payload = _unmasked(data[start : start + size], data[start - _MASK_BYTES : start])
            message = self._take(data[at], payload)
            at = start + size
            if message is not None:
                yield message

    def _measure(self, data: bytes, at: int) -> tuple[int, int]:
        """Return where the payload of a frame begins, and its size as far as it can be told."""
        first, second = data[at], data[at + 1] if len(data) > at + 1 else 0x80
        size, more = second & 0x7F, 0
        if not second & 0x80:
            raise Violation(1002, "a client's frames must be masked")
        if first & 0x70:
            raise Violation(1002, "reserved bits must be 0")
        is_control = bool(first & 0x08)
        if is_control and (size > _MOST_IN_CONTROL or not first & 0x80):
            raise Violation(1002, "a control frame must be whole, and have at most 125 bytes")
        if size > _MOST_IN_CONTROL:
            more = 2 if size == 126 else 8
            size = int.from_bytes(data[at + 2 : at + 2 + more], "big") if len(data) >= at + 2 + more else 0
        held = 0 if is_control or self._fragments is None else len(self._fragments)
        if size + held > self._max_bytes:
            raise Violation(1009, f"a message may have at most {self._max_bytes} bytes")
        return at + 2 + more + _MASK_BYTES, size

    def _take(self, first: int, payload: bytes) -> Message | None:
        opcode, is_final = first & 0x0F, bool(first & 0x80)
        match opcode:
            case Opcode.CLOSE | Opcode.PING | Opcode.PONG:
                return Message(opcode, payload)
            case Opcode.TEXT | Opcode.BINARY if self._fragments is None:
                if is_final:
                    return Message(opcode, payload)
                self._opcode, self._fragments = opcode, bytearray(payload)
                return None
            case Opcode.CONTINUATION if self._fragments is not None:
                self._fragments += payload
                if not is_final:
                    return None
                whole, self._fragments = bytes(self._fragments), None
                return Message(self._opcode, whole)
            case Opcode.TEXT | Opcode.BINARY | Opcode.CONTINUATION:
                raise Violation(1002, "messages must not be interleaved")
        raise Violation(1002, f"unknown opcode {opcode}")


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    if mask == b"\0\0\0\0" or not payload:
        return payload
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(size, "little")
