"""Fan-out: many subscribers of one kind beside a raw broadcast of the same bytes, on the same server.

Four questions. How many deliveries a second, and what does one cost (CPU time of the server, writes included)? How
long does a change take to arrive, while changes come steadily? Does a change cost by the subscribers that want it,
or by those that there are? And what does a subscriber keep in memory who is told nothing?
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from bench import workload
from bench.client import Client, in_flight, install_workload
from bench.processes import kindgraph, yardstick
from bench.subscribers import Subscribers
from bench.wire import Connection, graphql_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.processes import ServerProcess
    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["FanOut", "Filtered", "Idle", "WatchesResult", "measure_watches"]

_DATABASE = "kindgraph_bench_watches"
_SUBPROTOCOL = "graphql-transport-ws"
_RESOURCES = 100
_WRITERS = 8
_WRITES_PER_SECOND = 20
_LONGEST_SECONDS = 120.0
_LEAST_STEADY_WRITES = 20
_ON_ONE_SOCKET = 500
_REST_SECONDS = 1.0
_WATCH = """
subscription Watch($where: ExternalServiceFilter) {
  watchExternalServices(where: $where) {
    type resourceVersion
    object { metadata { name } spec { host port tls limits { maxConns } } }
  }
}
"""
_UPDATE = """
mutation Update($name: String!, $patch: ExternalServicePatch!) {
  updateExternalService(name: $name, patch: $patch) { metadata { name } }
}
"""


@dataclass(frozen=True)
class FanOut:
    """So many subscribers of all changes.

    Attributes:
        per_second: Deliveries, while changes come as fast as they can be written.
        raw_per_second: Those of the broadcast.
        cpu_us: CPU time of the server for one delivery, its share of the write included.
        raw_cpu_us: That of the broadcast.
        p50_ms: From sending a write to the arrival of its event, at 20 writes a second.
        p99_ms: Likewise.
    """

    subscribers: int
    per_second: float
    raw_per_second: float
    cpu_us: float
    raw_cpu_us: float
    p50_ms: float
    p99_ms: float

    @property
    def ratio(self) -> float:
        """Deliveries a second, against the broadcast."""
        return self.per_second / self.raw_per_second


@dataclass(frozen=True)
class Filtered:
    """So many subscribers, each with a filter of its own, of which so many take a change; CPU time of one write."""

    subscribers: int
    matching: int
    cpu_us: float


@dataclass(frozen=True)
class Idle:
    """What so many idle subscribers add to the resident memory of a fresh server, for each of them.

    Attributes:
        alone_kib: Each on a WebSocket of its own, connection and all.
        together_kib: So many on one WebSocket as one may carry.
        raw_kib: A WebSocket that a raw ASGI application has accepted, on the same server: nothing is subscribed to.
    """

    subscribers: int
    alone_kib: float
    together_kib: float
    raw_kib: float


@dataclass(frozen=True)
class WatchesResult:
    """What the case found."""

    fan_out: list[FanOut]
    filtered: list[Filtered]
    idle: Idle


async def measure_watches(mongo_uri: str, sizes: Sizes, steps: Steps) -> WatchesResult:
    """Run the case."""
    filters = [(1, 1), (sizes.filters, 1), (sizes.filters, max(1, sizes.filters // 10))]
    steps.begin("watches", total=1 + len(sizes.subscriber_steps) + len(filters))
    steps.say(f"{sizes.idle_subscribers:,} idle subscribers")
    idle = await _measure_idle(mongo_uri, sizes.idle_subscribers)
    steps.advance()
    steps.say("starting servers")
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(kindgraph(mongo_uri=mongo_uri, database=_DATABASE))
        raw = await stack.enter_async_context(yardstick("broadcast", mongo_uri=mongo_uri))
        await install_workload(server.port, resources=_RESOURCES)
        case = _Case(server, raw, sizes)
        fan_out = []
        for subscribers in sizes.subscriber_steps:
            steps.say(f"{subscribers:,} subscribers")
            fan_out.append(await case.fan_out(subscribers))
            steps.advance()
        filtered = []
        for subscribers, matching in filters:
            steps.say(f"{subscribers:,} filters, {matching:,} of which take a change")
            filtered.append(await case.filtered(subscribers, matching))
            steps.advance()
    steps.end()
    return WatchesResult(fan_out, filtered, idle)


async def _measure_idle(mongo_uri: str, count: int) -> Idle:
    """Measure each on a server of its own: what another has freed would be taken first, and count for nothing."""
    alone = [_hello(None)] * count
    together = [_hello(*[None] * min(_ON_ONE_SOCKET, count))] * max(1, count // _ON_ONE_SOCKET)
    kib = []
    for hello in (alone, together):
        async with kindgraph(mongo_uri=mongo_uri, database=_DATABASE) as server:
            await install_workload(server.port, resources=_RESOURCES)
            kib.append(await _memory(server, hello, path="/graphql", subprotocol=_SUBPROTOCOL) / count)
    async with yardstick("broadcast", mongo_uri=mongo_uri) as raw:
        raw_kib = await _memory(raw, [[]] * count, path="/", subprotocol=None) / count
    return Idle(count, *kib, raw_kib)


async def _memory(server: ServerProcess, hello: Sequence[Sequence[str]], *, path: str, subprotocol: str | None) -> int:
    """Return how many KiB a server has grown by once connections are open and nothing more happens."""
    async with Subscribers() as first, Subscribers() as subscribers:
        await first.open(server.port, hello[:1], path=path, subprotocol=subprotocol)  # what is made once
        before = server.memory_kib()
        await subscribers.open(server.port, hello, path=path, subprotocol=subprotocol)
        await asyncio.sleep(_REST_SECONDS)
        return server.memory_kib() - before


def _hello(*filters: Any) -> list[str]:
    """Return what a connection begins with: one subscription for each filter, None for all changes."""
    subscribe = [
        orjson.dumps(
            {"id": str(number), "type": "subscribe", "payload": {"query": _WATCH, "variables": {"where": where}}}
        ).decode()
        for number, where in enumerate(filters, 1)
    ]
    return ['{"type":"connection_init"}', *subscribe]


class _Case:
    def __init__(self, server: ServerProcess, raw: ServerProcess, sizes: Sizes) -> None:
        self._server = server
        self._raw = raw
        self._sizes = sizes
        self._number = 1_000  # beyond what resources begin with: each write changes something

    async def fan_out(self, count: int) -> FanOut:
        async with Subscribers() as subscribers:
            await self._subscribe(subscribers, [None] * count)
            times = await self._latencies(subscribers, count)
            writes = max(self._sizes.least_writes, min(self._sizes.deliveries // count, self._sizes.most_writes))
            cpu, began = self._server.cpu_seconds(), time.monotonic()
            await self._write(writes)
            await subscribers.wait(count * writes, seconds=_LONGEST_SECONDS)
            cpu = self._server.cpu_seconds() - cpu
            report = await subscribers.report()
        seconds = report["last"] - began
        raw_seconds, raw_cpu = await self._broadcast(count, writes, report["sample"])
        deliveries = count * writes
        return FanOut(
            subscribers=count,
            per_second=deliveries / seconds,
            raw_per_second=deliveries / raw_seconds,
            cpu_us=cpu * 1e6 / deliveries,
            raw_cpu_us=raw_cpu * 1e6 / deliveries,
            p50_ms=times[len(times) // 2],
            p99_ms=times[len(times) * 99 // 100],
        )

    async def filtered(self, count: int, matching: int) -> Filtered:
        groups = count // matching
        filters = [
            {"spec": {"port": {"eq": 1024 + number % groups}, "limits": {"maxConns": {"gte": -number}}}}
            for number in range(count)
        ]
        async with Subscribers() as subscribers:
            await self._write(_RESOURCES, port=1024)
            await self._subscribe(subscribers, filters)
            writes = self._sizes.least_writes
            cpu = self._server.cpu_seconds()
            await self._write(writes, port=1024)
            await subscribers.wait(matching * writes, seconds=_LONGEST_SECONDS)
            cpu = self._server.cpu_seconds() - cpu
        return Filtered(count, matching, cpu * 1e6 / writes)

    async def _subscribe(self, subscribers: Subscribers, filters: Sequence[Any]) -> None:
        hello = [_hello(where) for where in filters]
        await subscribers.open(self._server.port, hello, path="/graphql", subprotocol=_SUBPROTOCOL)

    async def _latencies(self, subscribers: Subscribers, count: int) -> list[float]:
        """Return how long each delivery took, in ascending milliseconds."""
        client = await Client.open(self._server.port)
        sent: dict[int, float] = {}
        most = max(_LEAST_STEADY_WRITES, self._sizes.deliveries // count)
        writes = min(most, max(1, round(self._sizes.steady_seconds * _WRITES_PER_SECOND)))
        began = time.monotonic()
        for turn in range(writes):
            await asyncio.sleep(max(0.0, began + turn / _WRITES_PER_SECOND - time.monotonic()))
            self._number += 1
            sent[self._number] = time.monotonic()
            await client.send_until_accepted(self._update(self._number))
        client.close()
        await subscribers.wait(count * writes, seconds=_LONGEST_SECONDS)
        arrivals = (await subscribers.report())["arrivals"]
        return sorted((moment - sent[number]) * 1000 for number, moments in arrivals for moment in moments)

    async def _write(self, writes: int, *, port: int | None = None) -> None:
        """Change one resource after another, several at a time."""
        numbers = range(self._number + 1, self._number + 1 + writes)
        self._number += writes

        async def write(client: Client, number: int) -> None:
            await client.send_until_accepted(self._update(number, port=port))

        await in_flight(numbers, write, port=self._server.port, concurrency=min(_WRITERS, writes))

    def _update(self, number: int, *, port: int | None = None) -> bytes:
        spec = {"limits": {"maxConns": number}, **({} if port is None else {"port": port})}
        name = workload.resource_name(number % _RESOURCES)
        return graphql_request(_UPDATE, {"name": name, "patch": {"spec": spec}})

    async def _broadcast(self, count: int, messages: int, text: str) -> tuple[float, float]:
        """Return seconds and CPU seconds of sending a text so many times to so many."""
        request = b"POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s"
        body = text.encode()
        async with Subscribers() as subscribers:
            await subscribers.open(self._raw.port, [[]] * count, path="/", subprotocol=None)
            client = await Connection.open(self._raw.port)
            cpu, began = self._raw.cpu_seconds(), time.monotonic()
            for _ in range(messages):
                await client.send(request % (len(body), body))
            await subscribers.wait(count * messages, seconds=_LONGEST_SECONDS)
            cpu = self._raw.cpu_seconds() - cpu
            report = await subscribers.report()
            client.close()
        return report["last"] - began, cpu
