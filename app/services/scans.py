"""Lists that take too long: the indexes that they lack, ready to be declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.errors import LimitExceeded
from app.store.lookups import alternatives_of, asked_of
from app.store.slots import IndexState, Slot
from schema_builder.conditions import Comparison
from schema_builder.indexes import can_be_indexed, written_path
from schema_builder.limits import MAX_INDEX_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.store.lookups import Asked
    from schema_builder.backend import Order
    from schema_builder.compile import CompiledKind
    from schema_builder.conditions import Condition
    from schema_builder.definition import Definition

__all__ = ["SERVED_SECONDS", "missing_indexes", "too_slow"]

SERVED_SECONDS: Final = 30.0
"""How long a list may take that no index could serve better."""

_POINTS: Final = frozenset({"eq", "in"})
_RUNS: Final = frozenset({"lt", "lte", "gt", "gte", "startsWith"})


def missing_indexes(definition: Definition, where: Condition | None, order: Sequence[Order]) -> list[list[str]]:
    """Return the fields of each index that would answer a list; empty where none can be declared.

    Args:
        definition: The kind's.
        where: The list's condition.
        order: The list's order.
    """
    asked, _ = asked_of(where)
    fields = _fields(definition, asked, order)
    if fields or where is None:
        return [fields] if fields else []
    for branches in alternatives_of(where):
        found = [_fields(definition, asked_of(branch)[0], ()) for branch in branches]
        if all(found):
            return [fields for at, fields in enumerate(found) if fields not in found[:at]]
    return []


def _fields(definition: Definition, asked: Asked, order: Sequence[Order]) -> list[str]:
    """Return what is compared with one value first, then the order, or else a range."""
    sections = definition.sections
    usable = {path: parts for path, parts in asked.items() if can_be_indexed(path, sections)}
    points = [path for path, parts in usable.items() if any(_operator(part) in _POINTS for part in parts)]
    ordered = [term.path for term in order if term.path not in points]
    if not all(can_be_indexed(path, sections) for path in ordered):
        ordered = []
    ranges = [path for path, parts in usable.items() if path not in points and any(map(_is_run, parts))]
    chosen = [*points, *(dict.fromkeys(ordered) if ordered else ranges[:1])]
    return [written_path(path) for path in chosen[:MAX_INDEX_FIELDS]]


def _operator(part: Any) -> str:
    if part is None:
        return "eq"
    return part.operator if isinstance(part, Comparison) else ""


def _is_run(part: Any) -> bool:
    return _operator(part) in _RUNS or not isinstance(part, Comparison)


def too_slow(kind: CompiledKind, missing: Sequence[Sequence[str]], slots: Sequence[Slot]) -> LimitExceeded:
    """Return the error for a list that takes too long.

    Args:
        kind: What was listed.
        missing: The indexes that would answer it.
        slots: Those that are declared.
    """
    declared = {tuple(written_path(field.path) for field in slot.fields): slot.state for slot in slots}
    lacking = [list(fields) for fields in missing if tuple(fields) not in declared]
    name = kind.names.type_name
    if lacking:
        said = ", ".join(f"{{fields: [{', '.join(fields)}]}}" for fields in lacking)
        return LimitExceeded(
            f"Looking through the resources of {name} takes too long: an index is missing. "
            f"Add to the indexes of the definition: {said}",
            extensions={"missingIndexes": [{"fields": fields} for fields in lacking]},
        )
    states = {declared[tuple(fields)] for fields in missing}
    if IndexState.BUILDING in states:
        return LimitExceeded(
            f"Looking through the resources of {name} takes too long: the index for it is still being built.",
            retryable=True,
        )
    if IndexState.FAILED in states:
        return LimitExceeded(
            f"Looking through the resources of {name} takes too long: the index for it has failed; the definition's "
            f"status says why."
        )
    return LimitExceeded(
        f"Looking through the resources of {name} takes too long, and no index can help: ask for one namespace, "
        f"compare a field that can be indexed, or leave out totalCount."
    )
