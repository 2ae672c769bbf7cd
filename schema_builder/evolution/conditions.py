"""Keywords that hold other schemas and say nothing of shape: alternatives, negations, dependencies, rules.

Their parts are compared quietly: what counts is whether the keyword as a whole accepts all that it accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from schema_builder.evolution.change import Severity
from schema_builder.evolution.found import Found
from schema_builder.fragments import is_null_only

if TYPE_CHECKING:
    from schema_builder.evolution.schemas import Comparison

__all__ = ["condition_narrowings"]

_DEPENDENT: Final = ("dependentSchemas", "dependentRequired", "dependencies")


def condition_narrowings(
    comparison: Comparison, olds: Sequence[Any], news: Sequence[Any], types: frozenset[str]
) -> Iterator[Found]:
    """Yield what is narrowed by conditions."""
    for fragment in news:
        yield from _alternatives(comparison, olds, fragment)
        yield from _negation(comparison, olds, fragment)
        yield from _choice(comparison, olds, fragment)
        if "object" in types:
            yield from _dependencies(comparison, olds, fragment)
            yield from _names(comparison, olds, fragment)
            yield from _embedded(olds, fragment)
        if "array" in types:
            yield from _contents(comparison, olds, fragment)
        yield from _rules(olds, fragment)


def _alternatives(comparison: Comparison, olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    for keyword in ("anyOf", "oneOf"):
        branches = _branches(fragment, keyword)
        if not branches:
            continue
        known = [found for one in olds if (found := _branches(one, keyword))]
        fits = _any_of if keyword == "anyOf" else _one_of
        if any(fits(comparison, some, branches) for some in known):
            continue
        if keyword == "oneOf" and any(_extends(comparison, some, branches) for some in known):
            said = "has another alternative; a stored value that matches it beside its own is refused"
            yield Found("oneOf", "ALTERNATIVE_ADDED", said, severity=Severity.DANGEROUS)
        else:
            yield Found(keyword, "CONDITION_CHANGED", f"has other alternatives ({keyword})")


def _branches(fragment: Any, keyword: str) -> list[Any]:
    """Return the branches of an alternative; none where only one of them is more than null: that is no choice."""
    branches = fragment.get(keyword) or []
    return list(branches) if sum(not is_null_only(one) for one in branches) > 1 else []


def _any_of(comparison: Comparison, olds: Sequence[Any], news: Sequence[Any]) -> bool:
    return all(
        any(comparison.accepts([old], [new]) and _declares_all(comparison, old, new) for new in _near(old, olds, news))
        for old in olds
    )


def _one_of(comparison: Comparison, olds: Sequence[Any], news: Sequence[Any]) -> bool:
    return len(olds) == len(news) and _extends(comparison, olds, news)


def _extends(comparison: Comparison, olds: Sequence[Any], news: Sequence[Any]) -> bool:
    return all(
        any(comparison.same(old, new) and _declares_all(comparison, old, new) for new in _near(old, olds, news))
        for old in olds
    )


def _declares_all(comparison: Comparison, old: Any, new: Any) -> bool:
    """Tell whether a branch declares all fields that another one did: those of a union's member are all it may have."""
    before, after = (
        {name for one in reader.fragments([schema]) if isinstance(one, dict) for name in one.get("properties", {})}
        for reader, schema in ((comparison.before.reader, old), (comparison.after.reader, new))
    )
    return before <= after


def _near(old: Any, olds: Sequence[Any], news: Sequence[Any]) -> list[Any]:
    """Return the later branches, the one at the same index first."""
    index = next(at for at, one in enumerate(olds) if one is old)
    return [*news[index : index + 1], *(one for at, one in enumerate(news) if at != index)]


def _negation(comparison: Comparison, olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    if "not" in fragment and not any(
        comparison.accepts([fragment["not"]], [one["not"]], swapped=True) for one in olds if "not" in one
    ):
        yield Found("not", "CONDITION_CHANGED", "must not be what it could be (not)")


def _choice(comparison: Comparison, olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    branches = [keyword for keyword in ("then", "else") if keyword in fragment]
    if "if" not in fragment or not branches:
        return
    for one in olds:
        if "if" in one and comparison.same(one["if"], fragment["if"]):
            held = all(
                keyword in one and comparison.accepts([one[keyword]], [fragment[keyword]]) for keyword in branches
            )
            if held:
                return
    yield Found("if", "CONDITION_CHANGED", "has other conditions (if)")


def _dependencies(comparison: Comparison, olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    for keyword in _DEPENDENT:
        for name, wanted in (fragment.get(keyword) or {}).items():
            known = [one[keyword][name] for one in olds if name in (one.get(keyword) or {})]
            if not any(_implies(comparison, one, wanted) for one in known):
                yield Found(keyword, "CONDITION_CHANGED", f"needs more where it has {name[:80]} ({keyword})")


def _implies(comparison: Comparison, known: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(known, list) and set(wanted) <= set(known)
    return not isinstance(known, list) and comparison.accepts([known], [wanted])


def _names(comparison: Comparison, olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    if "propertyNames" not in fragment:
        return
    known = [one["propertyNames"] for one in olds if "propertyNames" in one]
    if not any(comparison.accepts([one], [fragment["propertyNames"]]) for one in known):
        yield Found("propertyNames", "CONDITION_CHANGED", "restricts the names of its fields")


def _embedded(olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    keyword = "x-kubernetes-embedded-resource"
    if fragment.get(keyword) is True and not any(one.get(keyword) is True for one in olds):
        yield Found(keyword, "CONDITION_CHANGED", "must be a resource with apiVersion and kind")


def _contents(comparison: Comparison, olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    if "contains" not in fragment:
        return
    least, most = fragment.get("minContains", 1), fragment.get("maxContains")
    for one in olds:
        if "contains" not in one or one.get("minContains", 1) < least:
            continue
        if most is None and comparison.accepts([one["contains"]], [fragment["contains"]]):
            return
        if one.get("maxContains", most) == most and comparison.same(one["contains"], fragment["contains"]):
            return
    if least or most is not None:
        yield Found("contains", "CONDITION_CHANGED", "must contain other items")


def _rules(olds: Sequence[Any], fragment: Any) -> Iterator[Found]:
    keyword = "x-kubernetes-validations"
    known = {_rule(rule) for one in olds for rule in one.get(keyword) or ()}
    wanted = fragment.get(keyword) or ()
    for index, rule in enumerate(wanted):
        if _rule(rule) not in known:
            said = f"has another rule: {_rule(rule)[:200]}"
            yield Found(f"{keyword}/{index}", "RULE_ADDED", said)
    present = {_rule(rule) for rule in wanted}
    if known - present and present <= known:
        yield Found(keyword, "RULE_REMOVED", None, "has fewer rules")


def _rule(rule: Any) -> str:
    return str(rule.get("rule")) if isinstance(rule, dict) else str(rule)
