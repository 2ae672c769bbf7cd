"""A controller of many resources: how soon it knows them all, what a reconcile costs, how soon it acts on a change."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from bench import workload
from bench.client import Client, in_flight
from bench.processes import kindgraph
from bench.wire import graphql_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["WRITES_PER_SECOND", "ControllersResult", "measure_controllers"]

WRITES_PER_SECOND = 100
_DATABASE = "kindgraph_bench_controllers"
_AT_ONCE = 50
_WRITERS = 16
_REST_SECONDS = 1.0
_LONGEST_SECONDS = 600.0
_UPDATE = """
mutation Update($name: String!, $patch: ExternalServicePatch!) {
  updateExternalService(name: $name, patch: $patch) { metadata { name } }
}
"""


@dataclass(frozen=True)
class ControllersResult:
    """What the case found.

    Attributes:
        sync_seconds: From the start of the process to knowing all resources.
        sync_cpu_seconds: Of the controller.
        per_second: Reconciles that do nothing, with eight workers.
        cpu_us: Of the controller, for one of them.
        memory_kib: What one resource adds to it.
        p50_ms: From sending a write to the begin of its reconcile.
        p99_ms: Likewise.
        behind_p50_ms: By how much a reconcile begins later than its write is answered, which may be before.
        behind_p99_ms: Likewise.
        within_p99_ms: From the arrival of an event in the controller to the begin of its reconcile.
        changes: How many of them there were.
    """

    resources: int
    sync_seconds: float
    sync_cpu_seconds: float
    per_second: float
    cpu_us: float
    memory_kib: float
    p50_ms: float
    p99_ms: float
    behind_p50_ms: float
    behind_p99_ms: float
    within_p99_ms: float
    changes: int


async def measure_controllers(mongo_uri: str, sizes: Sizes, steps: Steps) -> ControllersResult:
    """Run the case."""
    steps.begin("controllers", total=2)
    steps.say(f"installing {sizes.controlled_resources:,} resources")
    async with kindgraph(mongo_uri=mongo_uri, database=_DATABASE) as server:
        await _install(server.port, sizes.controlled_resources)
        steps.advance()
        steps.say("controlling them")
        async with _controller(f"http://127.0.0.1:{server.port}") as controller:
            known = await _told(controller)
            answered_ns = await _write_steadily(server.port, sizes)
            await asyncio.sleep(_REST_SECONDS)
            assert controller.stdin is not None
            controller.stdin.close()
            told = await _told(controller)
        steps.advance()
    steps.end()
    count = known["resources"]
    begun_ns = told["begun_ns"]
    waited = sorted((begun - int(host[1:])) / 1e6 for host, begun in begun_ns.items())
    behind = sorted((begun - answered_ns[host]) / 1e6 for host, begun in begun_ns.items())
    return ControllersResult(
        resources=count,
        sync_seconds=known["sync_seconds"],
        sync_cpu_seconds=known["sync_cpu_seconds"],
        per_second=count / known["reconcile_seconds"],
        cpu_us=known["reconcile_cpu_seconds"] * 1e6 / count,
        memory_kib=known["memory_kib"] / count,
        p50_ms=_quantile(waited, 50),
        p99_ms=_quantile(waited, 99),
        behind_p50_ms=_quantile(behind, 50),
        behind_p99_ms=_quantile(behind, 99),
        within_p99_ms=_quantile(told["within_ms"], 99),
        changes=len(waited),
    )


async def _install(port: int, count: int) -> None:
    """Create resources, many with one request; they are none of what is measured."""
    client = await Client.open(port)
    await client.create_kind("ExternalService")
    client.close()

    async def create(client: Client, numbers: range) -> None:
        inputs = {}
        for number in numbers:
            resource = workload.resource(number)
            metadata = {"name": resource["name"], "labels": resource["labels"]}
            inputs[f"i{number}"] = {"metadata": metadata, "spec": resource["spec"]}
        declared = ", ".join(f"${name}: ApplyExternalServiceInput!" for name in inputs)
        fields = " ".join(f"{name}: applyExternalService(input: ${name}) {{ id }}" for name in inputs)
        await client.send_until_accepted(graphql_request(f"mutation Create({declared}) {{ {fields} }}", inputs))

    batches = [range(first, min(first + _AT_ONCE, count)) for first in range(0, count, _AT_ONCE)]
    await in_flight(batches, create, port=port, concurrency=2)


def _quantile(ascending: Sequence[float], percent: int) -> float:
    return ascending[len(ascending) * percent // 100]


async def _write_steadily(port: int, sizes: Sizes) -> dict[str, int]:
    """Change one resource after the other, so many a second, each saying when it was sent.

    Returns:
        When each was answered, by what it wrote (CLOCK_MONOTONIC, in ns).
    """
    answered_ns: dict[str, int] = {}
    count = max(1, round(WRITES_PER_SECOND * sizes.controlled_seconds))
    began = time.monotonic()

    async def write(client: Client, number: int) -> None:
        await asyncio.sleep(began + number / WRITES_PER_SECOND - time.monotonic())
        name = workload.resource_name(number % sizes.controlled_resources)
        host = f"t{time.monotonic_ns()}"
        patch = {"spec": {"host": host}}
        await client.send_until_accepted(graphql_request(_UPDATE, {"name": name, "patch": patch}))
        answered_ns[host] = time.monotonic_ns()

    await in_flight(itertools.islice(itertools.count(), count), write, port=port, concurrency=_WRITERS)
    return answered_ns


@contextlib.asynccontextmanager
async def _controller(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.controlled", url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _told(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(_LONGEST_SECONDS):
        line = await process.stdout.readline()
    told: dict[str, Any] = orjson.loads(line)
    return told
