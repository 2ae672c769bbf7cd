"""Equality of JSON values: numbers by value, booleans apart from numbers, objects without order."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import orjson

__all__ = ["canonical", "comparable"]

_ROUND_FLOAT: Final = re.compile(rb"\.0|[0-9]e")
"""What the text of a number without fraction that is no integer holds; other texts may hold it too."""

_SCALARS: Final = frozenset({str, int, float, type(None)})


def canonical(value: Any) -> Hashable:
    """Return a key that two values share exactly where JSON calls them equal; linear in the size of the value."""
    kind = value.__class__
    if kind is bool:
        return bool, value
    if kind in _SCALARS or isinstance(value, str | int | float):
        return value  # type: ignore[no-any-return]
    if kind is not list and isinstance(value, Mapping):
        return Mapping, frozenset((name, canonical(item)) for name, item in value.items())
    return list, tuple(map(canonical, value))


def comparable(values: Sequence[Any]) -> Sequence[Hashable]:
    """Return keys of several values, equal exactly where JSON calls the values equal.

    Sorted JSON text is such a key unless 1 may stand beside 1.0, and is made many times faster.
    """
    try:
        texts = [orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values]
    except (TypeError, ValueError):
        return [canonical(value) for value in values]
    return [canonical(value) for value in values] if any(map(_ROUND_FLOAT.search, texts)) else texts
