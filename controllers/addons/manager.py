"""The addon manager: a controller of Addons, in a process of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from controllers.addons.allowed import Allowance, Allowed
from controllers.addons.container import find_engine
from controllers.addons.crew import Hold
from controllers.addons.definitions import DEFINITION, Definitions
from controllers.addons.names import ADDON_LABEL, FINALIZER, NAMESPACE, Heartbeat
from controllers.addons.program import Surroundings
from controllers.addons.reconciling import LEASE_INDEX, AddonState
from controllers.addons.removal import remove
from controllers.addons.supervisor import Timings
from controllers.client import Client
from controllers.controller import Controller, Requeue
from controllers.predicates import generation_changed
from controllers.process import ControllerProcess, listening, stopping
from controllers.queue import Lane
from controllers.resource import Key

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from controllers.context import Context
    from controllers.resource import Resource

__all__ = ["AddonManager", "ManagerSettings", "run_manager"]

_LOG: Final = logging.getLogger("controllers.addons")
_LEAD_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True)
class ManagerSettings:
    """What the operator says.

    Attributes:
        state: A directory of the manager alone: private copies of packages, and logs.
        directories: What may run: packages, and directories and archives with packages in these.
        entry_points: What may run: installed packages.
        token: For the server; the controllers get it too.
        heartbeat_seconds: How long the heartbeat of a process lasts.
        timings: How long other things may take.
        container_engine: The path of podman or docker; found on PATH unless given.
        lease_seconds: How long another manager waits after the last sign of this one.
    """

    state: Path
    directories: Sequence[Allowance] = ()
    entry_points: Sequence[Allowance] = ()
    token: str | None = None
    heartbeat_seconds: float = 15.0
    timings: Timings = field(default_factory=Timings)
    container_engine: str | None = None
    lease_seconds: float = 15.0


class AddonManager:
    """Installs addons, runs their controllers, and takes them away again.

    Args:
        settings: What the operator says.
        client: The server.
        registry: Where metrics are; the process's own unless given.
        alone: There is no other manager, so nobody needs to be elected.
    """

    def __init__(
        self,
        settings: ManagerSettings,
        *,
        client: Client,
        registry: CollectorRegistry | None = None,
        alone: bool = False,
    ) -> None:
        around = Surroundings(
            server=client.url,
            token=settings.token,
            heartbeat_seconds=settings.heartbeat_seconds,
            engine=settings.container_engine or find_engine(),
        )
        allowed = Allowed(settings.directories, settings.entry_points)
        state = settings.state.resolve()
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._hold = Hold(allowed, state, around, settings.timings)
        self._states: dict[str, AddonState] = {}
        self.process = ControllerProcess(
            [self._controller(settings.lease_seconds)], client=client, registry=registry, alone=alone
        )
        self._definitions = Definitions(self.process.resources)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then end all that runs."""
        leading = asyncio.create_task(self._stop_when_not_leading())
        try:
            await self.process.run(stop)
        finally:
            leading.cancel()
            await asyncio.gather(leading, return_exceptions=True)
            await self._stop_all()

    def _controller(self, lease_seconds: float) -> Controller:
        controller = Controller(
            "Addon",
            name="addon-manager",
            workers=8,
            predicate=generation_changed,
            resync_seconds=300.0,
            finalizer=FINALIZER,
            lease_namespace=NAMESPACE,
            lease_seconds=lease_seconds,
        )
        controller.watches("Lease", _addon_of_lease, namespace=NAMESPACE)
        controller.watches(DEFINITION, _addon_of_definition, labels=ADDON_LABEL, predicate=generation_changed)
        controller.index(LEASE_INDEX, _lease_addons, kind="Lease")
        controller.index(LEASE_INDEX, _definition_addons, kind=DEFINITION)
        controller.reconcile(self._reconcile)
        controller.finalize(self._finalize)
        controller.gone(self._gone)
        return controller

    async def _reconcile(self, addon: Resource, context: Context) -> Requeue | None:
        return await self._state_of(addon).reconcile(addon, context)

    async def _finalize(self, addon: Resource, context: Context) -> Requeue | None:
        outcome = await remove(addon, context, state=self._state_of(addon), definitions=self._definitions)
        if outcome is None:
            self._states.pop(addon.uid, None)
        return outcome

    def _state_of(self, addon: Resource) -> AddonState:
        if addon.uid not in self._states:
            key = addon.key
            self._states[addon.uid] = AddonState(self._hold, self._definitions, on_change=lambda: self._look_again(key))
        return self._states[addon.uid]

    async def _gone(self, key: Key, context: Context) -> None:
        """End what runs for an addon whose finalizer somebody else has removed."""
        there = {addon.uid for addon in await context.list("Addon")}
        for uid in self._states.keys() - there:
            context.log.warning("%s went without the addon manager: its processes are ended", key)
            await self._states.pop(uid).stop()

    def _look_again(self, key: Key) -> None:
        self.process.runtimes[0].queue.add(key, Lane.LIVE)

    async def _stop_when_not_leading(self) -> None:
        """End all that runs once another manager may be running it too."""
        elector = self.process.runtimes[0].elector
        while True:
            await asyncio.sleep(_LEAD_LOOK_SECONDS)
            if self._states and not elector.holds:
                _LOG.warning("another manager may lead by now: all that runs here is ended")
                await self._stop_all()

    async def _stop_all(self) -> None:
        states, self._states = self._states, {}
        await asyncio.gather(*(state.stop() for state in states.values()))


async def run_manager(
    settings: ManagerSettings,
    *,
    server: str | None = None,
    listen: tuple[str, int] | None = None,
) -> None:
    """Run the addon manager until the process gets SIGTERM or SIGINT."""
    headers = {"authorization": f"Bearer {settings.token}"} if settings.token else None
    async with Client(server, headers=headers) as client:
        manager = AddonManager(settings, client=client)
        async with listening(manager.process, listen):
            with stopping() as stop:
                _LOG.info("running addons on %s", client.url)
                await manager.run(stop)


def _addon_of_lease(lease: Resource) -> Iterable[Key]:
    return [Key(None, name) for name in _lease_addons(lease) if isinstance(name, str)]


def _addon_of_definition(definition: Resource) -> Iterable[Key]:
    return [Key(None, name) for name in _definition_addons(definition) if isinstance(name, str)]


def _lease_addons(lease: Resource) -> Iterable[Hashable]:
    found = Heartbeat.parse(lease.name)
    return [] if found is None else [found.addon]


def _definition_addons(definition: Resource) -> Iterable[Hashable]:
    name = definition.labels.get(ADDON_LABEL)
    return [] if name is None else [name]
