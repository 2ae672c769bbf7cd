"""The text of a rule: what it names, and how Kubernetes' escaped property names are written for the library.

Kubernetes writes a property that is no identifier of CEL in an escaped form: ``x-y`` is ``x__dash__y``, ``namespace``
is ``__namespace__``. The library has CEL's own form for that: names in backquotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

__all__ = ["OPTIONAL_OLD", "for_library", "names_old_self", "place_of", "unescaped"]

_TOKEN: Final = re.compile(
    r"""
      (?:[bB]?[rR]|[rR][bB])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
    | [bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | //[^\n]*
    | `[^`\n]*`
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<space>\s+)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"__underscores__": "__", "__dot__": ".", "__dash__": "-", "__slash__": "/"}
_ESCAPE: Final = re.compile("__(?:underscores|dot|dash|slash)__")
_RESERVED: Final = re.compile(
    "__(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return"
    "|var|void|while)__"
)
_OLD: Final = "oldSelf"
OPTIONAL_OLD: Final = "value"
"""The key under which a rule with ``optionalOldSelf`` finds the old value, where there is one."""

_REPLACED: Final = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours",
    "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
OUR_OWN: Final = MappingProxyType({name: name[0].upper() + name[1:] for name in _REPLACED})
"""Functions of ours that stand for the library's where they are called with a time zone; their names are as long, so
that positions stay the same."""


def names_old_self(text: str) -> bool:
    """Tell whether a rule speaks of the old value."""
    return _OLD in text and any(name == _OLD and before != "." for name, before, _ in _names(text) if name is not None)


def for_library(text: str, *, optional_old: bool = False) -> str:
    """Return a rule as the library reads it.

    Args:
        text: The rule.
        optional_old: ``oldSelf`` is an optional value: the variable is then a map that holds the value or nothing.
    """
    if "__" not in text and not optional_old and not any(name in text for name in OUR_OWN):
        return text
    parts: list[str] = []
    words = list(_names(text))
    for index, (name, before, word) in enumerate(words):
        if name is None:
            parts.append(word)
        elif name in OUR_OWN and _has_arguments(words, index):
            parts.append(OUR_OWN[name])
        elif before == ".":
            parts.append(_quoted(name))
        else:
            parts.append(f"({_OLD}.?{OPTIONAL_OLD})" if optional_old and name == _OLD else word)
    return "".join(parts)


def _has_arguments(words: Sequence[tuple[str | None, str, str]], index: int) -> bool:
    following = (word for _, _, word in words[index + 1 :] if not word.isspace() and not word.startswith("//"))
    return next(following, "") == "(" and next(following, ")") != ")"


def place_of(text: str, field: str) -> str:
    """Return where a text reads a property first: ``line 1, column 6``, counted from 1."""
    position = 0
    for name, before, word in _names(text):
        if (name is not None and before == "." and unescaped(name) == field) or word[1:-1] == field:
            break
        position += len(word)
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"


def unescaped(name: str) -> str:
    """Return the property that an escaped name stands for."""
    reserved = _RESERVED.fullmatch(name)
    return reserved.group(1) if reserved else _ESCAPE.sub(lambda match: _ESCAPES[match.group()], name)


def _quoted(name: str) -> str:
    plain = unescaped(name)
    return name if plain == name else f"`{plain}`"


def _names(text: str) -> Iterator[tuple[str | None, str, str]]:
    """Yield each word: its name where it is an identifier, what stands before it (``.?`` as ``.``), its text."""
    before = ""
    for match in _TOKEN.finditer(text):
        word = match.group()
        yield match.group("name"), before, word
        if match.group("space") is None and not word.startswith("//"):
            before = before if word == "?" and before == "." else word
