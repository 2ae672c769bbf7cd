"""Servers as processes: started on a free port, asked for their memory, and stopped again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient

from bench.wire import Connection, get_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

__all__ = ["ServerProcess", "kindgraph", "yardstick"]

_ROOT = Path(__file__).parent.parent
_ADDRESS = re.compile(rb"http://[^\s/:]+:(\d+)")
_START_SECONDS = 90.0
_STOP_SECONDS = 15.0


class ServerProcess:
    """One running server."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, port: int) -> None:
        self.name = name
        self.port = port
        self._process = process

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def memory_kib(self) -> int:
        """Return the resident set of the process, without its children, in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1])

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.asynccontextmanager
async def yardstick(name: str, *, mongo_uri: str) -> AsyncIterator[ServerProcess]:
    """Run a yardstick: plain, cached or raw."""
    command = [sys.executable, "-m", "bench.yardsticks", name, "--mongo-uri", mongo_uri]
    async with _server(name, command) as server:
        yield server


@contextlib.asynccontextmanager
async def kindgraph(*, mongo_uri: str, database: str) -> AsyncIterator[ServerProcess]:
    """Run Kindgraph as its users do, with its defaults, on an empty database; wait until it is ready."""
    async with AsyncMongoClient[dict[str, Any]](mongo_uri) as client:
        await client.drop_database(database)
    command = [sys.executable, "-m", "app.cli.main", "serve", "--port", "0"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("KINDGRAPH_")}
    settings = {"KINDGRAPH_MONGO_URI": mongo_uri, "KINDGRAPH_DATABASE": database, "KINDGRAPH_LOG_LEVEL": "warning"}
    async with _server("kindgraph", command, environment=own | settings) as server:
        await _wait_until_ready(server.port)
        yield server


@contextlib.asynccontextmanager
async def _server(
    name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[ServerProcess]:
    process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        port = await _announced_port(name, process.stdout)
        drain = asyncio.ensure_future(process.stdout.read())
        yield ServerProcess(name, process, port)
        drain.cancel()
    finally:
        await _stop(process)


async def _announced_port(name: str, output: asyncio.StreamReader) -> int:
    async with asyncio.timeout(_START_SECONDS):
        async for line in output:
            if found := _ADDRESS.search(line):
                return int(found[1])
    raise RuntimeError(f"{name} ended before it served")


async def _wait_until_ready(port: int) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            with contextlib.suppress(OSError):
                connection = await Connection.open(port)
                try:
                    if (await connection.send(get_request("/readyz"))).status == 200:
                        return
                finally:
                    connection.close()
            await asyncio.sleep(0.05)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
