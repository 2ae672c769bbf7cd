"""What a condition asks of indexed places, and the filters on slots that answer it.

Only what must hold of a resource as a whole can be looked up: comparisons joined by *and*, and alternatives all
of which can be. Like every pushed-down filter these select at least everything the condition holds for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from app.store.runs import Requirement, Run, run_of
from app.store.slots import COLUMNS, Slot
from schema_builder.conditions import All, AnyOf, Comparison, Condition, Exists, Field, Not

if TYPE_CHECKING:
    from app.store.pushdown import Filter

__all__ = ["Asked", "Lookup", "alternatives_of", "asked_of", "lookup", "slot_filter"]

Path: TypeAlias = tuple[str, ...]
Asked: TypeAlias = Mapping[Path, Sequence[Requirement]]
"""What must hold at which place."""

_MAX_ALTERNATIVES: Final = 50
"""Each is looked up by itself."""


def asked_of(condition: Condition | None) -> tuple[Asked, bool]:
    """Return what a condition asks of which place, and whether it asks nothing else."""
    asked: dict[Path, list[Requirement]] = {}
    whole = True
    for path, part in _parts(condition, ()) if condition is not None else ():
        if isinstance(part, Comparison | Exists) or part is None:
            asked.setdefault(path, []).append(part)
        else:
            whole = False
    return asked, whole


def _parts(condition: Condition, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield what must hold; of what cannot be told as one place and what is asked of it, the condition itself."""
    match condition:
        case Field(name, inner):
            yield from _parts(inner, (*path, name))
        case All(conditions):
            for inner in conditions:
                yield from _parts(inner, path)
        case Not(inner) if (absent := _presence(inner, path)) is not None:
            yield absent, None
        case _:
            yield path, condition


def alternatives_of(condition: Condition) -> Iterator[Sequence[Condition]]:
    """Yield the branches of each alternative that must hold of the resource as a whole; not of very many."""
    for path, part in _parts(condition, ()):
        if isinstance(part, AnyOf) and not path and len(part.conditions) <= _MAX_ALTERNATIVES:
            yield part.conditions


def _presence(condition: Condition, path: Path) -> Path | None:
    """Return the place that a condition asks to be there, None where it asks something else."""
    while isinstance(condition, Field):
        path, condition = (*path, condition.name), condition.condition
    return path if isinstance(condition, Exists) else None


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a slot answers a condition.

    Attributes:
        slot: The slot.
        runs: What is asked of its fields, from the first one on: points, but for the last one.
        paths: Places that it answers for.
    """

    slot: Slot
    runs: tuple[Run, ...]

    @property
    def paths(self) -> frozenset[Path]:
        """Return the places whose comparisons it answers."""
        return frozenset(field.path for field in self.slot.fields[: len(self.runs)])

    @property
    def points(self) -> int:
        """Return how many of its first fields have one value each."""
        return next((at for at, run in enumerate(self.runs) if not run.is_point), len(self.runs))

    @property
    def merit(self) -> tuple[int, int, bool]:
        """Return what lookups compare by: the greatest narrows best."""
        listed = sum(run.members is not None for run in self.runs)
        return listed, len(self.runs), self.slot.unique

    def filter(self) -> Filter:
        """Return the filter on the slot."""
        columns = zip(COLUMNS, self.runs, strict=False)
        terms = [{f"{self.slot.name}.{column}": term} for column, run in columns for term in run.filters()]
        return {"$and": [{f"{self.slot.name}.k": self.slot.key}, *terms]}


def lookup(asked: Asked, slot: Slot) -> Lookup | None:
    """Return how a slot answers what is asked, None where it does not."""
    runs: list[Run] = []
    for field in slot.fields:
        run = run_of(field, asked.get(field.path, ()))
        if run is None:
            break
        runs.append(run)
        if run.members is None:
            break
    return Lookup(slot, tuple(runs)) if runs else None


def slot_filter(condition: Condition, slots: Iterable[Slot]) -> Filter | None:
    """Return the filter on slots that narrows best, None where no slot can narrow."""
    slots = tuple(slots)
    asked, whole = asked_of(condition)
    found = [one for slot in slots if (one := lookup(asked, slot)) is not None]
    if found:
        return max(found, key=lambda one: one.merit).filter()
    for alternatives in () if whole else alternatives_of(condition):
        branches = [slot_filter(one, slots) for one in alternatives]
        if branches and all(branch is not None for branch in branches):
            return {"$or": branches}
    return None
