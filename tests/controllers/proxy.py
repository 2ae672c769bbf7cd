"""A way to a server that can be cut, or go silent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on, both ways.

    Attributes:
        url: Its address.
    """

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.closed = False

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, target: str) -> AsyncIterator[Proxy]:
        proxy = cls(target)
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield proxy
        finally:
            server.close()
            proxy.cut()
            await asyncio.gather(*proxy._connections, return_exceptions=True)

    def cut(self) -> None:
        """End all connections."""
        for writer in list(self._writers):
            writer.close()

    def freeze(self) -> None:
        """Pass nothing more on over the connections that there are."""
        for task in list(self._connections):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.close()
            return
        assert self._target.port is not None
        there, back = await asyncio.open_connection("127.0.0.1", self._target.port)
        self._writers |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass(source, target))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        target.close()
