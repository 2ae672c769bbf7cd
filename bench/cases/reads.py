"""Get-one and list-100 of Kindgraph beside hand-written yardsticks, taking turns on one mongod.

Every server is a process of its own, served by the same options. Turns are interleaved (A B C D A B C D), because a
shared machine drifts; medians are over the turns.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from bench import workload
from bench.client import Client, install_workload
from bench.load import Load, run_load
from bench.processes import kindgraph, yardstick
from bench.yardsticks.store import seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.processes import ServerProcess
    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["OPERATIONS", "YARDSTICKS", "ReadResult", "ReadsResult", "measure_reads"]

_DATABASE = "kindgraph_bench_reads"
YARDSTICKS = ("plain", "cached", "raw")


class _Operation(NamedTuple):
    name: str
    concurrency: int


OPERATIONS = (_Operation("get-one", 32), _Operation("list-100", 16))


@dataclass(frozen=True)
class _Turn:
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@dataclass(frozen=True)
class ReadResult:
    """One operation of one server: medians over its turns, and the turns."""

    server: str
    operation: str
    concurrency: int
    bytes_per_response: int
    turns: list[_Turn] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return median(turn.per_second for turn in self.turns)

    @property
    def p50_ms(self) -> float:
        """Half of the requests took less."""
        return median(turn.p50_ms for turn in self.turns)

    @property
    def p99_ms(self) -> float:
        """All but one in a hundred took less."""
        return median(turn.p99_ms for turn in self.turns)

    @property
    def cpu_us(self) -> float:
        """CPU time of the server process for one request, in microseconds."""
        return median(turn.cpu_us for turn in self.turns)


@dataclass(frozen=True)
class ReadsResult:
    """All servers and operations."""

    resources: int
    reads: list[ReadResult]

    def per_second(self, server: str, operation: str) -> float:
        """Return one figure."""
        return self.find(server, operation).per_second

    def find(self, server: str, operation: str) -> ReadResult:
        """Return one result."""
        return next(read for read in self.reads if (read.server, read.operation) == (server, operation))


async def measure_reads(mongo_uri: str, sizes: Sizes, steps: Steps) -> ReadsResult:
    """Run the case."""
    steps.begin("reads", total=sizes.rounds * (len(YARDSTICKS) + 1) * len(OPERATIONS))
    steps.say("starting servers")
    async with contextlib.AsyncExitStack() as stack:
        await seed(mongo_uri, sizes.resources)
        running = [
            kindgraph(mongo_uri=mongo_uri, database=_DATABASE),
            *(yardstick(name, mongo_uri=mongo_uri) for name in YARDSTICKS),
        ]
        servers = await asyncio.gather(*(stack.enter_async_context(server) for server in running))
        steps.say(f"creating {sizes.resources} resources")
        await install_workload(servers[0].port, resources=sizes.resources)
        await _check_alike(servers)
        turns: dict[tuple[str, str], list[_Turn]] = {}
        response_bytes: dict[tuple[str, str], int] = {}
        for round_number in range(1, sizes.rounds + 1):
            for operation in OPERATIONS:
                for server in servers:
                    steps.say(f"round {round_number}: {operation.name} of {server.name}")
                    turn, size = await _take_turn(server, operation, sizes)
                    turns.setdefault((server.name, operation.name), []).append(turn)
                    response_bytes[server.name, operation.name] = size
                    steps.advance()
    steps.end()
    return ReadsResult(
        resources=sizes.resources,
        reads=[
            ReadResult(server, operation.name, operation.concurrency, response_bytes[server, operation.name], taken)
            for (server, name), taken in turns.items()
            for operation in OPERATIONS
            if operation.name == name
        ],
    )


def _requests(server: str, operation: str, *, resources: int) -> list[bytes]:
    if server == "raw":
        return workload.raw_list_requests() if operation == "list-100" else workload.raw_get_requests(resources)
    return workload.graphql_list_requests() if operation == "list-100" else workload.graphql_get_requests(resources)


async def _check_alike(servers: Sequence[ServerProcess]) -> None:
    """See that all servers answer the same, except for resourceVersion, which each counts for itself."""
    answers = [await _answers(server) for server in servers]
    for server, answer in zip(servers, answers, strict=True):
        if answer != answers[0]:
            raise RuntimeError(f"{server.name} answers otherwise than {servers[0].name}: {answer} {answers[0]}")


async def _answers(server: ServerProcess) -> list[dict[str, Any]]:
    client = await Client.open(server.port)
    [got] = [await client.send(request) for request in _requests(server.name, "get-one", resources=1)]
    [listed] = [await client.send(request) for request in _requests(server.name, "list-100", resources=1)]
    client.close()
    nodes = [got["externalService"], *listed["externalServices"]["nodes"]]
    for node in nodes:
        node["metadata"]["resourceVersion"] = None
    return nodes


async def _take_turn(server: ServerProcess, operation: _Operation, sizes: Sizes) -> tuple[_Turn, int]:
    load = Load(
        port=server.port,
        requests=_requests(server.name, operation.name, resources=sizes.resources),
        concurrency=operation.concurrency,
        seconds=sizes.round_seconds,
        warmup_seconds=sizes.warmup_seconds,
    )
    cpu_before = server.cpu_seconds()
    report = await run_load(load)
    cpu_seconds = server.cpu_seconds() - cpu_before
    # The process's clock includes the warm-up, in which requests come just as fast.
    measured_share = sizes.round_seconds / (sizes.round_seconds + sizes.warmup_seconds)
    cpu_us = cpu_seconds * measured_share * 1e6 / report.completed
    return _Turn(report.per_second, report.p50_ms, report.p99_ms, cpu_us), report.bytes_per_response
