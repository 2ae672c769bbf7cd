"""JSON text to plain data: exact, without duplicate keys, one or several documents after each other."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from app.cli.manifests.errors import ManifestError
from app.cli.manifests.scalars import MAX_INTEGER, MIN_INTEGER

__all__ = ["read_json"]

_MAX_DIGITS: Final = 20
_SPACE: Final = " \t\r\n"


def read_json(text: str) -> Iterator[Any]:
    """Return the data of every JSON document of a text.

    Raises:
        ManifestError: It is well-formed JSON that cannot be carried exactly.
        json.JSONDecodeError: It is no JSON.
    """
    decoder = json.JSONDecoder(
        object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
    )
    at = _skip_space(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except RecursionError:
            raise ManifestError("nested too deep") from None
        _check_text(value)
        yield value
        at = _skip_space(text, at)


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ManifestError(f"the key {name!r} is given twice")
            seen.add(name)
    return result


def _integer(digits: str) -> int:
    if len(digits) <= _MAX_DIGITS and MIN_INTEGER <= (value := int(digits)) <= MAX_INTEGER:
        return value
    shown = digits if len(digits) <= 40 else digits[:40] + "…"
    raise ManifestError(f"the integer {shown} does not fit in 64 bits; quote it to make it a string")


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ManifestError(f"the number {digits[:40]} is out of range")
    return value


def _constant(name: str) -> NoReturn:
    raise ManifestError(f"{name} is no JSON")


def _check_text(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ManifestError("a string holds half of a surrogate pair, which is no text") from None
