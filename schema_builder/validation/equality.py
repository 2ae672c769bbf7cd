"""Equality of JSON values: numbers by value, booleans apart from numbers, objects without order."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ["canonical"]


def canonical(value: Any) -> Hashable:
    """Return a key that two values share exactly where JSON calls them equal; linear in the size of the value."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return Mapping, frozenset((name, canonical(item)) for name, item in value.items())
    return list, tuple(canonical(item) for item in value)
