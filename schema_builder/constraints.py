"""What schemas that apply together say about a value beside its shape: bounds, enums, hints, contradictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import orjson

from schema_builder.limits import MAX_INTEGER

__all__ = ["contradiction", "hints_of", "integer_bounds", "merged_enum", "united_enum"]

_FORMAT_BOUNDS: Final = {"int32": (-(2**31), 2**31 - 1)}
_RANGES: Final = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_HINTS: Final = (
    "minLength", "maxLength", "pattern", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties", "const",
)  # fmt: skip
_PRESENCE_HINTS: Final = {
    "not": "not: some values are forbidden",
    "if": "if: what is valid depends on other values",
    "dependentRequired": "dependentRequired: some properties need others",
    "dependentSchemas": "dependentSchemas: some properties change what is valid",
    "dependencies": "dependencies: some properties need others",
    "contains": "contains: some item must have a certain form",
    "propertyNames": "propertyNames: names must have a certain form",
}
_HINTED: Final = frozenset({*_HINTS, *_PRESENCE_HINTS, "anyOf", "oneOf", "x-kubernetes-validations"})
_MAX_HINT: Final = 200
_MAX_RULES: Final = 10


def merged_enum(schemas: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return the values that every ``enum`` and ``const`` of the schemas allows, in the first's order, or None."""
    lists = [values for values in map(_allowed, schemas) if values is not None]
    if len(lists) < 2:
        return tuple(lists[0]) if lists else None
    merged = {_canonical(value): value for value in lists[0]}
    for values in lists[1:]:
        others = {_canonical(value) for value in values}
        merged = {key: value for key, value in merged.items() if key in others}
    return tuple(merged.values())


def united_enum(schemas: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values that any of the schemas allows; empty where one of them lists none."""
    lists = [_allowed(schema) for schema in schemas]
    if any(values is None for values in lists):
        return ()
    return tuple({_canonical(value): value for values in lists for value in values or ()}.values())


def integer_bounds(schemas: Sequence[Any]) -> tuple[int | None, int | None]:
    """Return the inclusive bounds that the schemas prove for an integer, each None where they prove none."""
    lower, upper = _bounds(schemas)
    for schema in schemas:
        low, high = _FORMAT_BOUNDS.get(schema.get("format", ""), (-math.inf, math.inf))
        lower, upper = max(lower, low), min(upper, high)
    return (None if lower == -math.inf else math.ceil(lower)), (None if upper == math.inf else math.floor(upper))


def contradiction(schemas: Sequence[Any]) -> str | None:
    """Return why no value can satisfy all of the schemas, judged by their own bounds and enums; None where one may."""
    if merged_enum(schemas) == ():
        return "has no value that all its enums allow"
    lower, upper = _bounds(schemas)
    if lower > upper:
        return f"wants a number of at least {lower:g} and at most {upper:g}"
    for least, most in _RANGES:
        low = max((schema[least] for schema in schemas if least in schema), default=0)
        high = min((schema[most] for schema in schemas if most in schema), default=math.inf)
        if low > high:
            return f"has {least} {low} and {most} {high}"
    return None


def hints_of(schemas: Sequence[Any]) -> tuple[str, ...]:
    """Return the keywords that only validation honours, in words."""
    hints: list[str] = []
    for schema in schemas:
        if _HINTED.isdisjoint(schema):
            continue
        hints += (f"{keyword}: {_shown(schema[keyword])}" for keyword in _HINTS if keyword in schema)
        hints += (text for keyword, text in _PRESENCE_HINTS.items() if keyword in schema)
        hints += (
            f"{keyword}: {len(schema[keyword])} alternatives" for keyword in ("oneOf", "anyOf") if keyword in schema
        )
        hints += _rules(schema)
    return tuple(dict.fromkeys(hints))


def _rules(schema: dict[str, Any]) -> list[str]:
    rules = schema.get("x-kubernetes-validations", ())
    texts = [rule.get("message") or rule.get("rule") for rule in rules[:_MAX_RULES] if isinstance(rule, dict)]
    return [f"rule: {text[:_MAX_HINT]}" for text in texts if isinstance(text, str)]


def _bounds(schemas: Sequence[Any]) -> tuple[float, float]:
    lower: float = -math.inf
    upper: float = math.inf
    for schema in schemas:
        for keyword, exclusive, step in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
            bound, beyond = schema.get(keyword), schema.get(exclusive)
            candidates = [] if bound is None else [_stepped(bound, step) if beyond is True else bound]
            if beyond is not None and not isinstance(beyond, bool):
                candidates.append(_stepped(beyond, step))
            for candidate in candidates:
                lower, upper = (max(lower, candidate), upper) if step > 0 else (lower, min(upper, candidate))
    return lower, upper


def _stepped(bound: float, step: int) -> float:
    """Return an exclusive bound as an inclusive one: exact for integers, the bound itself for other numbers."""
    return bound + step if isinstance(bound, int) or bound.is_integer() else bound


def _allowed(schema: Any) -> list[Any] | None:
    if not isinstance(schema, dict):
        return None
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _canonical(value: Any) -> bytes:
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_INTEGER:
        value = int(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _MAX_HINT else f"{text[:_MAX_HINT]}…"
