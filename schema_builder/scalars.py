"""The scalars beside GraphQL's own five: what each takes, what it says.

Strict on input: a value is taken as it is or refused, never rounded or guessed. On output a stored value is given
as it is stored; what a scalar cannot say never reaches it (``schema_builder.types.reading`` makes it null first).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
)

from schema_builder.conditions import instant
from schema_builder.limits import MAX_INTEGER, MAX_SCHEMA_DEPTH, MIN_INTEGER, measure
from schema_builder.validation.messages import shown

__all__ = [
    "BIG_INT",
    "DATE_TIME",
    "INT_OR_STRING",
    "JSON",
    "MAX_SAFE_INTEGER",
    "SCALARS",
    "STRING_MAP",
    "STRING_MAP_PATCH",
    "literal_value",
]

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Greatest integer that a number of JavaScript holds exactly (``Number.MAX_SAFE_INTEGER``)."""

_MAX_DEPTH: Final = 2 * MAX_SCHEMA_DEPTH
"""What no body and no definition exceeds; each of them has its own limit."""
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\Z")
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})\Z", re.IGNORECASE
)


def _parse_json(value: Any) -> Any:
    if value.__class__ is str or (value.__class__ is int and MIN_INTEGER <= value <= MAX_INTEGER):
        return value  # lists of JSON have very many of them
    failures = measure(value, path="", max_depth=_MAX_DEPTH)
    if failures:
        raise GraphQLError(f"JSON value at {failures[0].path or 'its root'} {failures[0].message}.")
    return value


def _is_whole(value: Any) -> bool:
    """Tell whether a value is a number such as 1.0 or 1e3, which JSON does not tell from an integer."""
    return isinstance(value, float) and value.is_integer() and abs(value) <= MAX_SAFE_INTEGER


def _parse_big_int(value: Any) -> int:
    if _is_whole(value) or (isinstance(value, str) and _DECIMAL.match(value)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not MIN_INTEGER <= value <= MAX_INTEGER:
        raise GraphQLError(f"BigInt takes an integer of 64 bits, as a number or a decimal string, not {shown(value)}.")
    return value


def _say_big_int(value: Any) -> int | str:
    number = _parse_big_int(value)
    return number if abs(number) <= MAX_SAFE_INTEGER else str(number)


def _parse_date_time(value: Any) -> str:
    if isinstance(value, str) and _DATE_TIME.match(value) and instant(value) is not None:
        return value
    raise GraphQLError(f"DateTime takes an RFC 3339 date-time such as 2026-01-31T12:00:00Z, not {shown(value)}.")


def _say_date_time(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise GraphQLError(f"DateTime cannot say {shown(value)}.")


def _parse_string_map(value: Any) -> Mapping[str, str]:
    """Return a map of strings; null, which none of them can be, means absent."""
    if isinstance(value, Mapping) and all(item is None or isinstance(item, str) for item in value.values()):
        return {key: item for key, item in value.items() if item is not None}
    raise GraphQLError("StringMap takes an object whose values are strings.")


def _parse_string_map_patch(value: Any) -> Mapping[str, str | None]:
    if isinstance(value, Mapping) and all(item is None or isinstance(item, str) for item in value.values()):
        return value
    raise GraphQLError("StringMapPatch takes an object whose values are strings, or null for those to remove.")


def _parse_int_or_string(value: Any) -> int | str:
    if _is_whole(value):
        return int(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and MIN_INTEGER <= value <= MAX_INTEGER:
        return value
    raise GraphQLError(f"IntOrString takes an integer of 64 bits or a string, not {shown(value)}.")


def literal_value(node: ConstValueNode) -> Any:
    """Return the JSON value that a literal without variables writes; enum values read as strings.

    The parser bounds how deep a literal nests, so this may recurse.
    """
    match node:
        case NullValueNode():
            return None
        case IntValueNode():
            return int(node.value) if len(node.value) <= 20 else _too_long(node)
        case FloatValueNode():
            return _finite(node)
        case ListValueNode():
            return [literal_value(item) for item in node.values]
        case ObjectValueNode():
            return {field.name.value: literal_value(field.value) for field in node.fields}
        case _:
            return node.value


def _too_long(node: IntValueNode) -> Any:
    raise GraphQLError("An integer outside 64 bits is never rounded: refused.", node)


def _finite(node: FloatValueNode) -> float:
    number = float(node.value)
    if not math.isfinite(number):
        raise GraphQLError("A number beyond the range of doubles is never rounded: refused.", node)
    return number


def _big_int_literal(value: Any) -> ConstValueNode:
    said = _say_big_int(value)
    return IntValueNode(value=str(said)) if isinstance(said, int) else StringValueNode(value=said, block=False)


def _identity(value: Any) -> Any:
    return value


def _scalar(
    name: str, *, parse: Any, say: Any = _identity, literal: Any = None, description: str, url: str | None = None
) -> GraphQLScalarType:
    return GraphQLScalarType(
        name,
        coerce_output_value=say,
        coerce_input_value=parse,
        coerce_input_literal=lambda node: parse(literal_value(node)),
        value_to_literal=literal,
        description=description,
        specified_by_url=url,
    )


JSON: Final = _scalar(
    "JSON",
    parse=_parse_json,
    description="Any JSON value, exactly as stored. Integers are of 64 bits at most; numbers stay numbers.",
    url="https://www.rfc-editor.org/rfc/rfc8259",
)
BIG_INT: Final = _scalar(
    "BigInt",
    parse=_parse_big_int,
    say=_say_big_int,
    literal=_big_int_literal,
    description=(
        "A signed integer of 64 bits: a JSON number while JavaScript holds it exactly (up to 9007199254740991 on "
        "either side of zero), a decimal string beyond. Input takes both."
    ),
)
DATE_TIME: Final = _scalar(
    "DateTime",
    parse=_parse_date_time,
    say=_say_date_time,
    description="A date-time with an offset, as RFC 3339 writes it; kept as written and compared as an instant.",
    url="https://www.rfc-editor.org/rfc/rfc3339",
)
STRING_MAP: Final = _scalar(
    "StringMap", parse=_parse_string_map, description='An object whose values are strings, such as `{"app": "db"}`.'
)
STRING_MAP_PATCH: Final = _scalar(
    "StringMapPatch",
    parse=_parse_string_map_patch,
    description="Changes of a StringMap: a string sets its key, null removes it (apply keeps it), absence keeps it.",
)
INT_OR_STRING: Final = _scalar(
    "IntOrString", parse=_parse_int_or_string, description='An integer or a string, such as `8080` or `"50%"`.'
)

SCALARS: Final = (JSON, BIG_INT, DATE_TIME, STRING_MAP, STRING_MAP_PATCH, INT_OR_STRING)
