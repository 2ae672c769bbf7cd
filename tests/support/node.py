"""Node, and the npm packages that tests run."""

from __future__ import annotations

import asyncio
import fcntl
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "tests" / "transport" / "node"
PATIENCE_SECONDS = 30


class NodeProcess:
    """A script that is told things, and tells things, as lines of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, **message: Any) -> None:
        """Send it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()

    async def told(self) -> Any:
        """Return what its next line says."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_SECONDS)
        if not line:
            raise AssertionError(f"the script ended: {await self._errors()}")
        return json.loads(line)

    async def output(self) -> str:
        """Return all that it prints until it ends well."""
        out, err = await asyncio.wait_for(self._process.communicate(), PATIENCE_SECONDS)
        assert self._process.returncode == 0, (out.decode(), err.decode())
        return out.decode()

    async def kill(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _errors(self) -> str:
        assert self._process.stderr is not None
        return (await self._process.stderr.read()).decode()


RunScript = Callable[..., Any]


@asynccontextmanager
async def node_script(script: str | Path, *arguments: str) -> AsyncIterator[NodeProcess]:
    """Run a script, with the packages of the project for tests around it."""
    process = await asyncio.create_subprocess_exec(
        *(ROOT / "tools" / "node.sh", "node", script, *arguments),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    running = NodeProcess(process)
    try:
        yield running
    finally:
        await running.kill()


@pytest.fixture(scope="session")
def node() -> RunScript:
    """``node_script``, with the packages installed: ``make test`` has done so before, or it is done now."""
    with (PROJECT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([ROOT / "tools" / "node_modules.sh", PROJECT], check=True, capture_output=True, timeout=100)
    return node_script
