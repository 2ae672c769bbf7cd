"""A network that can fail, between a server and its database."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

__all__ = ["Network", "running_network"]

_CHUNK: Final = 65_536


class Network:
    """Forwards connections from one Unix socket to another, in this event loop.

    ``cut`` ends connections and refuses new ones; ``freeze`` leaves them open and silent, as a host does that is gone
    without a word; ``heal`` lets everything through again, and ends what was frozen, as its host would.

    Attributes:
        hold_replies: While it is set, commands get through and answers do not.
    """

    def __init__(self, socket: Path, target: Path) -> None:
        self.hold_replies = False
        self._socket = socket
        self._target = target
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[StreamWriter] = set()

    @property
    def uri(self) -> str:
        """The address of the database at the other end."""
        return f"mongodb://{quote_plus(str(self._socket))}/?directConnection=true"

    async def cut(self) -> None:
        """End every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._socket.unlink(missing_ok=True)
            self._server = None
        self.end_connections()

    def end_connections(self) -> None:
        """End every connection; new ones can be made."""
        for writer in list(self._writers):
            writer.transport.abort()

    def freeze(self, *, new_too: bool = True) -> None:
        """Keep every connection, and take new ones, and let nothing through; or only nothing through the old ones."""
        self._flows.clear()
        if not new_too:
            self._flows = asyncio.Event()
            self._flows.set()

    async def heal(self) -> None:
        """Let everything through."""
        self.hold_replies = False
        self.end_connections()
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._connected, self._socket)

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        flows = self._flows
        self._writers.add(writer)
        try:
            there, back = await asyncio.open_unix_connection(self._target)
            self._writers.add(back)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._forward(reader, back, flows=flows, is_reply=False))
                    both.create_task(self._forward(there, writer, flows=flows, is_reply=True))
            finally:
                self._writers.discard(back)
                back.transport.abort()
        except* OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _forward(
        self, reader: StreamReader, writer: StreamWriter, *, flows: asyncio.Event, is_reply: bool
    ) -> None:
        while data := await reader.read(_CHUNK):
            await flows.wait()
            if is_reply and self.hold_replies:
                continue
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


@contextlib.asynccontextmanager
async def running_network(target: Path) -> AsyncIterator[Network]:
    """Stand between a server and the database that listens on a Unix socket."""
    directory = Path(tempfile.mkdtemp(prefix="kindgraph-", dir="/tmp"))
    network = Network(directory / "network.sock", target)
    await network.heal()
    try:
        yield network
    finally:
        await network.cut()
        shutil.rmtree(directory, ignore_errors=True)
