"""What single keywords accept, before and after: bounds, enums, patterns, and conditions by other schemas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from schema_builder.constraints import merged_enum
from schema_builder.evolution.conditions import condition_narrowings
from schema_builder.evolution.found import Found
from schema_builder.limits import MAX_INTEGER
from schema_builder.validation.formats import FORMATS, INTEGER_FORMATS

if TYPE_CHECKING:
    from schema_builder.evolution.schemas import Comparison

__all__ = ["keyword_narrowings"]

_MAX_SHOWN: Final = 200
_NUMBERS: Final = frozenset({"integer", "number"})


class _Size(NamedTuple):
    """A keyword that bounds a size."""

    keyword: str
    types: frozenset[str]
    least: bool


_SIZES: Final = tuple(
    _Size(f"{bound}{noun}", frozenset({type_}), bound == "min")
    for noun, type_ in (("Length", "string"), ("Items", "array"), ("Properties", "object"))
    for bound in ("min", "max")
)
_ANNOTATED: Final = ("x-kubernetes-list-type", "x-kubernetes-list-map-keys")


def keyword_narrowings(
    comparison: Comparison, olds: Sequence[Any], news: Sequence[Any], types: frozenset[str]
) -> Iterator[Found]:
    """Yield what keywords narrow, and what they widen.

    Args:
        comparison: Compares schemas that keywords hold.
        olds: What applied.
        news: What applies.
        types: The types that were and are accepted: keywords about others say nothing.
    """
    yield from _enums(olds, news)
    if types & _NUMBERS:
        yield from _bounds(olds, news)
        yield from _multiples(olds, news)
    for size in _SIZES:
        if types & size.types:
            yield from _sizes(size, olds, news)
    if "string" in types:
        yield from _each(olds, news, "pattern", "PATTERN_CHANGED")
        yield from _formats(olds, news)
    if "array" in types:
        yield from _unique(olds, news)
    yield from condition_narrowings(comparison, olds, news, types)


def _enums(olds: Sequence[Any], news: Sequence[Any]) -> Iterator[Found]:
    before, after = merged_enum(olds), merged_enum(news)
    keyword = "enum" if any("enum" in one for one in (*olds, *news)) else "const"
    if after is None:
        if before is not None:
            yield Found(keyword, "ENUM_REMOVED", None, "is not bound to certain values any more")
        return
    if before is None:
        yield Found(keyword, "ENUM_ADDED", f"must be one of {_shown(list(after))}")
        return
    known, present = {_canonical(one) for one in after}, {_canonical(one) for one in before}
    missing = [one for one in before if _canonical(one) not in known]
    if missing:
        yield Found(keyword, "ENUM_VALUE_REMOVED", f"cannot be {', '.join(map(_shown, missing))[:_MAX_SHOWN]} any more")
    added = [one for one in after if _canonical(one) not in present]
    if added and not missing:
        yield Found(keyword, "ENUM_VALUE_ADDED", None, f"can be {', '.join(map(_shown, added))[:_MAX_SHOWN]}")


def _bounds(olds: Sequence[Any], news: Sequence[Any]) -> Iterator[Found]:
    for keyword, exclusive, step in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        before = max((_bound(one, keyword, exclusive, step) for one in olds), default=(-math.inf, False))
        after = max((_bound(one, keyword, exclusive, step) for one in news), default=(-math.inf, False))
        if before == after:
            continue
        named = exclusive if after[1] or (after[0] == -math.inf and before[1]) else keyword
        if after > before:
            beyond = ("more than" if step > 0 else "less than") if after[1] else "at least" if step > 0 else "at most"
            was = "" if before[0] == -math.inf else f", was {before[0] * step:g}"
            yield Found(named, "BOUND_TIGHTENED", f"must be {beyond} {after[0] * step:g}{was}")
        else:
            now = "any number" if after[0] == -math.inf else f"{after[0] * step:g}"
            yield Found(named, "BOUND_LOOSENED", None, f"has a looser bound: {now}, was {before[0] * step:g}")


def _bound(schema: dict[str, Any], keyword: str, exclusive: str, step: int) -> tuple[float, bool]:
    """Return a bound so that the greater one is the tighter, and whether it is itself excluded."""
    bound, beyond = schema.get(keyword), schema.get(exclusive)
    found: list[tuple[float, bool]] = [(-math.inf, False)]
    if bound is not None:
        found.append((bound * step, beyond is True))
    if beyond is not None and not isinstance(beyond, bool):
        found.append((beyond * step, True))
    limits = INTEGER_FORMATS.get(schema.get("format", ""))
    if limits is not None and schema.get("format") != "int64":
        found.append((limits[0] if step > 0 else -limits[1], False))
    return max(found)


def _multiples(olds: Sequence[Any], news: Sequence[Any]) -> Iterator[Found]:
    before = [one["multipleOf"] for one in olds if "multipleOf" in one]
    for fragment in news:
        wanted = fragment.get("multipleOf")
        if wanted is not None and not any(_divides(wanted, one) for one in before):
            yield Found("multipleOf", "MULTIPLE_CHANGED", f"must be a multiple of {wanted}")


def _divides(wanted: float, known: float) -> bool:
    if isinstance(wanted, int) and isinstance(known, int):
        return known % wanted == 0
    return wanted == known


def _sizes(size: _Size, olds: Sequence[Any], news: Sequence[Any]) -> Iterator[Found]:
    absent = 0 if size.least else math.inf
    choose: Callable[..., float] = max if size.least else min
    before = choose((one.get(size.keyword, absent) for one in olds), default=absent)
    after = choose((one.get(size.keyword, absent) for one in news), default=absent)
    if before == after:
        return
    if (after > before) == size.least:
        was = "" if before == absent else f", was {before}"
        yield Found(size.keyword, "BOUND_TIGHTENED", f"has {size.keyword} {after}{was}")
    else:
        now = "none" if after == absent else str(after)
        yield Found(size.keyword, "BOUND_LOOSENED", None, f"has a looser {size.keyword}: {now}, was {before}")


def _each(olds: Sequence[Any], news: Sequence[Any], keyword: str, change: str) -> Iterator[Found]:
    before = [one[keyword] for one in olds if keyword in one]
    after = [one[keyword] for one in news if keyword in one]
    new = [one for one in after if one not in before]
    for one in new:
        yield Found(keyword, change, f"has another {keyword}: {_shown(one)}")
    if not new and any(one not in after for one in before):
        yield Found(keyword, change, None, f"has no {keyword} {_shown(before[0])} any more")


def _formats(olds: Sequence[Any], news: Sequence[Any]) -> Iterator[Found]:
    before = {one.get("format") for one in olds}
    for fragment in news:
        wanted = fragment.get("format")
        if wanted in FORMATS and wanted not in before:
            yield Found("format", "FORMAT_CHANGED", f"must have the format {wanted}")


def _unique(olds: Sequence[Any], news: Sequence[Any]) -> Iterator[Found]:
    if any(one.get("uniqueItems") is True for one in news) and not any(one.get("uniqueItems") is True for one in olds):
        yield Found("uniqueItems", "UNIQUE", "must have items that all differ")
    before, after = [[_listed_as(one) for one in some] for some in (olds, news)]
    for wanted in after:
        if wanted[0] in {"set", "map"} and wanted not in before:
            yield Found("x-kubernetes-list-type", "LIST_TYPE_CHANGED", f"is a {wanted[0]}: its items must differ")


def _listed_as(fragment: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    kind = str(fragment.get("x-kubernetes-list-type", "atomic"))
    keys = fragment.get("x-kubernetes-list-map-keys", ()) if kind == "map" else ()
    return kind, tuple(sorted(keys))


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def _canonical(value: Any) -> bytes:
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_INTEGER:
        value = int(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
