"""WebSocket connections of the server, beside clients who misbehave or stop reading."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from app.process.listening import bind, bound_port
from app.process.serving import ApplicationServer, uvicorn_config
from app.process.websockets import connection as connections
from app.settings import Settings

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PATIENCE_SECONDS = 10


class Echo:
    """Accepts, and sends back what it receives; ``flood`` sends to all, ``refuse`` and ``fail`` say it in the path."""

    def __init__(self) -> None:
        self.sends: list[Any] = []
        self.left = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        match scope["path"]:
            case "/refuse":
                await send({"type": "websocket.close"})
                return
            case "/fail":
                raise RuntimeError("on purpose")
            case "/fail/later":
                await send({"type": "websocket.accept"})
                raise RuntimeError("on purpose")
            case "/answer":
                await send({"type": "websocket.http.response.start", "status": 404, "headers": [(b"x-a", b"b")]})
                await send({"type": "websocket.http.response.body", "body": b"nothing here"})
                return
        await send({"type": "websocket.accept", "subprotocol": (scope["subprotocols"] or [None])[0]})
        self.sends.append(send)
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
        self.sends.remove(send)
        self.left += 1


@contextlib.asynccontextmanager
async def serving(application: Any, **changed: Any) -> AsyncIterator[int]:
    """Serve an application as the real server does, on a free port."""
    settings = Settings.model_validate({"drain_seconds": 1, **changed})

    async def drain() -> None:
        """Nothing is drained here."""

    class Server(ApplicationServer):
        @contextlib.contextmanager
        def capture_signals(self) -> Any:
            yield

    ready = asyncio.Event()
    server = Server(uvicorn_config(application, settings), drain=drain, on_ready=ready.set, drain_seconds=1)
    (listener,) = bind("127.0.0.1", 0)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await ready.wait()
    try:
        yield bound_port([listener])
    finally:
        server.should_exit = True
        await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - the other side of a socket
            await asyncio.sleep(0.005)


async def raw(port: int, sent: bytes = UPGRADE) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer, await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)


async def test_messages_of_all_sizes_come_back() -> None:
    async with serving(Echo()) as port, connect(f"ws://127.0.0.1:{port}/", subprotocols=["a"]) as client:  # type: ignore[list-item]
        assert client.subprotocol == "a"
        for message in ("", "a", "ä" * 100, "x" * 70_000, b"", os.urandom(200_000)):
            await client.send(message)
            assert await client.recv() == message
        await client.send(["in", "", "pieces"])
        assert await client.recv() == "inpieces"
        await (await client.ping())


async def test_a_client_that_leaves_is_told_to_the_application() -> None:
    echo = Echo()
    async with serving(echo) as port:
        async with connect(f"ws://127.0.0.1:{port}/"):
            pass
        _, writer, _ = await raw(port)
        writer.close()
        await until(lambda: echo.left == 2)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x01a", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\x81\x81\0\0\0\0\xff", 1007),
        (b"\x88\x81\0\0\0\0\x03", 1002),
        (b"\x81\xff\0\0\0\0\xff\0\0\0\0\0\0\0", 1009),
        (b"\x88\x82\0\0\0\0\x0f\xa0", 4000),  # the client closes: its code comes back
    ],
)
async def test_a_connection_fails_with_the_code_of_what_broke_it(sent: bytes, code: int) -> None:
    echo = Echo()
    async with serving(echo) as port:
        reader, writer, answer = await raw(port)
        assert answer.startswith(b"HTTP/1.1 101 ")
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
        assert answer[0] == 0x88
        assert int.from_bytes(answer[2:4], "big") == code
        await until(lambda: echo.left == 1)
        writer.close()


@pytest.mark.parametrize(("path", "status"), [("/refuse", 403), ("/fail", 500), ("/answer", 404)])
async def test_what_the_application_does_not_accept_has_a_status(path: str, status: int) -> None:
    async with serving(Echo()) as port:
        reader, writer, head = await raw(port, UPGRADE.replace(b"GET / ", b"GET %s " % path.encode()))
        assert head.startswith(b"HTTP/1.1 %d " % status)
        rest = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
        assert (rest == b"nothing here") == (status == 404)
        writer.close()


async def test_an_application_that_fails_later_closes_with_1011() -> None:
    async with serving(Echo()) as port, connect(f"ws://127.0.0.1:{port}/fail/later") as client:
        await asyncio.wait_for(client.wait_closed(), PATIENCE_SECONDS)
        assert client.close_code == 1011


async def test_another_version_of_the_protocol_is_told_ours() -> None:
    async with serving(Echo()) as port:
        _, writer, head = await raw(port, UPGRADE.replace(b"Version: 13", b"Version: 8"))
        assert head.startswith(b"HTTP/1.1 426 ")
        assert b"sec-websocket-version: 13" in head
        writer.close()


async def test_an_end_of_the_server_closes_with_1012() -> None:
    async with serving(Echo()) as port:
        client = await connect(f"ws://127.0.0.1:{port}/")
    await asyncio.wait_for(client.wait_closed(), PATIENCE_SECONDS)
    assert client.close_code == 1012


async def test_a_client_that_takes_nothing_is_ended_and_slows_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALL_SECONDS", 0.3)
    echo = Echo()
    async with serving(echo) as port:
        stalled = socket.create_connection(("127.0.0.1", port))
        stalled.sendall(UPGRADE)
        await until(lambda: len(echo.sends) == 1)
        (send_to_stalled,) = echo.sends
        async with connect(f"ws://127.0.0.1:{port}/") as client:

            async def flood() -> None:
                while True:
                    await send_to_stalled({"type": "websocket.send", "text": "x" * 100_000})

            flooding = asyncio.create_task(flood())
            while echo.left == 0:
                await client.send("still here?")
                assert await asyncio.wait_for(client.recv(), PATIENCE_SECONDS) == "still here?"
            await asyncio.wait([flooding], timeout=PATIENCE_SECONDS)
            assert flooding.done()
            with contextlib.suppress(Exception):
                flooding.result()
        stalled.close()


async def test_a_client_that_answers_no_ping_is_ended() -> None:
    echo = Echo()
    async with serving(echo, keep_alive_seconds=0.1) as port:
        silent = socket.create_connection(("127.0.0.1", port))
        silent.sendall(UPGRADE)
        async with connect(f"ws://127.0.0.1:{port}/") as client:  # answers by itself
            await until(lambda: echo.left == 1)
            await client.send("a")
            assert await client.recv() == "a"
        silent.close()


async def test_an_answer_over_http_that_nobody_takes_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.process.http._STALL_SECONDS", 0.2)
    left = asyncio.Event()

    async def large(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 50_000_000, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with serving(large) as port:
        stalled = socket.create_connection(("127.0.0.1", port))
        stalled.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.wait_for(left.wait(), PATIENCE_SECONDS)
        stalled.close()


async def test_http_goes_on_beside_websockets() -> None:
    async def hello(scope: Any, _: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    async with serving(hello) as port, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/a")).text == "/a"
