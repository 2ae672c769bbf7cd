"""Whether every instance of one JSON Schema is an instance of another, and where it is not.

A place is described by *fragments*: schemas that all apply to it (its own, members of ``allOf``, targets of
references). Fragments before are held against fragments after, keyword by keyword; what cannot be shown to accept
everything that was accepted counts as narrowed. Recursion ends because a pair that is being compared is taken as fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from schema_builder.differences import identical, pointer_token
from schema_builder.evolution.change import Audience, Change, Severity
from schema_builder.evolution.found import Found
from schema_builder.evolution.narrowing import keyword_narrowings
from schema_builder.evolution.objects import Shape, shape_of
from schema_builder.fragments import ANY_TYPE, Reader
from schema_builder.references import Document

if TYPE_CHECKING:
    from schema_builder.dialect import Dialect

__all__ = ["Side", "schema_changes"]

_MAX_PAIRS: Final = 100_000
_MAX_PLACE: Final = 200
_TOLD: Final = ("description", "title")
_REFERENCE: Final = b'ef":'
_OPAQUE: Final = ("unevaluatedProperties", "unevaluatedItems")

Place = tuple[str, ...]


class Side:
    """One of two schemas: its document, and what is read from it."""

    def __init__(self, schema: Any, *, dialect: Dialect, path: str) -> None:
        self.document = Document(schema, dialect=dialect, path=path)
        self.reader = Reader(self.document)

    def types(self, schemas: Iterable[Any]) -> frozenset[str]:
        """Return the types that all of some schemas accept."""
        return ANY_TYPE.intersection(*map(self.reader.types, schemas))

    def pointer(self, fragments: Sequence[Any]) -> str:
        """Return where the first of some fragments stands."""
        return self.document.pointer(fragments[0]) if fragments else self.document.pointer(self.document.root)


class Spot(NamedTuple):
    """A place that is compared.

    Attributes:
        place: Its name in resources.
        typed: The structural tree reaches it: undeclared fields are refused, and defaults filled in.
        path: Pointer to tell where nothing better is known.
    """

    place: Place
    typed: bool
    path: str

    def inside(self, name: str | None, path: str, *, typed: bool = True) -> Spot:
        """Return the spot of a property, or of the items where there is no name."""
        return Spot((*self.place, name) if name is not None else self.place, self.typed and typed, path)


def schema_changes(before: Side, after: Side, *, section: str, path: str) -> list[Change]:
    """Return how the schema of a section was narrowed, widened and described otherwise."""
    comparison = Comparison(before, after)
    spot = Spot((section,), typed=True, path=path)
    if before.document.dynamic or after.document.dynamic:
        comparison.narrowed(spot, path, "CONDITION_CHANGED", "uses $dynamicRef: what has changed cannot be told")
    else:
        comparison.compare([before.document.root], [after.document.root], spot)
    return comparison.changes


class Comparison:
    """Compares in one direction; a quiet comparison, of a part inside another keyword, is one of its own."""

    def __init__(self, before: Side, after: Side, *, quiet: bool = False, spent: list[int] | None = None) -> None:
        self.before = before
        self.after = after
        self.changes: list[Change] = []
        self.quiet = quiet
        self._seen: set[tuple[tuple[int, ...], tuple[int, ...], bool]] = set()
        self._spent = spent if spent is not None else [0]

    def narrowed(self, spot: Spot, path: str, change: str, said: str) -> None:
        """Note that something which was accepted may not be."""
        self._note(spot, path, Found("", change, said))

    def _note(self, spot: Spot, path: str, found: Found, *, audience: Audience = Audience.RESOURCES) -> None:
        severity = Severity.SAFE if found.said is None else found.severity
        said = found.told if found.said is None else found.said
        if severity is not Severity.SAFE or not self.quiet:
            named = ".".join(spot.place)[:_MAX_PLACE]
            self.changes.append(Change(path, found.change, audience, severity, f"{named} {said}", spot.place))

    def accepts(self, before: Sequence[Any], after: Sequence[Any], *, swapped: bool = False) -> bool:
        """Tell whether schemas accept all that others accept; ``swapped``: the first ones are of the later side."""
        sides = (self.after, self.before) if swapped else (self.before, self.after)
        inner = Comparison(*sides, quiet=True, spent=self._spent)
        inner.compare(before, after, Spot((), typed=False, path=""))
        return not inner.changes

    def same(self, before: Any, after: Any) -> bool:
        """Tell whether two schemas accept the same."""
        return self.accepts([before], [after]) and self.accepts([after], [before], swapped=True)

    def compare(self, before: Sequence[Any], after: Sequence[Any], spot: Spot) -> None:
        """Compare schemas that all apply before with schemas that all apply after."""
        if self.quiet and self.changes:
            return
        olds, news = self.before.reader.fragments(before), self.after.reader.fragments(after)
        key = (tuple(map(id, olds)), tuple(map(id, news)), spot.typed)
        if key in self._seen or any(one is False for one in olds) or _is_unchanged(before, after):
            return
        self._seen.add(key)
        self._spent[0] += 1
        if self._spent[0] > _MAX_PAIRS:
            if self._spent[0] == _MAX_PAIRS + 1 or self.quiet:
                self.narrowed(spot, spot.path, "CONDITION_CHANGED", "combines too much for its changes to be told")
            return
        path = self.after.pointer(news) if news and news[0] is not False else spot.path
        spot = spot._replace(path=path)
        if any(one is False for one in news):
            self.narrowed(spot, path, "FORBIDDEN", "must not be there any more")
            return
        self._compare_types(before, after, spot)
        self._compare_words(olds, news, spot)
        types = self.before.types(before) & self.after.types(after)
        for found in keyword_narrowings(self, olds, news, types):
            self._note(spot, f"{path}/{found.keyword}", found)
        if "array" in types:
            self._compare_items(olds, news, spot)
        if "object" in types:
            self._compare_objects(before, after, olds, news, spot)
        self._compare_opaque(olds, news, spot)

    def _compare_types(self, before: Sequence[Any], after: Sequence[Any], spot: Spot) -> None:
        old, new = self.before.types(before), self.after.types(after)
        if not old <= new:
            said = f"may be {_listed(new)}, where it could be {_listed(old)}"
            self.narrowed(spot, f"{spot.path}/type", "TYPE_CHANGED", said)
        elif old != new:
            self._note(spot, f"{spot.path}/type", Found("type", "TYPE_WIDENED", None, f"may be {_listed(new)}"))

    def _compare_words(self, olds: Sequence[Any], news: Sequence[Any], spot: Spot) -> None:
        if self.quiet:
            return
        if _first(olds, _TOLD) != _first(news, _TOLD):
            found = Found("description", "DESCRIPTION_CHANGED", None, "is described otherwise")
            self._note(spot, f"{spot.path}/description", found, audience=Audience.CLIENTS)
        old, new = _first(olds, ("default",)), _first(news, ("default",))
        if not identical(old, new):
            said = None if not old else "has another default" if new else "has no default any more"
            found = Found("default", "DEFAULT_CHANGED", said, "has a default", Severity.DANGEROUS)
            self._note(spot, f"{spot.path}/default", found, audience=Audience.CLIENTS)

    def _compare_items(self, olds: Sequence[Any], news: Sequence[Any], spot: Spot) -> None:
        length = max((len(_prefix(one)) for one in (*olds, *news)), default=0)
        for index in range(length):
            self._compare_part(
                _items_at(olds, index), _items_at(news, index), spot.inside(None, spot.path, typed=False)
            )
        old, new = _items_at(olds, length), _items_at(news, length)
        self._compare_part(old, new, spot.inside(None, f"{spot.path}/items", typed=not length))

    def _compare_part(self, olds: list[Any], news: list[Any], spot: Spot) -> None:
        if news:
            self.compare(olds, news, spot)

    def _compare_objects(
        self, before: Sequence[Any], after: Sequence[Any], olds: Sequence[Any], news: Sequence[Any], spot: Spot
    ) -> None:
        old = shape_of(self.before, before, olds, typed=spot.typed)
        new = shape_of(self.after, after, news, typed=spot.typed)
        spot = spot._replace(typed=spot.typed and old.typed and new.typed)
        if new.closed:
            self._compare_closed(old, new, spot)
        self._compare_required(old, new, news, spot)
        for name in new.declared:
            if old.may_have(name):
                path = f"{spot.path}/properties/{pointer_token(name)}"
                self._compare_part(old.schemas(name), new.schemas(name), spot.inside(name, path))
        for name in old.declared:
            if name not in new.declared and not (new.closed and not new.may_have(name)):
                path = self.before.pointer([one for one in old.schemas(name) if isinstance(one, dict)])
                self._compare_part(old.schemas(name), new.schemas(name), spot.inside(name, path, typed=False))
        even = old.even and new.even
        for pattern in (*new.patterns, *(one for one in old.patterns if one not in new.patterns)):
            path = f"{spot.path}/patternProperties/{pointer_token(pattern)}"
            if old.may_have(None) or pattern in old.patterns:
                inside = spot.inside(None, path, typed=even)
                self._compare_part(old.of_pattern(pattern), new.of_pattern(pattern), inside)
        if old.may_have(None):
            path = f"{spot.path}/additionalProperties"
            self._compare_part(old.rest(), new.rest(), spot.inside(None, path, typed=even))
        if spot.typed and new.even and not old.even and (old.may_have(None) or old.patterns):
            path = f"{spot.path}/additionalProperties"
            self.narrowed(spot, path, "CLOSED", "may know fewer fields inside of its undeclared fields")

    def _compare_closed(self, old: Shape, new: Shape, spot: Spot) -> None:
        for name in old.declared:
            if not new.may_have(name):
                path = self.before.pointer([one for one in old.schemas(name) if isinstance(one, dict)])
                self.narrowed(spot.inside(name, path), path, "FIELD_REMOVED", "is removed")
        if old.may_have(None) or any(pattern not in new.patterns for pattern in old.patterns):
            path = f"{spot.path}/additionalProperties"
            self.narrowed(spot, path, "CLOSED", "takes declared fields only")

    def _compare_required(self, old: Shape, new: Shape, news: Sequence[Any], spot: Spot) -> None:
        for fragment in news:
            for name in fragment.get("required", ()):
                if name in old.required or (spot.typed and new.fills(name)):
                    continue
                path = f"{self.after.document.pointer(fragment)}/required"
                self.narrowed(spot.inside(name, path), path, "REQUIRED", "is required")
        for name in sorted(old.required - new.required):
            path = f"{spot.path}/required"
            self._note(spot.inside(name, path), path, Found("required", "OPTIONAL", None, "is not required any more"))

    def _compare_opaque(self, olds: Sequence[Any], news: Sequence[Any], spot: Spot) -> None:
        for fragment in news:
            for keyword in _OPAQUE:
                if fragment.get(keyword, True) not in (True, {}) and not any(
                    identical(fragment, one) and not _refers(one) for one in olds
                ):
                    path = f"{self.after.document.pointer(fragment)}/{keyword}"
                    self.narrowed(spot, path, "CONDITION_CHANGED", f"has {keyword}, and has changed")


def _is_unchanged(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Tell at once, where it can be told at once, that nothing has changed: neither the schemas nor what they name."""
    if len(before) != 1 or len(after) != 1 or before[0] != after[0]:
        return False
    text = orjson.dumps(before[0], option=orjson.OPT_SORT_KEYS)
    return _REFERENCE not in text and text == orjson.dumps(after[0], option=orjson.OPT_SORT_KEYS)


def _first(fragments: Sequence[Any], names: Iterable[str]) -> list[Any]:
    """Return the first value of the first keyword that is there, in a list; an empty one where none is."""
    for name in names:
        for fragment in fragments:
            if name in fragment:
                return [fragment[name]]
    return []


def _prefix(fragment: Mapping[str, Any]) -> list[Any]:
    found = fragment.get("prefixItems", fragment.get("items"))
    return found if isinstance(found, list) else []


def _items_at(fragments: Sequence[Any], index: int) -> list[Any]:
    """Return what applies to the item at an index, or to all items behind the last index that is spoken of."""
    schemas: list[Any] = []
    for fragment in fragments:
        prefix = _prefix(fragment)
        if index < len(prefix):
            schemas.append(prefix[index])
            continue
        rest = fragment.get("items")
        if isinstance(rest, list):
            rest = fragment.get("additionalItems")
        if rest is not None:
            schemas.append(rest)
    return schemas


def _refers(value: Any) -> bool:
    if isinstance(value, dict):
        return "$ref" in value or any(map(_refers, value.values()))
    return isinstance(value, list) and any(map(_refers, value))


def _listed(types: Iterable[str]) -> str:
    found = set(types)
    if "number" in found:
        found.discard("integer")
    return "anything" if found >= ANY_TYPE - {"integer"} else " or ".join(sorted(found)) or "nothing"
