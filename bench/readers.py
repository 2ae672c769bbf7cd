"""Two readers beside whatever a case does: they see when a server's event loop is blocked.

One gets a resource again and again, as a client would; the other asks ``/healthz``, which touches nothing but the
event loop, so that neither the database nor a lock can explain how long it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bench import workload
from bench.load import Load, Reader
from bench.wire import get_request

if TYPE_CHECKING:
    from bench.load import LoadReport

__all__ = ["ReaderWindow", "Readers", "Span", "Stopwatch"]

_PAUSE_SECONDS = 0.001
_START_SECONDS = 0.5

Span = tuple[float, float]
"""From and to, in seconds of ``time.monotonic()``, which all processes of a machine share."""


@dataclass(frozen=True)
class ReaderWindow:
    """What one reader saw in a stretch of time, in milliseconds."""

    requests: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class Readers:
    """Both readers of one server, from ``async with`` to ``finish``.

    Args:
        port: The server's.
        resources: How many resources there are to be read.
        pause_seconds: How long each of them rests after an answer; the less, the more of the server's time they take.
    """

    def __init__(self, port: int, *, resources: int, pause_seconds: float = _PAUSE_SECONDS) -> None:
        requests = {"get-one": workload.graphql_get_requests(resources), "healthz": [get_request("/healthz")]}
        self._readers = {
            name: Reader(Load(port, sent, 1, None, pause_seconds=pause_seconds, trace=True))
            for name, sent in requests.items()
        }
        self._stack = contextlib.AsyncExitStack()
        self._reports: dict[str, LoadReport] = {}

    async def __aenter__(self) -> Self:
        """Start both, and wait until they are likely to read."""
        for reader in self._readers.values():
            await self._stack.enter_async_context(reader)
        await asyncio.sleep(_START_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop those that still run."""
        await self._stack.aclose()

    async def finish(self) -> None:
        """End both and keep what they saw.

        Raises:
            RuntimeError: A request failed.
        """
        for name, reader in self._readers.items():
            report = await reader.finish()
            if report.failed:
                raise RuntimeError(f"{report.failed} requests of the {name} reader failed: {report.first_failure}")
            self._reports[name] = report

    def windows(self, during: Span) -> dict[str, ReaderWindow]:
        """Return what each reader saw, of all that was in flight at any moment of a span."""
        return {name: _window(report.trace, during) for name, report in self._reports.items()}


class Stopwatch:
    """Notes when a block began and ended."""

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = time.monotonic()

    @property
    def ends(self) -> Span:
        """Both, once the block has ended."""
        return self._began, self._ended

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self._ended - self._began


def _window(trace: list[tuple[float, float]], during: Span) -> ReaderWindow:
    began, ended = during
    times = sorted(spent for sent, spent in trace if sent < ended and sent + spent / 1000 > began)
    if not times:
        return ReaderWindow(0, 0.0, 0.0, 0.0)
    return ReaderWindow(len(times), times[len(times) // 2], times[len(times) * 99 // 100], times[-1])
