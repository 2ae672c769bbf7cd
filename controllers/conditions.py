"""Conditions, as Kubernetes' API conventions have them: ``{type, status, reason, message, lastTransitionTime}``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeAlias

__all__ = ["ConditionStatus", "with_condition"]

ConditionStatus: TypeAlias = Literal["True", "False", "Unknown"]


def with_condition(
    conditions: Sequence[Mapping[str, Any]] | None,
    wanted: Mapping[str, Any],
    *,
    now: str,
    known: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Return conditions with one of them set.

    Args:
        conditions: Those that are there.
        wanted: The one to set, by its ``type``.
        now: The time of the transition, where the status is another than before.
        known: The properties that a condition may have; None for any.
    """
    kept = [dict(condition) for condition in conditions or ()]
    before = next((condition for condition in kept if condition.get("type") == wanted["type"]), None)
    changed = before is None or before.get("status") != wanted["status"]
    since = now if changed or before is None else before.get("lastTransitionTime") or now
    complete = {**wanted, "lastTransitionTime": since}
    condition = {name: value for name, value in complete.items() if known is None or name in known}
    if before is None:
        return [*kept, condition]
    return [condition if one is before else one for one in kept]
