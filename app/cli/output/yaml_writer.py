"""Plain JSON data as YAML that every reader gives back exactly, be it of YAML 1.1 or 1.2.

A string is written plain only where no reader could take it for anything else; texts of several lines become literal
blocks; all others are double-quoted, with what is not printable as escapes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

__all__ = ["write_yaml"]

_PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@%+-]*(?:[ :][A-Za-z0-9_./@%+-]+)*", re.ASCII)
_LONGEST_KEY: Final = 200
"""Readers give up on a longer key beside its colon; one behind a ``?`` may have any length."""

_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
_BLOCK_LINE: Final = re.compile(r"|\S|\S.*\S|[ ]+\S(?:.*\S)?")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def write_yaml(value: Any) -> str:
    """Return a YAML document, without a marker before it; a block ends with a line break."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            key = _inline_text(name)
            if len(key) > _LONGEST_KEY:
                yield f"? {key}"
                key = ""
            yield from _entry(f"{key}:", item, in_list=False)
    elif _is_list(value) and value:
        for item in value:
            yield from _entry("-", item, in_list=True)
    else:
        yield from _scalar_lines(value)


def _entry(lead: str, value: Any, *, in_list: bool) -> Iterator[str]:
    """Write one item behind its key or dash: beside it where it fits, else below."""
    first, *rest = _lines(value)
    if not (isinstance(value, Mapping) or _is_list(value)) or not value:
        yield f"{lead} {first}"
        yield from rest
    elif in_list:
        yield f"{lead} {first}"
        yield from (f"  {line}" if line else line for line in rest)
    else:
        indent = "" if _is_list(value) else "  "
        yield lead
        yield from (f"{indent}{line}" if line else line for line in [first, *rest])


def _scalar_lines(value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value and _fits_block(value):
        yield from _block(value)
    else:
        yield _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return _inline_text(value)
    if isinstance(value, Mapping):
        return "{}"
    if _is_list(value):
        return "[]"
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("JSON data holds no infinities")
    # Readers of YAML 1.1 take 1e+16 for a string: they ask for a point.
    digits, exponent, power = repr(value).partition("e")
    return digits + (".0" if exponent and "." not in digits else "") + exponent + power


def _inline_text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and len(text) <= 1000:
        return text
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fits_block(text: str) -> bool:
    """Tell whether a literal block gives a text back exactly: printable lines without spaces that get lost."""
    lines = text.split("\n")
    return (
        lines[0] != ""
        and not lines[0].startswith(" ")
        and all(line.isprintable() and _BLOCK_LINE.fullmatch(line) for line in lines)
    )


def _block(text: str) -> Iterator[str]:
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    yield "|" + ("-" if trailing == 0 else "" if trailing == 1 else "+")
    for line in body.split("\n"):
        yield f"  {line}" if line else ""
    yield from [""] * (trailing - 1)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
