"""Text of others for a terminal: no control character, escape sequence or bidirectional override gets through."""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from typing import Final

__all__ = ["first_line", "json_safe", "printable", "printable_lines", "tolerate_encodings", "width"]

_NON_ASCII: Final = re.compile(r"[^\x00-\x7f]|\x7f")
_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_WIDE: Final = frozenset({"W", "F"})
_ZERO_WIDTH: Final = frozenset({"Mn", "Me"})


def printable(text: str) -> str:
    r"""Return a text on one line, with whatever is not printable written as an escape: ``\x1b``, ``\n``, ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def printable_lines(text: str) -> str:
    """Return a text with its line breaks kept and all else that is not printable written as escapes."""
    return "\n".join(printable(line) for line in text.replace("\r\n", "\n").split("\n"))


def first_line(text: str) -> str:
    """Return the first line for a cell of a table, with ``…`` where more follow."""
    line, more, _ = text.strip("\r\n").partition("\n")
    return printable(line.rstrip("\r")) + ("…" if more else "")


def json_safe(text: str) -> str:
    r"""Return JSON text with non-printable characters as ``\u`` escapes, which mean the same to every reader.

    JSON leaves C1 controls and bidirectional overrides raw; they can only stand inside its strings.
    """
    return _NON_ASCII.sub(
        lambda match: match.group() if match.group().isprintable() else _json_escape(match.group()), text
    )


def tolerate_encodings() -> None:
    """Let output be written to terminals of any encoding: what one cannot show is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def width(text: str) -> int:
    """Return how many columns of a terminal a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(character) in _ZERO_WIDTH else 1 + (unicodedata.east_asian_width(character) in _WIDE)
        for character in text
    )


def _escaped(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
