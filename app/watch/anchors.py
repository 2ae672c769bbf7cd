"""What every state that a filter takes must have: one value, beginning or bound that the filter can be found by.

A thousand watches of one kind with a thousand filters would each be asked about every change. Most filters hold a
conjunct such as ``spec.region eq "eu"``; a change then touches only those that its states can satisfy. An anchor is
necessary, never sufficient: the filter itself still decides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from schema_builder.conditions import All, Comparison, Condition, Field, Membership

if TYPE_CHECKING:
    from app.watch.selection import Filter

__all__ = ["Anchor", "Anchored", "anchor_of", "values_at"]

Path: TypeAlias = tuple[str, ...]
Relation: TypeAlias = Literal["equal", "prefix", "atLeast", "atMost"]

_PREFERRED: Final[tuple[Relation, ...]] = ("equal", "prefix", "atLeast", "atMost")
_BOUNDS: Final[Mapping[str, Relation]] = {"gt": "atLeast", "gte": "atLeast", "lt": "atMost", "lte": "atMost"}

T = TypeVar("T")


class Anchor(NamedTuple):
    """A necessary condition: some value at the path stands in the relation to some operand.

    Attributes:
        path: Original names from the root of ``{"metadata": …, **body}``; lists on the way are looked through.
        relation: To the operands.
        operands: Texts, numbers or booleans; one of them unless the relation is ``equal``.
    """

    path: Path
    relation: Relation
    operands: tuple[Any, ...]


def anchor_of(filter_: Filter) -> Anchor | None:
    """Return the anchor of a filter that the fewest states should satisfy; None where it has none."""
    found = list(_anchors(filter_))
    return min(found, key=lambda anchor: _PREFERRED.index(anchor.relation), default=None)


def _anchors(filter_: Filter) -> Iterator[Anchor]:
    for requirement in filter_.labels.requirements if filter_.labels is not None else ():
        if requirement.operator == "in":
            yield Anchor(("metadata", "labels", requirement.key), "equal", requirement.values)
    if filter_.where is not None:
        yield from _anchors_at((), filter_.where)


def _anchors_at(path: Path, condition: Condition) -> Iterator[Anchor]:
    match condition:
        case Field(name, inner):
            yield from _anchors_at((*path, name), inner)
        case All(conditions):
            yield from chain.from_iterable(_anchors_at(path, one) for one in conditions)
        case Membership(operand, False) | Comparison("eq", operand, False) if _is_scalar(operand):
            yield Anchor(path, "equal", (operand,))
        case Comparison("in", operands, False) if all(map(_is_scalar, operands)):
            yield Anchor(path, "equal", tuple(operands))
        case Comparison("startsWith", operand, False):
            yield Anchor(path, "prefix", (operand,))
        case Comparison(operator, operand, False) if operator in _BOUNDS and _is_number(operand):
            yield Anchor(path, _BOUNDS[operator], (operand,))


def values_at(root: Mapping[str, Any], path: Path) -> Iterator[Any]:
    """Yield the texts, numbers and booleans at a path; lists on the way and at its end are looked through."""
    holders: Iterable[Any] = (root,)
    for name in path:
        held = [holder.get(name) for holder in holders if isinstance(holder, Mapping)]
        holders = [item for value in held for item in (value if isinstance(value, list) else (value,))]
    return (value for value in holders if _is_scalar(value))


class Anchored(Generic[T]):
    """Things by their anchors."""

    def __init__(self) -> None:
        self._by_path: dict[Path, _Lookup[T]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_path)

    def add(self, anchor: Anchor, thing: T) -> None:
        """Enter a thing."""
        self._by_path.setdefault(anchor.path, _Lookup()).add(anchor, thing)

    def remove(self, anchor: Anchor, thing: T) -> None:
        """Forget a thing that was added with this anchor."""
        lookup = self._by_path[anchor.path]
        lookup.remove(anchor, thing)
        if not lookup.size:
            del self._by_path[anchor.path]

    def find(self, roots: Iterable[Mapping[str, Any]]) -> dict[int, T]:
        """Return the things, by identity, whose anchor some of the states satisfies."""
        roots = tuple(roots)
        found: dict[int, T] = {}
        for path, lookup in self._by_path.items():
            for value in {_key(value) for root in roots for value in values_at(root, path)}:
                for thing in lookup.find(value):
                    found[id(thing)] = thing
        return found


class _Lookup(Generic[T]):
    """The things with anchors at one path."""

    def __init__(self) -> None:
        self.size = 0
        self._equal: dict[Any, list[T]] = {}
        self._prefixes: dict[str, list[T]] = {}
        self._lengths: Counter[int] = Counter()
        self._bounds: dict[Relation, list[tuple[float, int, T]]] = {"atLeast": [], "atMost": []}

    def add(self, anchor: Anchor, thing: T) -> None:
        self.size += 1
        match anchor.relation:
            case "equal":
                for key in set(map(_key, anchor.operands)):
                    self._equal.setdefault(key, []).append(thing)
            case "prefix":
                self._prefixes.setdefault(anchor.operands[0], []).append(thing)
                self._lengths[len(anchor.operands[0])] += 1
            case _:
                insort(self._bounds[anchor.relation], (anchor.operands[0], id(thing), thing))

    def remove(self, anchor: Anchor, thing: T) -> None:
        self.size -= 1
        match anchor.relation:
            case "equal":
                for key in set(map(_key, anchor.operands)):
                    _discard(self._equal, key, thing)
            case "prefix":
                _discard(self._prefixes, anchor.operands[0], thing)
                self._lengths[len(anchor.operands[0])] -= 1
                self._lengths += Counter()  # drops what is at zero
            case _:
                bounds = self._bounds[anchor.relation]
                del bounds[bisect_left(bounds, (anchor.operands[0], id(thing)))]

    def find(self, key: Any) -> Iterator[T]:
        yield from self._equal.get(key, ())
        if isinstance(key, str):
            for length in self._lengths:
                if length <= len(key):
                    yield from self._prefixes.get(key[:length], ())
        elif not isinstance(key, tuple):
            lower, upper = self._bounds["atLeast"], self._bounds["atMost"]
            yield from (bound[-1] for bound in lower[: bisect_right(lower, key, key=_bound)])
            yield from (bound[-1] for bound in upper[bisect_left(upper, key, key=_bound) :])


def _bound(entry: tuple[float, int, Any]) -> float:
    return entry[0]


def _discard(entries: dict[Any, list[T]], key: Any, thing: T) -> None:
    entries[key].remove(thing)
    if not entries[key]:
        del entries[key]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124 - NaN


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bool) or _is_number(value)


def _key(value: Any) -> Any:
    """Return what equal values share: 1 is 1.0, but true is not 1."""
    return ("boolean", value) if isinstance(value, bool) else value
