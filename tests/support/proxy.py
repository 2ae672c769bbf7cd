"""A network between clients and a server that can be cut, or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Passes connections on to a server until it is told to cut them.

    Attributes:
        url: The server's, through here.
    """

    def __init__(self, url: str) -> None:
        self.to(url)
        self._given = url
        self._netloc = urlsplit(url).netloc
        self._writers: set[asyncio.StreamWriter] = set()
        self._frozen: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._own_port = self._server.sockets[0].getsockname()[1]
        self.url = self.through(self._given)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._server.close()

    def to(self, url: str) -> None:
        """Lead new connections to a server."""
        address = urlsplit(url)
        assert address.hostname is not None
        self._host, self._port = address.hostname, address.port

    def through(self, url: str) -> str:
        """Return an address of the server as one of this network."""
        return url.replace(self._netloc, f"127.0.0.1:{self._own_port}", 1)

    def cut(self) -> None:
        """Cut all connections that are there."""
        for writer in self._writers:
            writer.close()

    def freeze(self) -> None:
        """Let nothing more through on the connections that are there; they stay open."""
        self._frozen |= self._writers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        writers = {writer, upstream_writer}
        self._writers |= writers
        await asyncio.gather(self._pass(reader, upstream_writer), self._pass(upstream_reader, writer))
        self._writers -= writers
        self._frozen -= writers

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if writer in self._frozen:
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()
