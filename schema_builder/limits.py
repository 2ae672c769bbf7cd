"""How much a definition or a body may hold, and the one look at both that keeps every later step within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure

__all__ = [
    "MAX_BODY_DEPTH",
    "MAX_COLUMNS",
    "MAX_FAILURES",
    "MAX_INDEXES",
    "MAX_INDEX_FIELDS",
    "MAX_INTEGER",
    "MAX_PATTERN_LENGTH",
    "MAX_PATTERN_PROGRAM",
    "MAX_SCHEMA_BYTES",
    "MAX_SCHEMA_DEPTH",
    "MAX_SCHEMA_NODES",
    "MAX_UNIQUE_INDEXES",
    "MIN_INTEGER",
    "measure",
]

MAX_SCHEMA_BYTES: Final = 4 * 1024 * 1024
MAX_SCHEMA_DEPTH: Final = 100
"""Levels of subschemas; each of them is one or two levels of JSON."""
MAX_SCHEMA_NODES: Final = 50_000
MAX_BODY_DEPTH: Final = 100
MAX_FAILURES: Final = 10_000

MAX_INDEXES: Final = 16
MAX_UNIQUE_INDEXES: Final = 8
MAX_INDEX_FIELDS: Final = 8
MAX_COLUMNS: Final = 100

MAX_PATTERN_LENGTH: Final = 10_000
MAX_PATTERN_PROGRAM: Final = 500_000
"""Instructions of all compiled patterns of one definition together: what bounds their compile time and memory."""

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1


def measure(value: Any, *, path: str, max_depth: int) -> list[Failure]:
    """Return what makes a JSON value too deep, or not representable: nesting, keys and integers. Never recurses.

    Args:
        value: Any JSON value.
        path: JSON pointer of the value itself.
        max_depth: Greatest allowed nesting of objects and lists.
    """
    failures: list[Failure] = []
    level: list[tuple[Any, Any]] = [(value, None)]
    for depth in range(max_depth + 2):
        following: list[tuple[Any, Any]] = []
        for holder in level:
            item = holder[0]
            kind = type(item)
            if kind is str or kind is bool or item is None:
                continue
            if kind is int:
                if not MIN_INTEGER <= item <= MAX_INTEGER:
                    failures.append(Failure(_pointer(path, holder[1]), "integer", "is an integer outside 64 bits"))
            elif isinstance(item, Mapping):
                following += [(child, (name, holder[1])) for name, child in item.items()]
            elif isinstance(item, list | tuple):
                following += [(child, (index, holder[1])) for index, child in enumerate(item)]
            elif kind is float and (item != item or item in (float("inf"), float("-inf"))):
                failures.append(Failure(_pointer(path, holder[1]), "number", "is no number that JSON can say"))
        if not following:
            return failures
        if depth >= max_depth:
            failures.append(
                Failure(_pointer(path, following[0][1]), "depth", f"is nested deeper than {max_depth} levels")
            )
            return failures
        level = following
    return failures


def _pointer(path: str, trail: Any) -> str:
    tokens: list[str] = []
    while trail is not None:
        name, trail = trail
        tokens.append(pointer_token(str(name)))
    return "/".join([path, *reversed(tokens)])
