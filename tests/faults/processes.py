"""The processes of a run: none of them outlives it, however it ends."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["ClientProcess", "Server"]

_PR_SET_PDEATHSIG: Final = 1
_READY_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.05


def _child(arguments: list[str], *, log: Path, environment: Mapping[str, str], **pipes: Any) -> subprocess.Popen[bytes]:
    """Start a process of Python that the system kills when this one is gone; to be called by the main thread only."""
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KINDGRAPH_")}
    with log.open("ab") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **pipes}
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**inherited, **environment},
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509 - it runs two calls of C, and nothing that a lock could hold up
            **streams,
        )


class Server:
    """One ``kindgraph serve``, which is killed, paused and started again.

    Attributes:
        number: Which of the run's servers it is.
        log: What all of its processes have printed.
    """

    def __init__(self, number: int, *, mongo_uri: str, directory: Path, settings: Mapping[str, str]) -> None:
        self.number = number
        self.log = directory / f"server-{number}.log"
        self._environment = {
            "KINDGRAPH_PORT": "0",
            "KINDGRAPH_MONGO_URI": mongo_uri,
            "KINDGRAPH_BOOKMARK_SECONDS": "1",
            "KINDGRAPH_DRAIN_SECONDS": "2",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._printed = 0

    def start(self) -> None:
        """Start it; it is ready once it has an ``address``."""
        self._printed = self.log.stat().st_size if self.log.exists() else 0
        self._process = _child(["app.cli.main", "serve"], log=self.log, environment=self._environment)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def address(self) -> str | None:
        """The address that it has printed, None while it is not ready."""
        match = re.search(rb"(http://\S+)/graphql", self.log.read_bytes()[self._printed :])
        return None if match is None else match[1].decode()

    def await_address(self) -> str:
        deadline = time.monotonic() + _READY_SECONDS
        while (address := self.address) is None:
            assert time.monotonic() < deadline, f"a server is not ready: see {self.log}"
            if not self.is_running:  # it gives up where the database has no primary: whoever runs it starts it again
                self.start()
            time.sleep(_POLL_SECONDS)
        return address

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: signal.Signals) -> None:
        """Send a signal that ends it, and wait for its end."""
        if self._process is not None and self.is_running:
            self.send(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self._process.kill()
            self._process.wait()


class ClientProcess:
    """The process of all clients.

    Attributes:
        counts: What it has last said of how many of what there were.
    """

    def __init__(self, options: Mapping[str, Any], *, directory: Path) -> None:
        self.counts: dict[str, int] = {}
        self.log = directory / "client.log"
        self._has_finished = False
        self._rest = b""
        self._process = _child(
            ["tests.faults.client", json.dumps(options)],
            log=self.log,
            environment={},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    def tell(self, **message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    @property
    def has_finished(self) -> bool:
        """Whether every watcher has seen everything; reads what it has said meanwhile."""
        assert self._process.stdout is not None
        *lines, self._rest = (self._rest + (self._process.stdout.read() or b"")).split(b"\n")
        for line in lines:
            told = json.loads(line)
            self.counts = told.get("counts", self.counts)
            self._has_finished |= told.get("finished", False)
        assert self._has_finished or self._process.poll() is None, f"the clients failed: {self.log.read_text()}"
        return self._has_finished

    def stop(self) -> None:
        """Let it go at once; its record is then whole."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
