"""How a deletion goes on, decided purely: at once, or held by finalizers, of which two are the server's own.

As in Kubernetes, ``foregroundDeletion`` holds a resource until those that it owns and that block its deletion are gone,
and ``orphan`` until none is owned by it any more. Whoever collects garbage takes them away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.resources.decisions import Action, Decision
from app.resources.states import State, is_going
from app.resources.times import format_time
from schema_builder.backend import Propagation

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

__all__ = ["FOREGROUND", "ORPHAN", "decide_delete", "held_by_collector"]

FOREGROUND: Final = "foregroundDeletion"
ORPHAN: Final = "orphan"
_FINALIZERS: Final = {Propagation.FOREGROUND: FOREGROUND, Propagation.ORPHAN: ORPHAN}
_OURS: Final = (ORPHAN, FOREGROUND)
"""Where a resource has both, what it owns is left alone."""


def decide_delete(current: State, *, now: datetime.datetime, propagation: Propagation | None = None) -> Decision:
    """Decide a deletion: at once, or asked for where finalizers hold the resource.

    Args:
        current: The stored state.
        now: The time.
        propagation: What becomes of what it owns; None leaves that to the finalizers it has.
    """
    finalizers = _finalizers(current.metadata["finalizers"], propagation)
    if not finalizers:
        return Decision(Action.DELETE, current)
    if is_going(current) and finalizers == current.metadata["finalizers"]:
        return Decision(Action.NOTHING, current)
    metadata = {**current.metadata, "finalizers": finalizers, "updatedAt": format_time(now)}
    if not is_going(current):
        metadata |= {"deletionRequestedAt": format_time(now), "generation": current.metadata["generation"] + 1}
    return Decision(Action.REPLACE, State(metadata, current.body))


def held_by_collector(metadata: Mapping[str, Any]) -> str | None:
    """Return which of the server's own finalizers holds a resource whose deletion was requested, if any."""
    if metadata.get("deletionRequestedAt") is None:
        return None
    return next((one for one in _OURS if one in metadata["finalizers"]), None)


def _finalizers(present: Sequence[str], propagation: Propagation | None) -> list[str]:
    if propagation is None:
        return list(present)
    wanted = _FINALIZERS.get(propagation)
    kept = [one for one in present if one not in _OURS or one == wanted]
    return kept if wanted is None or wanted in kept else [*kept, wanted]
