"""Define-to-usable: from sending ``createResourceDefinition`` to the first successful typed query of the new kind.

Timed with more and more kinds installed, while two readers run beside it: one gets a resource of another kind again
and again, the other asks ``/healthz``, which touches nothing but the event loop. A block of the loop shows in both.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench import workload
from bench.client import Client, create_kind_request, in_flight, install_workload
from bench.load import Load, Reader
from bench.processes import kindgraph
from bench.wire import get_request, graphql_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from bench.load import LoadReport
    from bench.processes import ServerProcess
    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["DefinitionsResult", "ReaderWindow", "StepResult", "measure_definitions"]

_DATABASE = "kindgraph_bench_definitions"
_READ_PAUSE_SECONDS = 0.001
_RESOURCES = 50


@dataclass(frozen=True)
class ReaderWindow:
    """What one reader saw in a stretch of time, in milliseconds."""

    requests: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True)
class StepResult:
    """Definitions timed with a number of kinds installed.

    Attributes:
        kinds: How many kinds of the benchmark are installed.
        define_ms: Each time from sending the definition to the answer of the first typed query.
        memory_kib: The server's resident set before the definitions.
        installed_per_second: How fast the kinds of this step came in; 0 where none did.
        install_retries: How often the server put one of them off meanwhile.
        defining: What the readers saw during the timed definitions, by reader.
        installing: What they saw while the kinds of this step were installed.
    """

    kinds: int
    define_ms: list[float]
    memory_kib: int
    installed_per_second: float
    install_retries: int
    defining: dict[str, ReaderWindow]
    installing: dict[str, ReaderWindow]

    @property
    def median_ms(self) -> float:
        """The figure that ratios are made of."""
        return median(self.define_ms)


@dataclass(frozen=True)
class DefinitionsResult:
    """All steps; ``baseline`` is what the readers saw beside nothing."""

    baseline: dict[str, ReaderWindow]
    steps: list[StepResult]

    def ratio(self, step: StepResult) -> float:
        """Return how much longer a definition takes at this step than at the first."""
        return step.median_ms / self.steps[0].median_ms

    def kib_per_kind(self, step: StepResult) -> float | None:
        """Return what each kind added to the server's memory since the first step."""
        return (step.memory_kib - self.steps[0].memory_kib) / step.kinds if step.kinds else None


@dataclass(frozen=True)
class _Timing:
    kinds: int
    define_ms: list[float]
    memory_kib: int
    installed_per_second: float
    install_retries: int
    installing: tuple[float, float]
    defining: tuple[float, float]


async def measure_definitions(mongo_uri: str, sizes: Sizes, steps: Steps) -> DefinitionsResult:
    """Run the case."""
    steps.begin("definitions", total=sizes.kind_steps[-1] + len(sizes.kind_steps) * sizes.definitions)
    async with kindgraph(mongo_uri=mongo_uri, database=_DATABASE) as server:
        await install_workload(server.port, resources=_RESOURCES)
        requests = {"get-one": workload.graphql_get_requests(_RESOURCES), "healthz": [get_request("/healthz")]}
        loads = {
            name: Load(server.port, sent, 1, None, pause_seconds=_READ_PAUSE_SECONDS, trace=True)
            for name, sent in requests.items()
        }
        async with Reader(loads["get-one"]) as getter, Reader(loads["healthz"]) as prober:
            await asyncio.sleep(0.5)  # both have started
            baseline = await _baseline(sizes, steps)
            timings = [timing async for timing in _timings(server, sizes, steps)]
            reports = {"get-one": await getter.finish(), "healthz": await prober.finish()}
    steps.end()
    return _result(baseline, timings, reports)


async def _baseline(sizes: Sizes, steps: Steps) -> tuple[float, float]:
    steps.say("reading beside nothing")
    began = time.monotonic()
    await asyncio.sleep(sizes.baseline_seconds)
    return began, time.monotonic()


async def _timings(server: ServerProcess, sizes: Sizes, steps: Steps) -> AsyncIterator[_Timing]:
    installed = 0
    for kinds in sizes.kind_steps:
        steps.say(f"installing kinds up to {kinds}")
        began = time.monotonic()
        retries = await _install(server, range(installed, kinds), concurrency=sizes.install_concurrency, steps=steps)
        install_seconds = time.monotonic() - began
        await asyncio.sleep(sizes.settle_seconds)
        memory_kib = server.memory_kib()
        steps.say(f"defining beside {kinds} kinds")
        defining_from = time.monotonic()
        define_ms = [await _define(server, f"Fresh{kinds}x{number}", steps) for number in range(sizes.definitions)]
        yield _Timing(
            kinds=kinds,
            define_ms=define_ms,
            memory_kib=memory_kib,
            installed_per_second=(kinds - installed) / install_seconds,
            install_retries=retries,
            installing=(began, began + install_seconds),
            defining=(defining_from, time.monotonic()),
        )
        installed = kinds


async def _install(server: ServerProcess, numbers: Iterable[int], *, concurrency: int, steps: Steps) -> int:
    async def create(client: Client, number: int) -> None:
        await client.create_kind(f"Installed{number}")
        steps.advance()

    return await in_flight(numbers, create, port=server.port, concurrency=concurrency)


async def _define(server: ServerProcess, kind: str, steps: Steps) -> float:
    """Define a kind, query it, and return how long both took; then remove it again, untimed."""
    field = kind[0].lower() + kind[1:] + "s"
    query = graphql_request(f"{{ {field}(first: 1) {{ nodes {{ metadata {{ name }} spec {{ host port tls }} }} }} }}")
    create = create_kind_request(kind)
    client = await Client.open(server.port)
    began = time.perf_counter()
    await client.send_until_accepted(create)
    data = await client.send_until_accepted(query)
    milliseconds = (time.perf_counter() - began) * 1000
    assert data == {field: {"nodes": []}}
    await client.delete_kind(kind)
    client.close()
    steps.advance()
    return milliseconds


def _result(baseline: tuple[float, float], timings: list[_Timing], reports: dict[str, LoadReport]) -> DefinitionsResult:
    for name, report in reports.items():
        if report.failed:
            raise RuntimeError(f"{report.failed} requests of the {name} reader failed: {report.first_failure}")

    def windows(span: tuple[float, float]) -> dict[str, ReaderWindow]:
        return {name: _window(report.trace, span) for name, report in reports.items()}

    return DefinitionsResult(
        baseline=windows(baseline),
        steps=[
            StepResult(
                kinds=timing.kinds,
                define_ms=timing.define_ms,
                memory_kib=timing.memory_kib,
                installed_per_second=timing.installed_per_second,
                install_retries=timing.install_retries,
                defining=windows(timing.defining),
                installing=windows(timing.installing),
            )
            for timing in timings
        ],
    )


def _window(trace: list[tuple[float, float]], span: tuple[float, float]) -> ReaderWindow:
    """Return what was in flight at any moment of the span."""
    began, ended = span
    times = sorted(spent for sent, spent in trace if sent < ended and sent + spent / 1000 > began)
    if not times:
        return ReaderWindow(0, 0.0, 0.0, 0.0)
    return ReaderWindow(len(times), times[len(times) // 2], times[len(times) * 99 // 100], times[-1])
