"""Define-to-usable: from sending ``createResourceDefinition`` to the first successful typed query of the new kind.

Each step installs kinds, then defines some more in two ways:

- beside readers that ask all the time, which see how long the event loop is blocked, also while kinds are installed;
- timed, in turns with a second server that never has more than the first: so the ratio between the two is of one
  moment, and does not drift with the machine as figures of different minutes do.

Every timed kind is removed again before the next.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.client import Client, create_kind_request, in_flight, install_workload
from bench.processes import kindgraph
from bench.readers import Readers, ReaderWindow, Stopwatch
from bench.wire import graphql_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from bench.processes import ServerProcess
    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["DefinitionsResult", "StepResult", "define", "measure_definitions"]

_DATABASE = "kindgraph_bench_definitions"
_REFERENCE_DATABASE = "kindgraph_bench_reference"
_RESOURCES = 50


@dataclass(frozen=True)
class StepResult:
    """What a number of kinds costs.

    Attributes:
        kinds: How many kinds of the benchmark are installed.
        define_ms: Each time from sending the definition to the answer of the first typed query.
        reference_ms: The same on the server without kinds, taken in turns.
        memory_kib: The server's resident set once the kinds are installed.
        installed_per_second: How fast the kinds of this step came in; 0 where none did.
        install_retries: How often the server put one of them off meanwhile.
        installing: What the readers saw while the kinds of this step were installed.
        defining: What they saw while single kinds were defined and removed.
    """

    kinds: int
    define_ms: list[float]
    reference_ms: list[float]
    memory_kib: int
    installed_per_second: float
    install_retries: int
    installing: dict[str, ReaderWindow]
    defining: dict[str, ReaderWindow]

    @property
    def median_ms(self) -> float:
        """Define-to-usable with so many kinds."""
        return median(self.define_ms)

    @property
    def reference_median_ms(self) -> float:
        """Define-to-usable with none, at the same time."""
        return median(self.reference_ms)

    @property
    def ratio(self) -> float:
        """How much longer a definition takes with so many kinds than with none."""
        return self.median_ms / self.reference_median_ms


@dataclass(frozen=True)
class DefinitionsResult:
    """All steps; ``baseline`` is what the readers saw beside nothing."""

    baseline: dict[str, ReaderWindow]
    steps: list[StepResult]

    def kib_per_kind(self, step: StepResult) -> float | None:
        """Return what each kind added to the server's memory since the first step."""
        return (step.memory_kib - self.steps[0].memory_kib) / step.kinds if step.kinds else None


async def measure_definitions(mongo_uri: str, sizes: Sizes, steps: Steps) -> DefinitionsResult:
    """Run the case."""
    steps.begin("definitions", total=sizes.kind_steps[-1] + 3 * len(sizes.kind_steps) * sizes.definitions)
    steps.say("starting servers")
    async with (
        kindgraph(mongo_uri=mongo_uri, database=_REFERENCE_DATABASE) as reference,
        kindgraph(mongo_uri=mongo_uri, database=_DATABASE) as server,
    ):
        await install_workload(server.port, resources=_RESOURCES)
        steps.say("warming up")
        for number in range(sizes.definitions // 3):
            await define(reference, f"Warm{number}")
            await define(server, f"Warm{number}")
        baseline = await _baseline(server, sizes, steps)
        measured = [step async for step in _steps(server, reference, sizes, steps)]
    steps.end()
    return DefinitionsResult(baseline=baseline, steps=measured)


async def _baseline(server: ServerProcess, sizes: Sizes, steps: Steps) -> dict[str, ReaderWindow]:
    steps.say("reading beside nothing")
    async with Readers(server.port, resources=_RESOURCES) as readers:
        with Stopwatch() as resting:
            await asyncio.sleep(sizes.baseline_seconds)
        await readers.finish()
    return readers.windows(resting.ends)


async def _steps(
    server: ServerProcess, reference: ServerProcess, sizes: Sizes, steps: Steps
) -> AsyncIterator[StepResult]:
    installed = 0
    for kinds in sizes.kind_steps:
        async with Readers(server.port, resources=_RESOURCES) as readers:
            steps.say(f"installing kinds up to {kinds}")
            with Stopwatch() as installing:
                retries = await _install(server, range(installed, kinds), sizes=sizes, steps=steps)
            await asyncio.sleep(sizes.settle_seconds)
            memory_kib = server.memory_kib()
            steps.say(f"defining beside {kinds} kinds and two readers")
            with Stopwatch() as defining:
                for number in range(sizes.definitions):
                    await define(server, f"Seen{kinds}n{number}")
                    steps.advance()
            await readers.finish()
        steps.say(f"defining beside {kinds} kinds, in turns with none")
        define_ms, reference_ms = await _take_turns(server, reference, sizes=sizes, steps=steps, prefix=f"Timed{kinds}")
        yield StepResult(
            kinds=kinds,
            define_ms=define_ms,
            reference_ms=reference_ms,
            memory_kib=memory_kib,
            installed_per_second=(kinds - installed) / installing.seconds,
            install_retries=retries,
            installing=readers.windows(installing.ends),
            defining=readers.windows(defining.ends),
        )
        installed = kinds


async def _install(server: ServerProcess, numbers: Iterable[int], *, sizes: Sizes, steps: Steps) -> int:
    async def create(client: Client, number: int) -> None:
        await client.create_kind(f"Installed{number}")
        steps.advance()

    return await in_flight(numbers, create, port=server.port, concurrency=sizes.install_concurrency)


async def _take_turns(
    server: ServerProcess, reference: ServerProcess, *, sizes: Sizes, steps: Steps, prefix: str
) -> tuple[list[float], list[float]]:
    times: dict[ServerProcess, list[float]] = {server: [], reference: []}
    for number in range(sizes.definitions):
        for turn in (server, reference):
            times[turn].append(await define(turn, f"{prefix}n{number}"))
            steps.advance()
    return times[server], times[reference]


async def define(server: ServerProcess, kind: str) -> float:
    """Define a kind, query it, and return how many milliseconds both took; then remove it again, untimed."""
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
    return milliseconds
