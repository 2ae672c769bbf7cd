"""Decides how one release gives way to another; nothing is done here.

The *active* release is in force. A *candidate* runs beside it, as a warm standby, until it is healthy: then it is
promoted, and the other one drains. One that does not become healthy in time is rolled back, and not tried again until
something else is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["Situation", "Step", "decide"]


class Step(Enum):
    """What is done next."""

    KEEP = auto()
    START = auto()
    PROMOTE = auto()
    ROLL_BACK = auto()
    ABANDON = auto()


@dataclass(frozen=True)
class Situation:
    """How things are. Releases are told by their identity.

    Attributes:
        wanted: Asked for.
        active: In force; None at first.
        candidate: Beside it; None for none.
        failed: Did not become healthy before; None for none.
        candidate_healthy: All of its processes are well.
        candidate_seconds: How long it has run.
        healthy_within_seconds: How long it may take to become healthy.
    """

    wanted: str
    active: str | None = None
    candidate: str | None = None
    failed: str | None = None
    candidate_healthy: bool = False
    candidate_seconds: float = 0.0
    healthy_within_seconds: float = 120.0


def decide(situation: Situation) -> Step:
    """Return the next step; after each but KEEP the situation is another, and is to be decided anew."""
    wanted, candidate = situation.wanted, situation.candidate
    if wanted == situation.active:
        return Step.KEEP if candidate is None else Step.ABANDON
    if wanted == situation.failed and situation.active is not None:
        return Step.KEEP if candidate is None else Step.ABANDON
    if candidate != wanted:
        return Step.START
    if situation.candidate_healthy:
        return Step.PROMOTE
    late = situation.candidate_seconds >= situation.healthy_within_seconds
    # A first version has nothing to give way to: it is started again and again, with backoff.
    return Step.ROLL_BACK if late and situation.active is not None else Step.KEEP
