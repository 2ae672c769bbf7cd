"""The watching client: a process of its own that holds many WebSocket subscriptions and counts what arrives.

It reads orders from stdin, a line of JSON each, and answers each with one:

    {"do": "open", "port": 8000, "path": "/graphql", "subprotocol": "graphql-transport-ws", "hello": [["…", …], …],
     "begin": true}
    {"do": "await", "deliveries": 1000, "seconds": 30}
    {"do": "report"}

``hello`` has the messages that each connection begins with; with ``begin`` each must have had an answer. A delivery is
a frame that holds ``"type":"next"`` and is no bookmark. A report tells of the deliveries since the last one, with the
moment at which each number that a message holds (``"maxConns":17``) arrived (CLOCK_MONOTONIC, which all processes
share).
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import sys
import time
from typing import TYPE_CHECKING, Any, Self, cast

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Subscribers", "frame"]

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_NEXT = b'"type":"next"'
_NUMBER = b'"maxConns":'
_CONNECTING_AT_ONCE = 64
_LIMIT_BYTES = 2**28


def frame(payload: bytes, *, opcode: int = _TEXT) -> bytes:
    """Return a client's WebSocket frame, masked with zeros, which leave the payload as it is (RFC 6455, 5.3)."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload


class _Connection(asyncio.Protocol):
    """One WebSocket; counts into its holder."""

    def __init__(self, holder: _Holder, *, path: str, subprotocol: str | None, hello: Sequence[str]) -> None:
        self._holder = holder
        self._path = path
        self._subprotocol = subprotocol
        self._hello = hello
        self._buffer = bytearray()
        self._is_open = False
        self._has_begun = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        protocol = f"Sec-WebSocket-Protocol: {self._subprotocol}\r\n" if self._subprotocol else ""
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{protocol}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101"):
                self._holder.fail(bytes(self._buffer[:200]))
                return
            del self._buffer[: end + 4]
            self._is_open = True
            self._write(b"".join(frame(message.encode()) for message in self._hello))
            self._holder.opened()
        self._read_frames()

    def connection_lost(self, exc: Exception | None) -> None:
        self._holder.fail(f"the server closed a connection: {exc}".encode())

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _read_frames(self) -> None:
        buffer, at, now = self._buffer, 0, time.monotonic()
        while len(buffer) - at >= 2:
            size, head = buffer[at + 1], 2
            if size == 126:
                size, head = int.from_bytes(buffer[at + 2 : at + 4]), 4
            elif size == 127:
                size, head = int.from_bytes(buffer[at + 2 : at + 10]), 10
            if len(buffer) - at < head + size:
                break
            payload = buffer[at + head : at + head + size]
            if buffer[at] & 15 == _PING:
                self._write(frame(bytes(payload), opcode=_PONG))
            elif buffer[at] & 15 == _CLOSE:
                self._holder.fail(b"the server closed a connection: " + bytes(payload))
            elif _NEXT in payload:
                if not self._has_begun:
                    self._has_begun = True
                    self._holder.begun()
                self._holder.received(payload, now)
            elif b'"type":"error"' in payload:
                self._holder.fail(bytes(payload[:500]))
            at += head + size
        del buffer[:at]


class _Holder:
    """All connections of this process, and what came over them."""

    def __init__(self) -> None:
        self._open = 0
        self._begun = 0
        self._deliveries = 0
        self._wanted = 0
        self._done = asyncio.Event()
        self._progress = asyncio.Event()
        self._failure: str | None = None
        self._arrivals: dict[int, list[float]] = {}
        self._last = 0.0
        self._sample = ""

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        turns = asyncio.Semaphore(_CONNECTING_AT_ONCE)
        wanted = self._open + len(order["hello"])

        async def connect(hello: Sequence[str]) -> None:
            def make() -> _Connection:
                return _Connection(self, path=order["path"], subprotocol=order["subprotocol"], hello=hello)

            async with turns:
                await loop.create_connection(make, "127.0.0.1", order["port"])

        await asyncio.gather(*map(connect, order["hello"]))
        while self._failure is None and (self._open < wanted or (order["begin"] and self._begun < wanted)):
            self._progress.clear()
            await self._progress.wait()
        return {"failure": self._failure}

    async def wait(self, order: dict[str, Any]) -> dict[str, Any]:
        self._wanted = order["deliveries"]
        self._done.clear()
        if self._deliveries < self._wanted and self._failure is None:
            try:
                async with asyncio.timeout(order["seconds"]):
                    await self._done.wait()
            except TimeoutError:
                self._failure = f"{self._deliveries} of {self._wanted} deliveries in {order['seconds']} s"
        return {"failure": self._failure}

    def report(self) -> dict[str, Any]:
        found = {
            "deliveries": self._deliveries,
            "last": self._last,
            "sample": self._sample,
            "arrivals": sorted(self._arrivals.items()),
        }
        self._deliveries, self._arrivals = 0, {}
        return found

    def opened(self) -> None:
        self._open += 1
        self._progress.set()

    def begun(self) -> None:
        self._begun += 1
        self._progress.set()

    def received(self, payload: bytearray, now: float) -> None:
        at = payload.find(_NUMBER)
        if at < 0:  # a bookmark
            return
        digits = payload[at + len(_NUMBER) : at + len(_NUMBER) + 8]
        number = int(digits[: next(index for index, byte in enumerate(digits) if not 48 <= byte <= 57)])
        self._arrivals.setdefault(number, []).append(now)
        self._last = now
        self._sample = self._sample or payload.decode()
        self._deliveries += 1
        if self._deliveries >= self._wanted:
            self._done.set()
        self._progress.set()

    def fail(self, why: bytes) -> None:
        self._failure = self._failure or why.decode(errors="replace")
        self._done.set()
        self._progress.set()


class Subscribers:
    """The process, from outside: ``async with Subscribers() as subscribers``."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start the process."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.subscribers", stdin=pipe, stdout=pipe, limit=_LIMIT_BYTES
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it, and with it every connection."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def open(self, port: int, hello: Sequence[Sequence[str]], *, path: str, subprotocol: str | None) -> None:
        """Open one connection for each list of first messages, and wait until each subscription has begun.

        Raises:
            RuntimeError: The server refused one.
        """
        begin = any(hello)
        told = {"port": port, "path": path, "subprotocol": subprotocol, "hello": hello, "begin": begin}
        await self._ask({"do": "open", **told})

    async def wait(self, deliveries: int, *, seconds: float) -> None:
        """Wait until so many deliveries have come since the last report.

        Raises:
            RuntimeError: They did not come in time, or a subscription ended.
        """
        await self._ask({"do": "await", "deliveries": deliveries, "seconds": seconds})

    async def report(self) -> dict[str, Any]:
        """Return ``{deliveries, last, sample, arrivals: [[number, [moment, …]], …]}`` since the last report."""
        return await self._ask({"do": "report"})

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(order) + b"\n")
        await self._process.stdin.drain()
        answer: dict[str, Any] = orjson.loads(await self._process.stdout.readline())
        if answer.get("failure"):
            raise RuntimeError(answer["failure"])
        return answer


async def _main() -> None:
    loop = asyncio.get_running_loop()
    holder = _Holder()
    stdin: Any = sys.stdin.buffer
    while line := await loop.run_in_executor(None, stdin.readline):
        order = orjson.loads(line)
        match order["do"]:
            case "open":
                answer = await holder.open(order)
            case "await":
                answer = await holder.wait(order)
            case _:
                answer = holder.report()
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    import gc

    import uvloop

    gc.disable()  # its pauses would be read as the server's
    uvloop.run(_main())
