"""Updates of definitions: what they change, whether that needs permission, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.resources.times import format_time
from app.services.survey import Refusals, survey
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.evolution.change import Audience, Change, Severity, in_order
from schema_builder.evolution.compare import compare_kinds
from schema_builder.migrations import Blocked, Migration, migrate, with_place

if TYPE_CHECKING:
    import datetime

    from app.store.mongo import Store
    from schema_builder.backend import RequestScope
    from schema_builder.compile import CompiledKind

__all__ = ["PERMISSION", "Review", "Update", "review", "without_permission"]

PERMISSION: Final = "allowBreaking"
_STORED: Final = 200
_TOLD: Final = 1_000


@dataclass(slots=True)
class Update:
    """One write of a definition, through all its attempts.

    Attributes:
        scope: The request's.
        allow_breaking: Whether it may break clients and refuse stored resources.
        dry_run: Do all but commit.
        reviews: What was found already, by the fingerprints of both kinds.
        told: Whether the client was told.
    """

    scope: RequestScope
    allow_breaking: bool
    dry_run: bool
    reviews: dict[tuple[str, str], Review] = field(default_factory=dict)
    told: bool = False

    def permit(self, name: str, review: Review) -> None:
        """Tell the client what an update changes.

        Raises:
            DefinitionRefused: It needs a permission that it does not have.
        """
        if not self.told:
            self.told = True
            self._tell(name, review)
        if review.needs_permission and not self.allow_breaking:
            raise _refusal(name, review)

    def _tell(self, name: str, review: Review) -> None:
        for change in review.changes[:_TOLD]:
            self.scope.tell("changes", {"definition": name, **change.as_dict()})
        if review.refusals is not None:
            self.scope.tell("refusedResources", {"definition": name, **review.refusals.as_dict()})


@dataclass(frozen=True, slots=True)
class Review:
    """What an update changes.

    Attributes:
        changes: Every difference, the worst first.
        refusals: The stored resources that the new schema would refuse; None where none can be, so none was read.
    """

    changes: tuple[Change, ...]
    refusals: Refusals | None = None

    @property
    def needs_permission(self) -> bool:
        """Tell whether it breaks anything."""
        refused = self.refusals is not None and self.refusals.new > 0
        return refused or any(change.severity is Severity.BREAKING for change in self.changes)

    def as_status(self, *, generation: int, now: datetime.datetime) -> dict[str, Any]:
        """Return ``status.lastChange`` of the definition."""
        counts = {
            severity.value.lower(): sum(change.severity is severity for change in self.changes) for severity in Severity
        }
        status: dict[str, Any] = {
            "generation": generation,
            "time": format_time(now),
            **counts,
            "differences": [change.as_dict() for change in self.changes[:_STORED]],
        }
        if self.refusals is not None:
            status["refusedResources"] = self.refusals.as_dict()
        return status


async def review(
    store: Store, storage: str, *, before: CompiledKind, after: CompiledKind, steps: Sequence[Migration]
) -> Review:
    """Compare two kinds, and look at the stored resources where the new one may refuse some.

    Args:
        store: The database.
        storage: The kind's storage key.
        before: The present kind.
        after: The one that is to be.
        steps: Migrations that will bring the resources from one to the other.
    """
    found = Review(tuple(await asyncio.to_thread(_compare, before, after, steps)))
    narrows = bool(steps) or any(
        change.audience is Audience.RESOURCES and change.severity is not Severity.SAFE and change.change != "UNIQUE"
        for change in found.changes
    )
    if not narrows:
        return found
    refusals = await survey(
        store, storage, before=before.body, after=after.body, migrate=partial(_migrated, steps=steps)
    )
    return replace(found, refusals=refusals)


def _compare(before: CompiledKind, after: CompiledKind, steps: Sequence[Migration]) -> list[Change]:
    """Return every difference; what migrations take care of breaks no stored resource."""
    changes = compare_kinds(before, after)
    gone = [place for step in steps if (place := with_place(step.source)) is not None]
    filled = [place for step in steps if (place := with_place(step.target)) is not None]
    return in_order({_softened(change, gone=gone, filled=filled) for change in changes})


def _softened(change: Change, *, gone: Sequence[tuple[str, ...]], filled: Sequence[tuple[str, ...]]) -> Change:
    places = {"FIELD_REMOVED": gone, "REQUIRED": filled}.get(change.change, ())
    if change.audience is not Audience.RESOURCES or not any(change.place[: len(one)] == one for one in places):
        return change
    return replace(change, severity=Severity.SAFE, message=f"{change.message}; stored resources are migrated")


def _migrated(body: Mapping[str, Any], *, steps: Sequence[Migration]) -> Mapping[str, Any]:
    try:
        return migrate(body, steps)
    except Blocked:
        return body


def without_permission(given: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Return what a client sent without the permission in it, and the permission: it is for this write alone."""
    spec = given.get("spec")
    if not isinstance(spec, Mapping) or PERMISSION not in spec:
        return given, False
    kept = {name: value for name, value in spec.items() if name != PERMISSION}
    return {**given, "spec": kept}, spec[PERMISSION] is True


def _refusal(name: str, review: Review) -> DefinitionRefused:
    breaking = [change for change in review.changes if change.severity is Severity.BREAKING]
    refusals = review.refusals
    said = [f"{len(breaking)} breaking difference(s)"] if breaking else []
    said += [f"{refusals.count} stored resource(s) that it would refuse"] if refusals and refusals.count else []
    told = " and ".join(said)
    permission = Failure(f"/spec/{PERMISSION}", "breaking", f"must be true for this update: it has {told}")
    failures = [Failure(change.path, change.change, change.message) for change in breaking[:_TOLD]]
    listed = refusals.first if refusals is not None else ()
    failures += [
        Failure(
            "/spec", "refusedResource", f"{_named(one.namespace, one.name)}{one.failure.path} {one.failure.message}"
        )
        for one in listed
    ]
    return DefinitionRefused(f"The update of {name} has {told}; it needs {PERMISSION}: true.", [permission, *failures])


def _named(namespace: str, name: str) -> str:
    return f"{namespace}/{name}: " if namespace else f"{name}: "
