"""Orderings of lists in MongoDB's words: what to sort by, and everything after (or before) an element.

Values sort as BSON does: null, numbers, strings, booleans. MongoDB's comparisons look only at values of the operand's
own type, so the types above and below are spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.resources.keys import KeyRange
from app.store.documents import state_of
from app.store.pushdown import NOTHING
from app.store.runs import rank_of
from app.store.slots import IndexField, normalised, value_at

if TYPE_CHECKING:
    from app.store.index_scans import IndexScan

__all__ = ["Ordering", "Place", "Term"]

_CLASSES: Final = ("null", "number", "string", "bool")


@dataclass(frozen=True, slots=True)
class Term:
    """One sort key.

    Attributes:
        path: Its path in documents; empty where paths cannot say it.
        descending: Its direction.
        field: What is compared, where MongoDB cannot compare what stands at the path.
    """

    path: str
    descending: bool = False
    field: IndexField | None = None

    def value(self, document: Mapping[str, Any]) -> Any:
        """Return the key's value of a document."""
        if self.field is None:
            return _at(document, self.path)
        if self.path:
            return normalised(_at(document, self.path), self.field)
        state = state_of(document)
        return normalised(value_at({**state.body, "metadata": state.metadata}, self.field.path), self.field)


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
        scan: Part of a slot's index that has just this order; all terms then go one way.
    """

    terms: tuple[Term, ...] = ()
    descending: bool = False
    scan: IndexScan | None = None

    def place(self, document: Mapping[str, Any]) -> Place:
        """Return where a document stands."""
        return Place(tuple(term.value(document) for term in self.terms), document["_id"])

    @property
    def is_computed(self) -> bool:
        """Whether MongoDB cannot sort by it."""
        return any(term.field is not None for term in self.terms)

    @property
    def projection(self) -> dict[str, int] | None:
        """Return what of documents ``place`` looks at, None where that is all of them."""
        return {term.path: 1 for term in self.terms} if all(term.path for term in self.terms) else None

    def rank(self, place: Place) -> tuple[Any, ...]:
        """Return what places compare by in Python, as MongoDB would compare them."""
        ranks = [(rank_of(value), term.descending) for value, term in zip(place.values, self.terms, strict=True)]
        ranks.append(((0, place.key), self.descending))
        return tuple(_Descending(rank) if descending else rank for rank, descending in ranks)

    def sort(self, *, backward: bool) -> list[tuple[str, int]]:
        """Return MongoDB's sort, or its reverse."""
        if self.scan is not None:
            return [(column, _direction(self.descending, backward)) for column in self.scan.columns]
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
        first, last = (before, after) if self.descending else (after, before)
        if self.scan is not None:
            return self._scanned(self.scan, KeyRange(low, high), first, last)
        if not self.terms:
            low = low if first is None else max(low, first.key)
            high = high if last is None else min(high, last.key)
        within: dict[str, Any] = {"_id": {"$gt": low, "$lt": high}}
        if not self.terms:
            return within, {}
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

    def _scanned(
        self, scan: IndexScan, keys: KeyRange, first: Place | None, last: Place | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        within: dict[str, Any] = {"_id": {"$gt": keys.after, "$lt": keys.before}}
        unless = [{"_id": {"$ne": first.key}}] if first is not None else []
        bounds = scan.bounds(keys, *(None if place is None else self._key(scan, place) for place in (first, last)))
        if bounds is None:
            return {"_id": {"$gt": keys.after, "$lt": keys.after}}, {}
        return {"$and": [within, {f"{scan.slot.name}.k": scan.slot.key}, *unless]}, bounds

    def _key(self, scan: IndexScan, place: Place) -> list[Any]:
        values = {term.path: value for term, value in zip(self.terms, place.values, strict=True)}
        return scan.key(values, place.key)


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


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
