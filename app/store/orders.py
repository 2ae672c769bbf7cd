"""Orderings of lists in MongoDB's words: what to sort by, and everything after (or before) an element.

Values sort as BSON does: null, numbers, strings, booleans. MongoDB's comparisons look only at values of the operand's
own type, so the types above and below are spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.store.documents import state_of
from app.store.pushdown import NOTHING
from app.store.slots import COLUMNS, IndexField, Slot, normalised, value_at

__all__ = ["Ordering", "Place", "Term"]

_CLASSES: Final = ("null", "number", "string", "bool")


@dataclass(frozen=True, slots=True)
class Term:
    """One sort key.

    Attributes:
        path: Its path in documents.
        descending: Its direction.
        field: Where paths cannot say what is compared: the place in the resource.
    """

    path: str
    descending: bool = False
    field: IndexField | None = None

    def value(self, document: Mapping[str, Any]) -> Any:
        """Return the key's value of a document."""
        if self.field is not None:
            state = state_of(document)
            return normalised(value_at({**state.body, "metadata": state.metadata}, self.field.path), self.field)
        value: Any = document
        for name in self.path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: the values of the terms, then its key, which breaks ties."""

    values: tuple[Any, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Ordering:
    """Terms and, last, the key.

    Attributes:
        terms: What to sort by.
        descending: Which way the key goes.
        index: A slot whose MongoDB index has just this order; all terms then go one way.
    """

    terms: tuple[Term, ...] = ()
    descending: bool = False
    index: Slot | None = None

    def place(self, document: Mapping[str, Any]) -> Place:
        """Return where a document stands."""
        return Place(tuple(term.value(document) for term in self.terms), document["_id"])

    @property
    def is_computed(self) -> bool:
        """Whether MongoDB cannot sort by it."""
        return any(term.field is not None for term in self.terms)

    def rank(self, place: Place) -> tuple[Any, ...]:
        """Return what places compare by in Python, as MongoDB would compare them."""
        ranks = [(_ranked(value), term.descending) for value, term in zip(place.values, self.terms, strict=True)]
        ranks.append(((0, place.key), self.descending))
        return tuple(_Descending(rank) if descending else rank for rank, descending in ranks)

    def sort(self, *, backward: bool) -> list[tuple[str, int]]:
        """Return MongoDB's sort, or its reverse."""
        if self.index is not None:
            direction = _direction(self.descending, backward)
            last = f"{self.index.name}.n" if self.index.unique else "_id"
            return [*((f"{self.index.name}.{column}", direction) for column in f"k{COLUMNS}"), (last, direction)]
        keys = [(term.path, _direction(term.descending, backward)) for term in self.terms]
        return [*keys, ("_id", _direction(self.descending, backward))]

    def between(
        self, low: str, high: str, *, after: Place | None, before: Place | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return (filter, further options of ``find``) for what is strictly between two places.

        Args:
            low: The key that all keys are above.
            high: The key that all keys are below.
            after: The place before the first element; None begins at the beginning.
            before: The place behind the last element; None goes on to the end.
        """
        if not self.terms:
            first, last = (before, after) if self.descending else (after, before)
            low = low if first is None else max(low, first.key)
            high = high if last is None else min(high, last.key)
        within: dict[str, Any] = {"_id": {"$gt": low, "$lt": high}}
        if not self.terms:
            return within, {}
        if self.index is not None:
            first, last = (before, after) if self.descending else (after, before)
            unless = [{"_id": {"$ne": first.key}}] if first is not None else []
            bounds = self._bounds(first, last)
            if _rank(bounds["min"]) >= _rank(bounds["max"]):
                return {"_id": {"$gt": low, "$lt": low}}, {}  # MongoDB refuses such bounds
            return {"$and": [within, {f"{self.index.name}.k": self.index.key}, *unless]}, bounds
        filters = [within]
        filters += [self._beyond(after, backward=False)] if after is not None else []
        filters += [self._beyond(before, backward=True)] if before is not None else []
        return {"$and": filters}, {}

    def _beyond(self, place: Place, *, backward: bool) -> dict[str, Any]:
        steps = [(term.path, value, term.descending) for term, value in zip(self.terms, place.values, strict=True)]
        steps.append(("_id", place.key, self.descending))
        branches = []
        for index, (path, value, descending) in enumerate(steps):
            same = [{earlier: {"$eq": held}} for earlier, held, _ in steps[:index]]
            branches.append({"$and": [*same, _past(path, value, less=descending != backward)]})
        return {"$or": branches}

    def _bounds(self, low: Place | None, high: Place | None) -> dict[str, Any]:
        """Return the bounds of a scan in the index's own direction: ``min`` is included, ``max`` is not."""
        assert self.index is not None
        key = self.index.key
        return {
            "hint": self.index.name,
            "min": self._bound(low.values, low.key, key) if low is not None else self._edge(key),
            "max": self._bound(high.values, high.key, key) if high is not None else self._edge(key + "!"),
        }

    def _bound(self, values: Sequence[Any], resource: str, key: str) -> dict[str, Any]:
        bound = self._edge(key)
        assert self.index is not None
        name = self.index.name
        bound.update({f"{name}.{column}": value for column, value in zip(COLUMNS, values, strict=False)})
        last = resource if not self.index.unique or None in values else None
        bound[f"{name}.n" if self.index.unique else "_id"] = last
        return bound

    def _edge(self, key: str) -> dict[str, Any]:
        assert self.index is not None
        name = self.index.name
        last = f"{name}.n" if self.index.unique else "_id"
        return {f"{name}.k": key, **{f"{name}.{column}": None for column in COLUMNS}, last: None}


def _direction(descending: bool, backward: bool) -> int:
    return -1 if descending != backward else 1


def _past(path: str, value: Any, *, less: bool) -> dict[str, Any]:
    at = _CLASSES.index(_class(value))
    beyond = list(_CLASSES[:at] if less else _CLASSES[at + 1 :])
    choices: list[dict[str, Any]] = []
    if value is not None:
        choices.append({path: {"$lt" if less else "$gt": value}})
    if "null" in beyond:
        choices.append({path: None})
        beyond.remove("null")
    if beyond:
        choices.append({path: {"$type": beyond}})
    return {"$or": choices} if choices else NOTHING


def _rank(bound: Mapping[str, Any]) -> list[tuple[int, Any]]:
    """Return what bounds of one index compare by: the class of each value, then the value."""
    return [_ranked(value) for value in bound.values()]


def _ranked(value: Any) -> tuple[int, Any]:
    return _CLASSES.index(_class(value)), 0 if value is None else value


class _Descending:
    """Compares the other way round."""

    __slots__ = ("rank",)

    def __init__(self, rank: tuple[int, Any]) -> None:
        self.rank = rank

    def __lt__(self, other: _Descending) -> bool:
        return other.rank < self.rank

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.rank == other.rank

    __hash__ = None  # type: ignore[assignment]


def _class(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"
