"""Resolvers of plain data: what may be read from a value without a request.

Every field of a kind's types, and of the shared types below a resource (``ObjectMeta``, ``PageInfo``, …), has one of
these as its ``resolve``. graphql-core calls it like any resolver; ``schema_builder.selection`` sees through it and
compiles whole selections of such fields to one closure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["PlainResolver", "reads_key", "reads_with"]


class PlainResolver:
    """A resolver that needs nothing but its source.

    Attributes:
        key: The key to read from a mapping, where that is all there is to do; a source that is no mapping has no value.
        read: Reads the value from the source; never awaitable.
    """

    __slots__ = ("key", "read")

    def __init__(self, read: Callable[[Any], Any], *, key: str | None = None) -> None:
        self.key = key
        self.read = read

    def __call__(self, source: Any, _info: Any, **_arguments: Any) -> Any:
        """Resolve the field as graphql-core asks for it."""
        return self.read(source)


def reads_key(key: str) -> PlainResolver:
    """Return the resolver that reads one key of a mapping (an original property name); None where it is absent."""

    def read(source: Any) -> Any:
        return source.get(key) if isinstance(source, Mapping) else None

    return PlainResolver(read, key=key)


def reads_with(read: Callable[[Any], Any]) -> PlainResolver:
    """Return the resolver that calls a function of the source alone."""
    return PlainResolver(read)
