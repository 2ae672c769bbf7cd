"""Migrating one resource: what is pending for it, and what it is afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schema_builder.differences import identical
from schema_builder.migrations import Migration, migrate, parse_migrations

if TYPE_CHECKING:
    from app.resources.states import State

__all__ = ["Run", "migrated", "newest", "pending", "with_generation"]


@dataclass(frozen=True)
class Run:
    """Steps that one update of a definition has brought.

    Attributes:
        number: The version of the definition that brought them: later ones are greater.
        declared: The steps as they are declared.
    """

    number: int
    declared: tuple[Mapping[str, Any], ...] = field(hash=False)

    @cached_property
    def steps(self) -> tuple[Migration, ...]:
        """Return the steps, parsed."""
        return parse_migrations(self.declared)[0]


def newest(runs: Sequence[Run]) -> int:
    """Return the number of the newest run, 0 where there is none."""
    return max((run.number for run in runs), default=0)


def pending(runs: Sequence[Run], *, mark: int) -> list[Migration]:
    """Return the steps that a resource has still to go through.

    Args:
        runs: All that are pending for its kind.
        mark: The number of the newest run that it has gone through; 0 for none.
    """
    return [step for run in runs if run.number > mark for step in run.steps]


def migrated(state: State, steps: Sequence[Migration]) -> State:
    """Return a resource after some steps; the same where they change nothing.

    Raises:
        Blocked: It cannot be migrated as it is.
    """
    body = migrate(state.body, steps)
    return state if body is state.body else state._replace(body=body)


def with_generation(before: State, after: State) -> State:
    """Return a next state with the generation that follows: one more where anything but status differs."""
    old, new = before.metadata["generation"], after.metadata["generation"]
    if new > old:
        return after
    sections = {*before.body, *after.body} - {"status"}
    if all(identical(before.body.get(name), after.body.get(name)) for name in sections):
        return after
    return after._replace(metadata={**after.metadata, "generation": old + 1})
