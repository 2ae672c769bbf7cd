"""How much a definition or a body may hold, and the one look at both that keeps every later step within bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure

__all__ = [
    "MAX_BODY_DEPTH",
    "MAX_COLUMNS",
    "MAX_DEFINITION_DEPTH",
    "MAX_DIFFERENT_OBJECTS",
    "MAX_DIFFERENT_SCHEMAS",
    "MAX_FAILURES",
    "MAX_INDEXES",
    "MAX_INDEX_FIELDS",
    "MAX_INTEGER",
    "MAX_OBJECTS",
    "MAX_PATTERN_LENGTH",
    "MAX_PATTERN_PROGRAM",
    "MAX_PATTERN_PROPERTIES",
    "MAX_RULES_LENGTH",
    "MAX_RULE_LENGTH",
    "MAX_SCHEMA_BYTES",
    "MAX_SCHEMA_DEPTH",
    "MAX_SCHEMA_NODES",
    "MAX_SCHEMA_VALUES",
    "MAX_UNIQUE_INDEXES",
    "MAX_WHOLE_RULES",
    "MIN_INTEGER",
    "Budget",
    "bounded",
    "exceeds_values",
    "measure",
]

MAX_SCHEMA_BYTES: Final = 4 * 1024 * 1024
MAX_SCHEMA_DEPTH: Final = 100
"""Levels of subschemas; each of them is one or two levels of JSON."""
MAX_SCHEMA_NODES: Final = 50_000
MAX_DIFFERENT_SCHEMAS: Final = 15_000
MAX_DIFFERENT_OBJECTS: Final = 2_000
"""Subschemas, and those of them with properties, where such as are repeated word for word count once: what bounds the
time that compiling them takes. The largest real definition that is known has 2,255 and 468."""
MAX_SCHEMA_VALUES: Final = 150_000
"""JSON values of all schemas of a definition; three for each subschema is more than real ones have."""
MAX_OBJECTS: Final = 5_000
"""Objects with properties of all schemas of a definition: each may have several types. Real ones have up to 3,000."""
MAX_PATTERN_PROPERTIES: Final = 100
"""Patterns of one ``patternProperties``: every name is tried with each of them."""
MAX_BODY_DEPTH: Final = 100
MAX_DEFINITION_DEPTH: Final = 2 * MAX_SCHEMA_DEPTH + 4
"""Of a definition, which holds schemas; they are stored as text, so that MongoDB's bound is none of theirs."""
MAX_FAILURES: Final = 10_000

MAX_INDEXES: Final = 16
MAX_UNIQUE_INDEXES: Final = 8
MAX_INDEX_FIELDS: Final = 8
MAX_COLUMNS: Final = 100

MAX_PATTERN_LENGTH: Final = 10_000
MAX_PATTERN_PROGRAM: Final = 500_000
"""Instructions of all compiled patterns of one definition together: what bounds their compile time and memory."""

MAX_RULE_LENGTH: Final = 10_000
"""Characters of a rule in CEL."""
MAX_RULES_LENGTH: Final = 500_000
"""Characters of all different rules of one definition: what bounds the time that compiling them takes."""

MAX_WHOLE_RULES: Final = 1_000

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1

Trail = tuple[Any, ...]


class Budget:
    """What the schemas of one definition may still use up together.

    Args:
        different: How many different subschemas in all.
        objects: How many of them may have properties.

    Attributes:
        nodes: How many more subschemas.
        different: How many more of them that are not repeated.
        objects: How many more of those may have properties.
        program: How many more instructions of compiled patterns; equal patterns count once.
    """

    __slots__ = ("different", "nodes", "objects", "patterns", "program")

    def __init__(self, *, different: int = MAX_SCHEMA_NODES, objects: int = MAX_SCHEMA_NODES) -> None:
        self.nodes = MAX_SCHEMA_NODES
        self.different = different
        self.objects = objects
        self.program = MAX_PATTERN_PROGRAM
        self.patterns: set[str] = set()


def measure(value: Any, *, path: str, max_depth: int) -> list[Failure]:
    """Return what makes a JSON value too deep, or not representable: nesting and numbers. Never recurses.

    Args:
        value: Any JSON value.
        path: JSON pointer of the value itself.
        max_depth: Greatest allowed nesting of objects and lists.
    """
    if _fits(value, max_depth):
        return []
    failures: list[Failure] = []
    level: list[tuple[Any, Trail]] = [(value, ())]
    for _ in range(max_depth + 1):
        following: list[tuple[Any, Trail]] = []
        for item, trail in level:
            if isinstance(item, Mapping):
                following += [(child, (name, trail)) for name, child in item.items()]
            elif isinstance(item, list | tuple):
                following += [(child, (index, trail)) for index, child in enumerate(item)]
            elif not _is_representable(item):
                failures.append(Failure(_pointer(path, trail), "number", "is a number outside 64 bits"))
        level = following
    if level:
        failures.append(Failure(_pointer(path, level[0][1]), "depth", f"is nested deeper than {max_depth} levels"))
    return failures


def exceeds_values(value: Any, *, limit: int) -> bool:
    """Tell whether a JSON value (of bounded depth) holds more than so many values."""
    count = 0
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict | list):
            count += len(item)
            if count > limit:
                return True
            pending += item.values() if isinstance(item, dict) else item
    return False


_ALWAYS_REPRESENTABLE: Final = frozenset({str, bool, type(None)})


def _fits(value: Any, max_depth: int) -> bool:
    """Tell whether all is well, which it nearly always is, without noting where anything stands."""
    fine = _ALWAYS_REPRESENTABLE
    level = [value]
    for _ in range(max_depth):
        following: list[Any] = []
        for item in level:
            kind = item.__class__
            if kind is dict:
                following += [one for one in item.values() if one.__class__ not in fine]
            elif kind is list or isinstance(item, list | tuple):
                following += [one for one in item if one.__class__ not in fine]
            elif isinstance(item, Mapping):
                following += item.values()
            elif not _is_representable(item):
                return False
        if not following:
            return True
        level = following
    return all(not item if isinstance(item, Mapping | list | tuple) else _is_representable(item) for item in level)


def _is_representable(item: Any) -> bool:
    if item.__class__ in _ALWAYS_REPRESENTABLE:
        return True
    if isinstance(item, int):
        return MIN_INTEGER <= item <= MAX_INTEGER
    return not isinstance(item, float) or math.isfinite(item)


def _pointer(path: str, trail: Trail) -> str:
    tokens: list[str] = []
    while trail:
        name, trail = trail
        tokens.append(pointer_token(str(name)))
    return "/".join([path, *reversed(tokens)])


def bounded(failures: Iterable[Failure]) -> list[Failure]:
    """Return failures sorted, each once; of more than any person reads, the first."""
    found = sorted(set(failures), key=attrgetter("path", "keyword", "message"))
    if len(found) <= MAX_FAILURES:
        return found
    more = Failure("", "limit", f"has {len(found) - MAX_FAILURES} more failures")
    return [more, *found[:MAX_FAILURES]]
