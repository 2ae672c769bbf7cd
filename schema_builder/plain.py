"""Resolvers of plain data: what may be read from a value without a request.

Every field of a kind's types, and of the shared types below a resource (``ObjectMeta``, ``PageInfo``, …), has one of
these as its ``resolve``. graphql-core calls it like any resolver; ``schema_builder.selection`` sees through it and
compiles whole selections of such fields to one closure.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

__all__ = ["PlainResolver", "reads_key", "reads_with"]


class PlainResolver:
    """A resolver that needs nothing but its source.

    Attributes:
        read: Reads the value from the source; never awaitable.
        key: The key that is read from a mapping, where that is all; a source that is no mapping has no value.
        convert: Turns what the key had, if it is not None, into what the type can say, or None; None where nothing
            needs converting. What a ``String``, ``Boolean`` or ``Int`` can say always stands for itself.
    """

    __slots__ = ("convert", "key", "read")

    def __init__(
        self, read: Callable[[Any], Any], *, key: Hashable | None = None, convert: Callable[[Any], Any] | None = None
    ) -> None:
        self.read = read
        self.key = key
        self.convert = convert

    def __call__(self, source: Any, _info: Any, **_arguments: Any) -> Any:
        """Resolve the field as graphql-core asks for it."""
        return self.read(source)


def reads_key(key: Hashable, convert: Callable[[Any], Any] | None = None) -> PlainResolver:
    """Return the resolver that reads one key of a mapping (an original property name); None where it is absent."""

    def read(source: Any) -> Any:
        value = source.get(key) if source.__class__ is dict or isinstance(source, Mapping) else None
        return value if value is None or convert is None else convert(value)

    return PlainResolver(read, key=key, convert=convert)


def reads_with(read: Callable[[Any], Any]) -> PlainResolver:
    """Return the resolver that calls a function of the source alone."""
    return PlainResolver(read)
