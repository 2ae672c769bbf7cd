"""JSON values at rest: what is kept for long and read seldom, in a tenth of the memory.

The schemas of a definition are read again when its kind is first written to; as Python objects they would take twenty
times as much as they do here, for as long as the kind is served.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import orjson

__all__ = ["Packed"]

_LEVEL: Final = 2


class Packed:
    """A JSON value as compressed text; equal to others of the same text. Immutable."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    @classmethod
    def of_text(cls, text: bytes) -> Packed:
        """Return the value that a JSON text holds; the text is not read."""
        return cls(zlib.compress(text, _LEVEL))

    @property
    def data(self) -> bytes:
        """Return the text, as ``zlib`` compresses it."""
        return self._data

    @property
    def size(self) -> int:
        """Return how many bytes it takes."""
        return len(self._data)

    def read(self) -> Any:
        """Return the value, made anew: it is the caller's."""
        return orjson.loads(zlib.decompress(self._data))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packed) and self._data == other._data

    def __hash__(self) -> int:
        return hash(self._data)
