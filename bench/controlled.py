"""A controller with an empty reconcile, in a process of its own, which tells how it does.

    python -m bench.controlled URL

It prints one line of JSON when it has reconciled everything, and another when stdin is closed. A resource whose
``spec.host`` is ``t`` and a time (CLOCK_MONOTONIC, which all processes share, in ns) says when it was written.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from controllers import Context, Controller, Key, Resource
from controllers.client import Client
from controllers.process import ControllerProcess

__all__ = ["WORKERS"]

WORKERS = 8
_LOOK_SECONDS = 0.002


async def _main(url: str) -> None:
    controller = Controller("ExternalService", workers=WORKERS, resync_seconds=None)
    begun_ns: dict[str, int] = {}
    arrived: dict[Key, int] = {}
    within_ms: list[float] = []

    @controller.reconcile
    async def reconcile(resource: Resource, _: Context) -> None:
        host = resource.spec["host"]
        if host.startswith("t"):
            now = time.monotonic_ns()
            begun_ns.setdefault(host, now)
            within_ms.append((now - arrived[resource.key]) / 1e6)

    async with Client(url) as client:
        process = ControllerProcess([controller], client=client, alone=True)
        runtime = process.runtimes[0]
        runtime.informers[0].subscribe(lambda change: arrived.__setitem__(change.key, time.monotonic_ns()))
        stop = asyncio.Event()
        began, cpu, memory = time.monotonic(), time.process_time(), _resident_kib()
        running = asyncio.create_task(process.run(stop))
        while not runtime.works:  # noqa: ASYNC110 - looked at from outside, as whoever waits for it does
            await asyncio.sleep(_LOOK_SECONDS)
        synced, synced_cpu = time.monotonic(), time.process_time()
        while not runtime.is_idle:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)
        _say(
            resources=len(runtime.informers[0].store),
            sync_seconds=synced - began,
            sync_cpu_seconds=synced_cpu - cpu,
            reconcile_seconds=time.monotonic() - synced,
            reconcile_cpu_seconds=time.process_time() - synced_cpu,
            memory_kib=_resident_kib() - memory,
        )
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
        await running
    _say(begun_ns=begun_ns, within_ms=sorted(within_ms))


def _say(**found: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
    sys.stdout.buffer.flush()


def _resident_kib() -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
