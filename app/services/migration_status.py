"""How far the migration of a kind is, in the status of its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.resources.migrating import Run
from app.resources.times import format_time
from schema_builder.differences import identical

if TYPE_CHECKING:
    import datetime

    from app.resources.states import State
    from app.store.claims import Migration

__all__ = ["RUNNING", "following_runs", "started_status", "with_migration_status", "with_progress"]

RUNNING = "RUNNING"


def following_runs(
    runs: Sequence[Run], before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], *, number: int
) -> tuple[Run, ...]:
    """Return what is pending after an update: steps that are new in the definition, behind those that still run.

    Args:
        runs: What was pending.
        before: The steps that the definition had.
        after: Those that it has: a pending step that is not among them is given up.
        number: Of the new run.
    """
    kept = (replace(run, declared=tuple(one for one in run.declared if _among(one, after))) for run in runs)
    new = Run(number, tuple(one for one in after if not _among(one, before)))
    return tuple(run for run in (*kept, new) if run.declared)


def _among(one: Any, some: Sequence[Any]) -> bool:
    return any(identical(one, other) for other in some)


def started_status(runs: Sequence[Run], *, now: datetime.datetime) -> dict[str, Any]:
    """Return ``status.migration`` of a definition whose migration begins."""
    return {"state": RUNNING, "steps": sum(len(run.declared) for run in runs), "startedAt": format_time(now)}


def with_migration_status(state: State, ended: Migration, *, now: datetime.datetime) -> State:
    """Return a definition whose status tells how its migration has ended."""
    status = dict(state.body.get("status") or {})
    before = status.get("migration") or {}
    told = {name: before[name] for name in ("steps", "startedAt") if name in before}
    told |= {"state": "BLOCKED" if ended.failed else "SUCCEEDED", "total": ended.total or 0}
    told |= {"done": max(0, (ended.total or 0) - ended.failed), "failed": ended.failed}
    if ended.failed:
        told["failures"] = [dict(one) for one in ended.failures]
    else:
        told["finishedAt"] = format_time(now)
    status["migration"] = told
    return state._replace(body={**state.body, "status": status})


def with_progress(told: Mapping[str, Any], progress: Migration | None) -> dict[str, Any]:
    """Return ``status.migration`` with how far a running one is."""
    if told.get("state") != RUNNING or progress is None or progress.total is None:
        return dict(told)
    found = {**told, "done": progress.done, "total": progress.total, "failed": progress.failed}
    if progress.failures:
        found["failures"] = [dict(one) for one in progress.failures]
    return found
