"""Says in an Addon's status how it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from controllers.addons.crew import Crew, Health
    from controllers.addons.errors import AddonRefused
    from controllers.context import Context
    from controllers.resource import Resource

__all__ = ["Observation", "report"]

_TOLD_LINES: Final = 5
_MAX_MESSAGE: Final = 4_000
_MAX_SUMMARY: Final = 200


@dataclass(frozen=True)
class Observation:
    """How an addon is.

    Attributes:
        refused: Why what is asked for cannot be installed; None where it is.
        active: What is in force; None for nothing.
        health: Of its processes.
        candidate: What is to take its place; None for nothing.
        candidate_health: Of its processes.
        failed: The release that did not become healthy; None for none.
        why_failed: Why it did not.
    """

    refused: AddonRefused | None
    active: Crew | None
    health: Mapping[tuple[str, int], Health]
    candidate: Crew | None
    candidate_health: Mapping[tuple[str, int], Health]
    failed: str | None
    why_failed: str


def report(addon: Resource, context: Context, seen: Observation) -> None:
    """Set the conditions and the other fields of the status."""
    if seen.refused is None:
        context.condition("Installed", True, "Installed", "its kinds are served, and its package is there")
    else:
        context.condition("Installed", False, seen.refused.reason, str(seen.refused)[:_MAX_MESSAGE])
    amiss = _amiss(seen)
    ready = sum(one.ready for one in seen.health.values())
    runs = seen.active is not None or seen.candidate is None
    well = runs and ready == len(seen.health) and (seen.active is not None or seen.refused is None)
    starting = seen.active is None and seen.candidate is not None
    context.condition(
        "Healthy",
        well,
        "AllReady" if well else "Starting" if starting and not amiss else "NotReady",
        f"{ready} of {len(seen.health)} processes renew their heartbeat" if seen.health else "",
    )
    reason, message = amiss or ("AsExpected", "")
    context.condition("Degraded", amiss is not None, reason, message[:_MAX_MESSAGE])
    shown = seen.active or seen.candidate
    health = seen.health if seen.active is not None else seen.candidate_health
    context.status(
        phase=_phase(seen, degraded=amiss is not None),
        message=message.partition("\n")[0][:_MAX_SUMMARY] or None,
        ready=f"{sum(one.ready for one in health.values())}/{len(health)}",
        controllers=shown.as_status(health) if shown is not None else [],
        version=_version(addon, seen),
        failedRelease=seen.failed,
        release=seen.active.release.wanted.as_text() if seen.active is not None else None,
    )


def _version(addon: Resource, seen: Observation) -> str | None:
    if seen.active is not None:
        return seen.active.release.wanted.version
    runs_nothing = addon.spec.get("package") is None and seen.refused is None
    return str(addon.spec["version"]) if runs_nothing else addon.status.get("version")


def _phase(seen: Observation, *, degraded: bool) -> str:
    if seen.refused is not None:
        return "Refused"
    if degraded:
        return "Degraded"
    if seen.candidate is not None:
        return "Installing" if seen.active is None else "Upgrading"
    return "Healthy" if all(one.ready for one in seen.health.values()) else "Installing"


def _amiss(seen: Observation) -> tuple[str, str] | None:
    """Return reason and message of what is wrong, the last lines of the log included; None where all is well."""
    for crew, health in ((seen.active, seen.health), (seen.candidate, seen.candidate_health)):
        for place, one in health.items():
            if crew is not None and not one.ready and one.reason != "Starting":
                lines = "\n".join(crew.last_lines(place)[-_TOLD_LINES:])
                return one.reason, f"{place[0]}: {one.message}\n{lines}".rstrip()
    if seen.failed is not None:
        return "RolledBack", seen.why_failed
    if seen.refused is not None:
        return seen.refused.reason, str(seen.refused)
    return None
