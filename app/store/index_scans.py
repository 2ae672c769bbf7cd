"""Runs of MongoDB's index of a slot: from one key to another, in the order that a list is to have.

A key is ``[k, a … h, last]``; ``last`` is the resource's key, in unique slots ``n``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.store.runs import FIRST, LAST, Edge, Run, rank_of
from app.store.slots import COLUMNS, Slot

if TYPE_CHECKING:
    from app.resources.keys import KeyRange

__all__ = ["IndexScan"]


@dataclass(frozen=True, slots=True)
class IndexScan:
    """A part of a slot's index.

    Attributes:
        slot: The slot.
        equal: Values of its first fields.
        run: What is asked of the next field; None asks for nothing.
    """

    slot: Slot
    equal: tuple[Any, ...] = ()
    run: Run | None = None

    @property
    def columns(self) -> list[str]:
        """Return the index's columns as paths in documents."""
        name = self.slot.name
        return [*(f"{name}.{column}" for column in f"k{COLUMNS}"), f"{name}.n" if self.slot.unique else "_id"]

    def bounds(self, keys: KeyRange, low: Sequence[Any] | None, high: Sequence[Any] | None) -> dict[str, Any] | None:
        """Return the options of ``find`` that read the part between two of its keys; None where nothing is there.

        Args:
            keys: The range of resources' keys.
            low: From this key on; None begins at the part's beginning.
            high: Up to, and without, this key; None goes on to the part's end.
        """
        begin, end = self._edges(keys)
        begin = begin if low is None else max(begin, list(low), key=_rank)
        end = end if high is None else min(end, list(high), key=_rank)
        if _rank(begin) >= _rank(end):
            return None  # MongoDB refuses such bounds
        columns = self.columns
        return {
            "hint": self.slot.name,
            "min": dict(zip(columns, begin, strict=True)),
            "max": dict(zip(columns, end, strict=True)),
        }

    def key(self, values: Mapping[str, Any], resource: str) -> list[Any]:
        """Return the key of a resource.

        Args:
            values: Its values by column path; what ``equal`` has may be absent.
            resource: The resource's own key.
        """
        given = [
            self.equal[at] if at < len(self.equal) else values.get(f"{self.slot.name}.{column}")
            for at, column in enumerate(COLUMNS)
        ]
        return [self.slot.key, *given, self._last(given[: len(self.slot.fields)], resource)]

    def _last(self, values: Sequence[Any], resource: Any) -> Any:
        return resource if not self.slot.unique or None in values else None

    def _edges(self, keys: KeyRange) -> tuple[list[Any], list[Any]]:
        if len(self.equal) == len(self.slot.fields) and (not self.slot.unique or None in self.equal):
            unused = [None] * (len(COLUMNS) - len(self.equal))
            return [self.slot.key, *self.equal, *unused, keys.after], [self.slot.key, *self.equal, *unused, keys.before]
        run = self.run
        low = Edge(FIRST, FIRST) if run is None else run.low
        high = Edge(LAST, LAST) if run is None else run.high
        return self._filled(low), self._filled(high)

    def _filled(self, edge: Edge) -> list[Any]:
        begun = [self.slot.key, *self.equal]
        if len(begun) <= len(COLUMNS) and edge.value not in (FIRST, LAST):
            begun.append(edge.value)
        return begun + [edge.side] * (len(COLUMNS) + 2 - len(begun))


def _rank(key: Sequence[Any]) -> list[tuple[int, Any]]:
    return [rank_of(value) for value in key]
