"""Brings one addon to what its resource asks for, and tells how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from controllers.addons.crew import Crew, Health, Hold
from controllers.addons.errors import AddonRefused
from controllers.addons.release import Release, Wanted, check_permissions, release_of, replicas_of
from controllers.addons.reporting import Observation, report
from controllers.addons.upgrade import Situation, Step, decide
from controllers.controller import Requeue

if TYPE_CHECKING:
    from controllers.addons.definitions import Definitions
    from controllers.context import Context
    from controllers.resource import Resource

__all__ = ["LEASE_INDEX", "AddonState"]

LEASE_INDEX: Final = "addon"
_LEASE: Final = "Lease"
_SOONEST_SECONDS: Final = 0.1


@dataclass
class AddonState:
    """What the manager knows of one addon: what runs.

    Attributes:
        hold: What all crews share.
        definitions: Writes kinds.
        on_change: Called when something happened to a process.
    """

    hold: Hold
    definitions: Definitions
    on_change: Callable[[], None]
    active: Crew | None = None
    candidate: Crew | None = None
    failed: str | None = None
    why_failed: str = ""
    restored: bool = False

    async def reconcile(self, addon: Resource, context: Context) -> Requeue | None:
        """Do what is missing; see ``Controller.reconcile``."""
        await self.restore(addon)
        refused: AddonRefused | None = None
        release: Release | None = None
        try:
            found = await self._resolve(addon)
            await self.definitions.install(addon, context)
            release = found
        except AddonRefused as error:
            refused = error
        if refused is None and release is None:
            await self.stop()
            self.active = None
        elif release is not None:
            await self._advance(addon, release, context)
        return await self._tell(addon, context, refused=refused)

    async def tend(self, addon: Resource, context: Context) -> dict[tuple[str, int], Health]:
        """Look after what runs, and sweep away the heartbeats of what does not; returns how what is in force is."""
        leases = {lease.name: lease for lease in context.find(_LEASE, LEASE_INDEX, addon.name)}
        crews = [crew for crew in (self.active, self.candidate) if crew is not None]
        known = {name for crew in crews for name in crew.heartbeats()}
        for name in leases.keys() - known:
            await context.delete(_LEASE, name, leases[name].namespace)
        return self.active.look(leases) if self.active is not None else {}

    async def stop(self) -> None:
        """End everything that runs; return once nothing of it is left."""
        crews = [crew for crew in (self.active, self.candidate) if crew is not None]
        self.active = self.candidate = None
        await asyncio.gather(*(crew.stop() for crew in crews))

    async def restore(self, addon: Resource) -> None:
        """After a start of the manager, run again what was in force; later, do nothing."""
        if self.restored:
            return
        self.restored = True
        self.failed = addon.status.get("failedRelease")
        degraded = addon.condition("Degraded") or {}
        self.why_failed = str(degraded.get("message", "")) if self.failed else ""
        wanted = Wanted.of_status(addon.status)
        if wanted is None:
            return
        try:
            release = await asyncio.to_thread(self._release, wanted)
        except AddonRefused:
            return  # no longer allowed; what is asked for now is judged by itself
        self.active = self._crew(addon, release)
        await self._scale(self.active, addon)

    async def _resolve(self, addon: Resource) -> Release | None:
        wanted = Wanted.of_spec(addon.spec)
        if wanted is None:
            return None
        known = [crew.release for crew in (self.active, self.candidate) if crew is not None]
        release = next((one for one in known if one.wanted == wanted), None)
        if release is None:
            release = await asyncio.to_thread(self._release, wanted)
        check_permissions(addon.spec, release.manifest)
        return release

    def _release(self, wanted: Wanted) -> Release:
        package = self.hold.allowed.find(wanted.package, wanted.digest)
        return release_of(wanted, package.manifest)

    async def _advance(self, addon: Resource, release: Release, context: Context) -> None:
        """Take steps until there is none left for now."""
        while (step := decide(self._situation(addon, release, context))) is not Step.KEEP:
            await self._take(step, addon, release, context)
        for crew in (self.active, self.candidate):
            if crew is not None:
                await self._scale(crew, addon)
        if self.failed is not None and self.failed != release.identity:
            self.failed, self.why_failed = None, ""

    async def _take(self, step: Step, addon: Resource, release: Release, context: Context) -> None:
        old = self.candidate
        if step is Step.PROMOTE:
            drained, self.active, self.candidate, self.failed = self.active, self.candidate, None, None
            self._tell_promotion(addon, release, context)
            if drained is not None:
                await drained.stop()
            return
        if step is Step.ROLL_BACK and old is not None:
            self.failed = release.identity
            self.why_failed = self._why(old, addon, context)
            context.event("RolledBack", self.why_failed[:1_000], type_="Warning")
        self.candidate = None
        if old is not None:
            await old.stop()
        if step is Step.START:
            self.candidate = self._crew(addon, release)
            await self._scale(self.candidate, addon)

    def _tell_promotion(self, addon: Resource, release: Release, context: Context) -> None:
        before = addon.status.get("version")
        if before is not None and before != release.wanted.version:
            context.status(previousVersion=before)
        context.event("Installed" if before is None else "Upgraded", f"version {release.wanted.version} is in force")

    def _why(self, crew: Crew, addon: Resource, context: Context) -> str:
        """Return what is wrong with a crew, with the last lines of its log."""
        leases = {lease.name: lease for lease in context.find(_LEASE, LEASE_INDEX, addon.name)}
        version = crew.release.wanted.version
        for place, health in crew.look(leases).items():
            if not health.ready:
                lines = "\n".join(crew.last_lines(place))
                return f"version {version} did not become healthy: {place[0]}: {health.message}\n{lines}".rstrip()
        return f"version {version} did not become healthy in time"

    def _situation(self, addon: Resource, release: Release, context: Context) -> Situation:
        healthy = False
        if self.candidate is not None:
            leases = {lease.name: lease for lease in context.find(_LEASE, LEASE_INDEX, addon.name)}
            healthy = all(one.ready for one in self.candidate.look(leases).values())
        return Situation(
            wanted=release.identity,
            active=self.active.release.identity if self.active is not None else None,
            candidate=self.candidate.release.identity if self.candidate is not None else None,
            failed=self.failed,
            candidate_healthy=healthy,
            candidate_seconds=self.candidate.age_seconds if self.candidate is not None else 0.0,
            healthy_within_seconds=float(addon.spec.get("healthyWithinSeconds") or 120),
        )

    async def _tell(self, addon: Resource, context: Context, *, refused: AddonRefused | None) -> Requeue | None:
        health = await self.tend(addon, context)
        leases = {lease.name: lease for lease in context.find(_LEASE, LEASE_INDEX, addon.name)}
        observation = Observation(
            refused=refused,
            active=self.active,
            health=health,
            candidate=self.candidate,
            candidate_health=self.candidate.look(leases) if self.candidate is not None else {},
            failed=self.failed,
            why_failed=self.why_failed,
        )
        report(addon, context, observation)
        return self._next_look(addon, observation)

    def _next_look(self, addon: Resource, observed: Observation) -> Requeue | None:
        every = [*observed.health.values(), *observed.candidate_health.values()]
        looks = [one.next_look_seconds for one in every if one.next_look_seconds is not None]
        if self.candidate is not None and self.active is not None:
            looks.append(float(addon.spec.get("healthyWithinSeconds") or 120) - self.candidate.age_seconds)
        return Requeue(after=max(_SOONEST_SECONDS, min(looks) + 0.01)) if looks else None

    def _crew(self, addon: Resource, release: Release) -> Crew:
        return Crew(addon.name, release, self.hold, self.on_change)

    @staticmethod
    async def _scale(crew: Crew, addon: Resource) -> None:
        replicas: Mapping[str, int] = {one.name: replicas_of(addon.spec, one) for one in crew.release.controllers}
        await crew.scale(replicas)
