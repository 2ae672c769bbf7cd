"""The opening handshake of RFC 6455, as far as HTTP has not been decided before."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, NamedTuple

__all__ = ["Refusal", "accept_key", "accepted", "check", "response", "subprotocols"]

Headers = Iterable[tuple[bytes, bytes]]

_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES: Final = 16


class Refusal(NamedTuple):
    """Why a request cannot become a WebSocket."""

    status: int
    reason: str
    headers: Headers = ()


def check(method: str, headers: Headers) -> Refusal | None:
    """Return why a request that asks for ``Upgrade: websocket`` is none for us, None where it is one (section 4.2.1).

    Args:
        method: Its method.
        headers: With names in lower case.
    """
    if method != "GET":
        return Refusal(405, "A WebSocket begins with GET.", [(b"allow", b"GET")])
    if _values(headers, b"sec-websocket-version") != [b"13"]:
        return Refusal(426, "The version of WebSocket is 13.", [(b"sec-websocket-version", b"13")])
    keys = _values(headers, b"sec-websocket-key")
    try:
        is_key = len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == _KEY_BYTES
    except binascii.Error:
        is_key = False
    return None if is_key else Refusal(400, "Sec-WebSocket-Key must be 16 bytes in base64, once.")


def accept_key(headers: Headers) -> bytes:
    """Return what answers the key of a checked request."""
    (key,) = _values(headers, b"sec-websocket-key")
    return base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())


def subprotocols(headers: Headers) -> list[str]:
    """Return what the client can speak, in its order."""
    offered = b",".join(_values(headers, b"sec-websocket-protocol")).decode("latin-1")
    return [name for name in (part.strip() for part in offered.split(",")) if name]


def accepted(key: bytes, headers: Headers) -> bytes:
    """Return the response that opens the connection.

    Args:
        key: What answers the client's.
        headers: Further ones.
    """
    ours = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", key)]
    return _head(101, [*ours, *headers])


def response(status: int, headers: Headers, body: bytes) -> bytes:
    """Return a response that ends the connection instead."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    ours = [(b"connection", b"close"), (b"content-length", b"%d" % len(body))]
    return _head(status, [*given, *(header for header in ours if header[0] not in names)]) + body


def _head(status: int, headers: Headers) -> bytes:
    lines = [b"HTTP/1.1 %d %s" % (status, _phrase(status)), *(b"%s: %s" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _phrase(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value.strip() for key, value in headers if key == name]
