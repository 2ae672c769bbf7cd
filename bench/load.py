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

from bench.wire import HttpProtocol

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


class _Worker(HttpProtocol):
    """One connection of a load: each answer is counted and sends the next request, with no task in between."""

    generator: _Generator

    def begin(self, generator: _Generator) -> None:
        """Send the first request."""
        self.generator = generator
        self.send_next()

    def send_next(self) -> None:
        """Send a request, unless the load has ended."""
        if not self.generator.stopped.done():
            request = next(self.generator.requests)
            self._sent = time.monotonic()
            self.write(request)

    def answered(self, status: int, body: bytes) -> None:
        """Count the answer."""
        generator = self.generator
        generator.count(self._sent, status, body)
        if generator.load.pause_seconds:
            asyncio.get_running_loop().call_later(generator.load.pause_seconds, self.send_next)
        else:
            self.send_next()

    def failed(self) -> None:
        """End the load: its figures would be of fewer connections."""
        if not self.generator.stopped.done():
            self.generator.stopped.set_exception(ConnectionResetError("the server closed a connection"))


class _Generator:
    """Runs one load in this process."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.requests = itertools.cycle(load.requests)
        self.stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._samples: list[tuple[float, float]] = []
        self._report = LoadReport()
        self._measured_from = 0.0

    async def run(self) -> LoadReport:
        load = self.load
        workers = [await _Worker.open(load.port) for _ in range(load.concurrency)]
        self._measured_from = time.monotonic() + load.warmup_seconds
        for worker in workers:
            worker.begin(self)
        limit = _LONGEST_SECONDS if load.seconds is None else load.warmup_seconds + load.seconds
        await asyncio.wait([self.stopped], timeout=limit)
        while not (self._samples or self._report.failed or self.stopped.done()):
            await asyncio.wait([self.stopped], timeout=0.05)  # a cold server may be slower than a short load is long
        self._report.seconds = time.monotonic() - self._measured_from
        self.stop()
        self.stopped.result()
        for worker in workers:
            worker.close()
        return self._summary()

    def stop(self) -> None:
        if not self.stopped.done():
            self.stopped.set_result(None)

    def count(self, sent: float, status: int, body: bytes) -> None:
        if sent < self._measured_from or self.stopped.done():
            return
        if status == 200 and _ERRORS not in body:
            self._samples.append((sent, (time.monotonic() - sent) * 1000))
            self._report.bytes_per_response = len(body)
            return
        self._report.failed += 1
        if self._report.first_failure is None:
            self._report.first_failure = f"{status} {body[:500].decode(errors='replace')}"

    def _summary(self) -> LoadReport:
        report = self._report
        report.completed = len(self._samples)
        times = sorted(milliseconds for _, milliseconds in self._samples)
        if times:
            report.p50_ms = times[len(times) // 2]
            report.p99_ms = times[len(times) * 99 // 100]
            report.max_ms = times[-1]
        if self.load.trace:
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
        assert self._process.stdin is not None
        self._process.stdin.close()  # tells it to end
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
