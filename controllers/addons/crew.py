"""The processes of one release, and how they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from controllers.addons.logbook import LogBook, log_directory
from controllers.addons.names import NAMESPACE, Heartbeat
from controllers.addons.package import PackageStore
from controllers.addons.program import Program, Surroundings, program_of
from controllers.addons.supervisor import Keeper, Timings

if TYPE_CHECKING:
    from controllers.addons.allowed import Allowed
    from controllers.addons.manifest import ControllerManifest
    from controllers.addons.release import Release
    from controllers.resource import Resource

__all__ = ["Crew", "Health", "Hold"]

_TOLD_LINES: Final = 20
_WITHOUT_HEARTBEAT_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Hold:
    """What all crews share.

    Attributes:
        allowed: What may run.
        state: The manager's own directory.
        around: What all programs share.
        timings: How long things may take.
    """

    allowed: Allowed
    state: Path
    around: Surroundings
    timings: Timings


class Health(NamedTuple):
    """How a process is.

    Attributes:
        ready: It is well.
        reason: Why not, for programs; empty where it is.
        message: Why not, for people.
        next_look_seconds: When time alone may change that.
    """

    ready: bool
    reason: str = ""
    message: str = ""
    next_look_seconds: float | None = None


@dataclass
class _Slot:
    keeper: Keeper
    seen: tuple[str, int] | None = None
    seen_at: float = 0.0


@dataclass
class Crew:
    """The processes of one release.

    Attributes:
        addon: The name of the addon.
        release: What runs.
        hold: What all crews share.
        on_change: Called when something happened to a process.
    """

    addon: str
    release: Release
    hold: Hold
    on_change: Callable[[], None]
    began: float = field(default_factory=time.monotonic)
    _slots: dict[tuple[str, int], _Slot] = field(default_factory=dict)

    @property
    def age_seconds(self) -> float:
        """How long ago it was told to run."""
        return time.monotonic() - self.began

    async def scale(self, replicas: Mapping[str, int]) -> None:
        """Have so many processes of each controller; those beyond are ended."""
        late = [place for place in self._slots if place[1] >= replicas.get(place[0], 0)]
        await asyncio.gather(*(self._slots.pop(place).keeper.stop() for place in late))
        for controller in self.release.controllers:
            for number in range(replicas.get(controller.name, 0)):
                if (controller.name, number) not in self._slots:
                    self._slots[controller.name, number] = _Slot(self._keeper(controller, number))

    async def stop(self) -> None:
        """End all processes, each after what it works on; return once nothing of them is left."""
        slots, self._slots = self._slots, {}
        await asyncio.gather(*(slot.keeper.stop() for slot in slots.values()))

    def look(self, leases: Mapping[str, Resource]) -> dict[tuple[str, int], Health]:
        """Return how each process is, and have those that hang started anew.

        Args:
            leases: The heartbeats of the addon, by name.
        """
        return {place: self._look(place, slot, leases) for place, slot in self._slots.items()}

    def heartbeats(self) -> set[str]:
        """Return the names of the Leases that its processes renew."""
        return {self._heartbeat(place[0], slot.keeper).key.name for place, slot in self._slots.items()}

    def as_status(self, health: Mapping[tuple[str, int], Health]) -> list[dict[str, Any]]:
        """Return what the status tells of each controller."""
        return [self._told(controller, health) for controller in self.release.controllers]

    def last_lines(self, place: tuple[str, int]) -> Sequence[str]:
        """Return what a process has written last."""
        return self._slots[place].keeper.log.last(_TOLD_LINES)

    def _told(self, controller: ControllerManifest, health: Mapping[tuple[str, int], Health]) -> dict[str, Any]:
        slots = {place: slot for place, slot in self._slots.items() if place[0] == controller.name}
        amiss = [place for place in slots if not health[place].ready and health[place].reason != "Starting"]
        exits = [slot.keeper.last_exit for slot in slots.values() if slot.keeper.last_exit]
        return {
            "name": controller.name,
            "version": self.release.wanted.version,
            "replicas": len(slots),
            "ready": sum(health[place].ready for place in slots),
            "restarts": sum(slot.keeper.restarts for slot in slots.values()),
            "pids": [slot.keeper.pid for slot in slots.values() if slot.keeper.pid is not None],
            "leases": [
                str(self._heartbeat(controller.name, slot.keeper).key)
                for slot in slots.values()
                if controller.heartbeat
            ],
            **({"lastExit": exits[-1]} if exits else {}),
            **({"logs": list(self.last_lines(amiss[0]))} if amiss else {}),
        }

    def _look(self, place: tuple[str, int], slot: _Slot, leases: Mapping[str, Resource]) -> Health:
        keeper, timings = slot.keeper, self.hold.timings
        if keeper.refused is not None:
            return Health(False, keeper.refused.reason, str(keeper.refused))
        if keeper.pid is None:
            if not keeper.last_exit:
                return Health(False, "Starting", "it is being started")
            return Health(False, "Exited", f"it ended with {keeper.last_exit}, and is started again")
        if not self._controller(place[0]).heartbeat:
            left = _WITHOUT_HEARTBEAT_SECONDS - keeper.running_seconds
            return Health(True) if left <= 0 else Health(False, "Starting", "it has just begun", left)
        lease = leases.get(self._heartbeat(place[0], keeper).key.name)
        if lease is None:
            left = timings.startup_seconds - keeper.running_seconds
            if left > 0:
                return Health(False, "Starting", "its first heartbeat is waited for", left)
            keeper.restart(f"there was no heartbeat for {timings.startup_seconds:g} s")
            return Health(False, "NoHeartbeat", f"there was no heartbeat for {timings.startup_seconds:g} s")
        return self._beat(slot, lease)

    def _beat(self, slot: _Slot, lease: Resource) -> Health:
        """Judge a heartbeat by our own clock: others' may be wrong."""
        seen = (lease.uid, lease.version)
        if seen != slot.seen:
            slot.seen, slot.seen_at = seen, time.monotonic()
        lasts = float(lease.spec.get("leaseDurationSeconds") or self.hold.around.heartbeat_seconds)
        left = slot.seen_at + lasts - time.monotonic()
        if left > 0:
            return Health(True, next_look_seconds=left)
        slot.keeper.restart(f"its heartbeat has stopped for {lasts:g} s")
        return Health(False, "HeartbeatLost", f"its heartbeat has stopped for {lasts:g} s")

    def _controller(self, name: str) -> ControllerManifest:
        return next(one for one in self.release.controllers if one.name == name)

    def _heartbeat(self, controller: str, keeper: Keeper) -> Heartbeat:
        return Heartbeat(self.addon, controller, keeper.token)

    def _keeper(self, controller: ControllerManifest, number: int) -> Keeper:
        async def prepare(token: str) -> Program:
            return await asyncio.to_thread(self._prepare, controller, Heartbeat(self.addon, controller.name, token))

        path = log_directory(self.hold.state, self.addon) / f"{controller.name}-{number}.log"
        log = LogBook(path, secret=self.hold.around.token)
        return Keeper(prepare, log=log, timings=self.hold.timings, on_change=self.on_change)

    def _prepare(self, controller: ControllerManifest, heartbeat: Heartbeat) -> Program:
        """Return what to start: from a private copy of the package, which must be allowed at this moment."""
        wanted = self.release.wanted
        package = self.hold.allowed.find(wanted.package, wanted.digest)
        directory = PackageStore(self.hold.state / "packages").put(package)
        return program_of(self.release, controller, heartbeat=heartbeat, directory=directory, around=self.hold.around)


def is_heartbeat_of(lease: Resource, addon: str) -> bool:
    """Tell whether a Lease is the heartbeat of one of an addon's processes."""
    found = Heartbeat.parse(lease.name)
    return lease.namespace == NAMESPACE and found is not None and found.addon == addon
