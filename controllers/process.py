"""A process with some controllers: what they share, signals, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import re
import secrets
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from controllers.client import STALL_SECONDS, Client
from controllers.clock import Clock, SystemClock
from controllers.health import HealthServer, Report
from controllers.heartbeat import beating
from controllers.informer import Informer
from controllers.logs import LogFormat, configure
from controllers.metrics import Metrics
from controllers.resources import Resources, Scope
from controllers.runtime import Runtime

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from controllers.controller import Controller

__all__ = ["ControllerProcess", "listening", "run", "serve", "stopping"]

_LOG: Final = logging.getLogger("controllers")
GRACE_SECONDS: Final = 20.0


class ControllerProcess:
    """Controllers that share informers, a connection to a server, and metrics.

    Args:
        controllers: What is to be done.
        client: The server.
        clock: The time.
        registry: Where metrics are; the process's own unless given.
        identity: Of the process; made of host and process unless given.
        alone: There is no other process with any of the controllers, so nobody needs to be elected.

    Raises:
        ValueError: A controller has nothing to do, or two have one name.
    """

    def __init__(
        self,
        controllers: Sequence[Controller],
        *,
        client: Client,
        clock: Clock | None = None,
        registry: CollectorRegistry | None = None,
        identity: str | None = None,
        alone: bool = False,
    ) -> None:
        for controller in controllers:
            if controller.reconciler is None:
                raise ValueError(f"the controller {controller.name} has no reconcile")
        names = [controller.name for controller in controllers]
        if len(set(names)) != len(names):
            raise ValueError(f"controllers of one process need different names, not {', '.join(names)}")
        self.client = client
        self.resources = Resources(client)
        self.metrics = Metrics(registry)
        self.informers: dict[tuple[str, str], Informer] = {}
        self.runtimes = [
            Runtime(
                controller,
                resources=self.resources,
                informer_of=self._informer_of,
                clock=clock or SystemClock(),
                metrics=self.metrics,
                identity=identity or _identity(),
                alone=alone,
            )
            for controller in controllers
        ]

    async def run(self, stop: asyncio.Event, *, grace_seconds: float = GRACE_SECONDS) -> None:
        """Work until told to stop.

        Raises:
            ExceptionGroup: A defect: what is left of the process had better be started anew.
        """
        following = [asyncio.create_task(informer.run()) for informer in self.informers.values()]
        try:
            async with asyncio.TaskGroup() as group:
                for runtime in self.runtimes:
                    group.create_task(runtime.run(stop, grace_seconds=grace_seconds))
                group.create_task(_first_failure(following, stop))
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)

    def report(self) -> Report:
        """Return how the process is."""
        details = {
            runtime.controller.name: {
                "synced": runtime.synced,
                "leader": runtime.elector.holds,
                "paused": runtime.elector.paused,
                "queueDepth": len(runtime.queue),
                "running": runtime.queue.running,
                "watches": {informer.kind: informer.connected for informer in runtime.world.informers},
            }
            for runtime in self.runtimes
        }
        return Report(alive=True, ready=all(runtime.synced for runtime in self.runtimes), details=details)

    def status(self) -> Mapping[str, Any]:
        """Return what a Lease tells of the process: the sums of its controllers."""
        own = [runtime.status() for runtime in self.runtimes]
        return {
            **(own[0] if own else {}),
            "queueDepth": sum(one["queueDepth"] for one in own),
            "running": sum(one["running"] for one in own),
            "paused": bool(own) and all(one["paused"] for one in own),
            "kinds": sorted({kind for one in own for kind in one["kinds"]}),
            "lastErrors": [error for one in own for error in one["lastErrors"]],
        }

    def observe(self) -> None:
        """Have gauges show how things are."""
        for runtime in self.runtimes:
            runtime.observe()

    def _informer_of(self, kind: str, scope: Scope) -> Informer:
        identity = (kind, repr(scope))
        if identity not in self.informers:
            self.informers[identity] = Informer(kind, scope, client=self.client, resources=self.resources)
        return self.informers[identity]


async def _first_failure(tasks: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Return when told to stop; what ends before is a defect, and is raised."""
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()
    finally:
        stopping.cancel()


async def serve(
    controllers: Sequence[Controller],
    *,
    server: str | None = None,
    headers: Mapping[str, str] | None = None,
    listen: tuple[str, int] | None = None,
    grace_seconds: float = GRACE_SECONDS,
    stall_seconds: float = STALL_SECONDS,
) -> None:
    """Run controllers until the process gets SIGTERM or SIGINT.

    Args:
        controllers: What is to be done.
        server: The server's address; that of the variable, or the usual one, unless given.
        headers: Sent with each request, such as ``authorization``.
        listen: Where health and metrics are served; nowhere unless given.
        grace_seconds: How long reconciles that have begun may take once it is told to stop.
        stall_seconds: How long a watch may be silent before it counts as dead.
    """
    async with Client(server, headers=headers, stall_seconds=stall_seconds) as client:
        process = ControllerProcess(controllers, client=client)
        async with listening(process, listen):
            with stopping() as stop:
                _LOG.info("running %s on %s", ", ".join(one.name for one in controllers), client.url)
                async with beating(process.resources, is_ready=lambda: process.report().ready, status=process.status):
                    await process.run(stop, grace_seconds=grace_seconds)


def run(
    controllers: Sequence[Controller],
    *,
    server: str | None = None,
    headers: Mapping[str, str] | None = None,
    listen: tuple[str, int] | None = None,
    log_format: LogFormat = "text",
    log_level: str = "info",
) -> None:
    """Run controllers as a program; as ``serve``, and with logs."""
    configure(log_format, level=log_level)
    asyncio.run(serve(controllers, server=server, headers=headers, listen=listen))


@contextlib.asynccontextmanager
async def listening(process: ControllerProcess, address: tuple[str, int] | None) -> AsyncIterator[None]:
    """Serve health and metrics for the length of a block; nothing without an address."""
    if address is None:
        yield
        return
    health = HealthServer(report=process.report, observe=process.observe, registry=process.metrics.registry)
    port = await health.start(*address)
    _LOG.info("health and metrics on http://%s:%d", address[0], port)
    try:
        yield
    finally:
        await health.stop()


@contextlib.contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """Have signals set an event; the second one ends the process as usual."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def asked() -> None:
        stop.set()
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, asked)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _identity() -> str:
    host = re.sub(r"[^a-z0-9]+", "-", platform.node().lower()).strip("-")[:60] or "host"
    return f"{host}-{os.getpid()}-{secrets.token_hex(3)}"
