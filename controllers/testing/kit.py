"""Controllers at work inside a test."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry

from controllers.client import Client
from controllers.clock import Clock, SystemClock
from controllers.process import ControllerProcess
from controllers.resource import Key, Resource
from controllers.testing.clock import FakeClock

if TYPE_CHECKING:
    from controllers.controller import Controller
    from controllers.informer import Informer
    from controllers.runtime import Runtime

__all__ = ["ControllerKit"]

_LOOK_SECONDS: Final = 0.005
PATIENCE_SECONDS: Final = 30.0


class ControllerKit:
    """Some controllers that run against a server.

    Attributes:
        resources: Reads and writes resources, as a user would.
        clock: The controllers' time: a ``FakeClock`` unless asked otherwise.
        process: What runs them.
    """

    def __init__(self, controllers: Sequence[Controller], *, client: Client, clock: Clock, elect: bool) -> None:
        self.clock = clock
        self.process = ControllerProcess(
            controllers, client=client, clock=clock, registry=CollectorRegistry(), alone=not elect
        )
        self.resources = self.process.resources

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, *controllers: Controller, url: str, real_time: bool = False, elect: bool = False
    ) -> AsyncIterator[ControllerKit]:
        """Run controllers for the length of a block.

        Args:
            controllers: What is to be tested.
            url: The server's address.
            real_time: Time passes by itself.
            elect: Have a leader elected; it needs ``real_time``, for a lease is renewed over the network.
        """
        if elect and not real_time:
            raise ValueError("an election needs real_time")
        async with Client(url) as client:
            kit = cls(controllers, client=client, clock=SystemClock() if real_time else FakeClock(), elect=elect)
            stop = asyncio.Event()
            running = asyncio.create_task(kit.process.run(stop, grace_seconds=5))
            try:
                yield kit
            finally:
                stop.set()
                await running

    async def define(self, definition: Mapping[str, Any]) -> None:
        """Define a kind, as ``kindgraph apply`` does: ``{"kind": "Widget", "schema": …}``."""
        await self.resources.create("ResourceDefinition", {"spec": definition})

    async def apply(self, kind: str, name: str, namespace: str | None = None, **body: Any) -> Resource:
        """Create a resource, or merge into it: ``await kit.apply("Widget", "a", spec={"size": 1})``."""
        metadata = {**body.pop("metadata", {}), "name": name, "namespace": namespace}
        return (await self.resources.apply(kind, {"metadata": metadata, **body})).resource

    async def get(self, kind: str, name: str, namespace: str | None = "default") -> Resource | None:
        """Return a resource as the server has it."""
        namespaced = (await self.resources.kinds.get(kind)).namespaced
        return await self.resources.find(kind, Key(namespace if namespaced else None, name))

    async def delete(self, kind: str, name: str, namespace: str | None = "default") -> None:
        """Delete a resource."""
        namespaced = (await self.resources.kinds.get(kind)).namespaced
        await self.resources.delete(kind, Key(namespace if namespaced else None, name))

    async def settled(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Return once the controllers have seen everything that is stored, and have nothing more to do for now.

        What is due later, such as the retry of a failure, does not count: ``advance`` makes it due.

        Raises:
            AssertionError: They do not come to rest. The message says what is left.
        """
        until = time.monotonic() + patience_seconds
        while not await self._is_settled():
            if time.monotonic() > until:
                raise AssertionError(f"not settled after {patience_seconds:g} s: {self._left()}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def advance(self, seconds: float) -> None:
        """Let time pass, settling whenever something becomes due."""
        if not isinstance(self.clock, FakeClock):
            raise TypeError("real time cannot be advanced")
        until = self.clock.now() + seconds
        while (due := self.clock.next_due()) is not None and due <= until:
            self.clock.advance(max(due - self.clock.now(), 0))
            await self.settled()
        self.clock.advance(until - self.clock.now())

    def runtime(self, controller: Controller | str) -> Runtime:
        """Return what runs a controller, or the one of a name."""
        name = controller if isinstance(controller, str) else controller.name
        return next(runtime for runtime in self.process.runtimes if runtime.controller.name == name)

    async def _is_settled(self) -> bool:
        if not self._is_idle():
            return False
        for informer in self.process.informers.values():
            if not await self._is_up_to_date(informer):
                return False
        return self._is_idle()

    def _is_idle(self) -> bool:
        runtimes = self.process.runtimes
        return all(runtime.synced and runtime.told and (runtime.is_idle or not runtime.works) for runtime in runtimes)

    async def _is_up_to_date(self, informer: Informer) -> bool:
        if not informer.exists:
            return True
        stored = await self.resources.list(informer.kind, informer.scope)
        return {one.key: (one.uid, one.version) for one in stored} == informer.store.versions()

    def _left(self) -> str:
        return "; ".join(f"{name}: {details}" for name, details in self.process.report().details.items())
