"""``/schema.graphql``: the SDL of the snapshot in force."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from schema_builder.sdl import print_sdl

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.transport.execution import Engine
    from schema_builder.snapshot import Snapshot

__all__ = ["SchemaPage"]

_CHUNK_CHARACTERS: Final = 65_536


class SchemaPage:
    """Serves the SDL as an ASGI callable.

    Args:
        engine: Has the snapshot.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in {"GET", "HEAD"}:
            await _start(send, 405, [(b"allow", b"GET, HEAD"), (b"content-length", b"0")])
            await send({"type": "http.response.body", "body": b""})
            return
        snapshot = self._engine.snapshot
        etag = f'"{snapshot.fingerprint}"'.encode()
        headers = [(b"etag", etag), (b"cache-control", b"no-cache")]
        if _matches(scope, etag):
            await _start(send, 304, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        await _start(send, 200, [*headers, (b"content-type", b"text/plain; charset=utf-8")])
        if scope["method"] == "GET":
            await self._stream(snapshot, send)
        await send({"type": "http.response.body", "body": b""})

    @staticmethod
    async def _stream(snapshot: Snapshot, send: Send) -> None:
        pieces = print_sdl(snapshot)
        while chunk := await asyncio.to_thread(_chunk, pieces):  # one type alone can take long
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _chunk(pieces: Iterator[str]) -> bytes:
    """Return the next part of some size; nothing at the end."""
    chunk: list[str] = []
    size = 0
    for piece in pieces:
        chunk.append(piece)
        size += len(piece)
        if size >= _CHUNK_CHARACTERS:
            break
    return "".join(chunk).encode()


def _matches(scope: Scope, etag: bytes) -> bool:
    tags = b",".join(value for key, value in scope["headers"] if key == b"if-none-match").split(b",")
    return any(tag.strip().removeprefix(b"W/") in {etag, b"*"} for tag in tags)


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
