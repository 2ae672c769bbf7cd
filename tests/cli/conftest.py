"""The command line against a running server."""

import asyncio
import io
import os
import signal
import sys
from dataclasses import dataclass

import pytest

from app.cli.main import main


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(server, capsys, monkeypatch):
    """Runs ``kindgraph ARGUMENTS`` against the test's server."""
    monkeypatch.setenv("KINDGRAPH_SERVER", server.url)

    async def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = await asyncio.to_thread(_main, arguments)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def _main(arguments):
    try:
        return main(arguments)
    except SystemExit as exit_:
        return exit_.code


class CliProcess:
    """A command in a process of its own, read line by line."""

    def __init__(self, process):
        self._process = process

    async def line(self):
        """Return the next line of its output."""
        return (await asyncio.wait_for(self._process.stdout.readline(), 20)).decode().rstrip("\n")

    def errors(self):
        """Return the stream of its stderr."""
        return self._process.stderr

    def close_output(self):
        """Read no more of its output."""
        self._process.stdout._transport.close()

    async def interrupt(self):
        """Press Ctrl-C; return (exit code, stderr)."""
        self._process.send_signal(signal.SIGINT)
        _, err = await asyncio.wait_for(self._process.communicate(), 20)
        return self._process.returncode, err.decode()

    async def ended(self):
        """Return (exit code, stdout, stderr)."""
        out, err = await asyncio.wait_for(self._process.communicate(), 30)
        return self._process.returncode, out.decode(), err.decode()


@pytest.fixture
async def cli_process(server):
    """Starts ``kindgraph ARGUMENTS`` as a process."""
    started = []

    async def start(*arguments):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.cli.main",
            *arguments,
            env={**os.environ, "KINDGRAPH_SERVER": server.url},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        return CliProcess(process)

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()
