"""The load client: a process of its own that reads one order from stdin and prints one report.

    {"port": 8000, "requests": ["<base64>", …], "concurrency": 32, "seconds": 3.0, "warmup_seconds": 0.5}

With ``"seconds": null`` it goes on until stdin is closed, which is how a case has a reader run beside what it measures;
with ``"trace": true`` it reports when each request was sent (CLOCK_MONOTONIC, which all processes share).
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from bench.wire import Connection, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Load", "LoadReport", "Reader", "run_load"]

_LONGEST_SECONDS = 900.0
_ERRORS = b'"errors"'


@dataclass(frozen=True)
class Load:
    """What to send: the requests in turn, over ``concurrency`` connections, for a time (None: until told to stop).

    After each answer a connection rests for ``pause_seconds``.
    """

    port: int
    requests: Sequence[bytes]
    concurrency: int
    seconds: float | None
    warmup_seconds: float = 0.0
    pause_seconds: float = 0.0
    trace: bool = False

    def encode(self) -> bytes:
        """Return one line of JSON."""
        order = asdict(self) | {"requests": [base64.b64encode(request).decode() for request in self.requests]}
        return orjson.dumps(order) + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Load:
        """Read what ``encode`` wrote."""
        order = orjson.loads(line)
        order["requests"] = [base64.b64decode(request) for request in order["requests"]]
        return cls(**order)


@dataclass
class LoadReport:
    """What came back. Times are milliseconds, ``trace`` holds (sent at, milliseconds) with monotonic seconds."""

    completed: int = 0
    failed: int = 0
    seconds: float = 0.0
    first_failure: str | None = None
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    bytes_per_response: int = 0
    trace: list[tuple[float, float]] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Requests answered rightly in a second."""
        return self.completed / self.seconds if self.seconds else 0.0


class _Generator:
    """Runs one load in this process."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = itertools.cycle(load.requests)
        self._samples: list[tuple[float, float]] = []
        self._report = LoadReport()
        self._measured_from = 0.0
        self._stop = asyncio.Event()

    async def run(self) -> LoadReport:
        load = self._load
        connections = [await Connection.open(load.port) for _ in range(load.concurrency)]
        self._measured_from = time.monotonic() + load.warmup_seconds
        workers = [asyncio.ensure_future(self._work(connection)) for connection in connections]
        ended = asyncio.ensure_future(self._stop.wait())
        limit = _LONGEST_SECONDS if load.seconds is None else load.warmup_seconds + load.seconds
        await asyncio.wait([ended, *workers], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        self._report.seconds = time.monotonic() - self._measured_from
        async with asyncio.timeout(30):
            await asyncio.gather(*workers)
        for connection in connections:
            connection.close()
        return self._summary()

    def stop(self) -> None:
        self._stop.set()

    async def _work(self, connection: Connection) -> None:
        stopped, samples, requests = self._stop.is_set, self._samples, self._requests
        pause_seconds = self._load.pause_seconds
        while True:
            request = next(requests)
            sent = time.monotonic()
            response = await connection.send(request)
            answered = time.monotonic()
            if stopped():
                return
            if sent < self._measured_from:
                continue
            if response.status == 200 and _ERRORS not in response.body:
                samples.append((sent, (answered - sent) * 1000))
                self._report.bytes_per_response = len(response.body)
            else:
                self._fail(response)
            if pause_seconds:
                await asyncio.sleep(pause_seconds)

    def _fail(self, response: Response) -> None:
        self._report.failed += 1
        if self._report.first_failure is None:
            self._report.first_failure = f"{response.status} {response.body[:500].decode(errors='replace')}"

    def _summary(self) -> LoadReport:
        report = self._report
        report.completed = len(self._samples)
        times = sorted(milliseconds for _, milliseconds in self._samples)
        if times:
            report.p50_ms = times[len(times) // 2]
            report.p99_ms = times[min(len(times) - 1, len(times) * 99 // 100)]
            report.max_ms = times[-1]
        if self._load.trace:
            report.trace = self._samples
        return report


class Reader:
    """A load client that runs beside a case; made by ``async with Reader(load) as reader``, ended by ``finish``."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Reader:
        """Start the process and its load."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.load",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**28,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(self._load.encode())
        await self._process.stdin.drain()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the process where ``finish`` was not reached."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def finish(self) -> LoadReport:
        """End an endless load, or wait for a bounded one, and return its report.

        Raises:
            RuntimeError: The client failed; its stderr was passed on.
        """
        assert self._process is not None
        output, _ = await self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(f"the load client ended with {self._process.returncode}")
        report = LoadReport(**orjson.loads(output))
        report.trace = [(sent, milliseconds) for sent, milliseconds in report.trace]
        return report


async def run_load(load: Load) -> LoadReport:
    """Run a bounded load in a process of its own.

    Raises:
        RuntimeError: The client failed, or any request did.
    """
    async with Reader(load) as reader:
        report = await reader.finish()
    if report.failed or not report.completed:
        raise RuntimeError(f"{report.failed} requests failed, {report.completed} succeeded: {report.first_failure}")
    return report


async def _main() -> None:
    loop = asyncio.get_running_loop()
    stdin: Any = sys.stdin.buffer
    load = Load.decode(await loop.run_in_executor(None, stdin.readline))
    generator = _Generator(load)
    if load.seconds is None:
        closed = loop.run_in_executor(None, stdin.read)
        closed.add_done_callback(lambda _: generator.stop())
    report = await generator.run()
    sys.stdout.buffer.write(orjson.dumps(report))


if __name__ == "__main__":
    import gc

    import uvloop

    gc.disable()  # its pauses would be read as the server's
    uvloop.run(_main())
