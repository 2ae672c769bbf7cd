r"""Regular expressions of schemas, matched in linear time by RE2.

A pattern means what JSON Schema says: it is searched for, not anchored, and ``$`` matches at the end of the text only.
``\uXXXX``, also as a surrogate pair, ``\cX`` and long names of categories, which RE2 does not know, are translated;
what RE2 cannot match in linear time is refused. ``\d``, ``\w`` and ``\b`` are ASCII, as in ECMA 262; so is ``\s``, as
in Kubernetes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from schema_builder.limits import MAX_PATTERN_LENGTH

__all__ = ["Pattern", "PatternRefused", "compile_pattern", "searches"]

_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True

_ESCAPE: Final = re.compile(
    r"\\(?:u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|c([A-Za-z])"
    r"|([pP])\{([A-Za-z_]+)\}|.)",
    re.DOTALL,
)
_CATEGORIES: Final = {
    "Letter": "L", "Lowercase_Letter": "Ll", "Mark": "M", "Number": "N", "Decimal_Number": "Nd", "Other": "C",
    "Punctuation": "P", "Separator": "Z", "Symbol": "S", "Uppercase_Letter": "Lu",
}  # fmt: skip
"""Long names of general categories of Unicode, which ECMA 262 knows and RE2 does not."""


class Pattern:
    """A compiled pattern.

    Attributes:
        program_size: Instructions of its program.
    """

    __slots__ = ("_search", "program_size")

    def __init__(self, compiled: Any) -> None:
        self._search = compiled.search
        self.program_size: int = compiled.programsize

    def occurs_in(self, text: str) -> bool:
        """Tell whether the pattern occurs in a text; in one that is no valid Unicode nothing does."""
        try:
            # Bytes are searched five times as fast: where in the text it is found needs not be counted back.
            return self._search(text.encode()) is not None
        except UnicodeEncodeError:
            return False


class PatternRefused(ValueError):
    """RE2 cannot honour a pattern; the message says why and at which character (counted from 0)."""


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Pattern:
    """Return the compiled pattern; equal patterns share one.

    Raises:
        PatternRefused: Look-around, back-references, a program too large, or no regular expression at all.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise PatternRefused(f"is longer than {MAX_PATTERN_LENGTH} characters")
    try:
        return Pattern(re2.compile(_ESCAPE.sub(_translate, pattern), _OPTIONS))
    except re2.error as error:
        raise PatternRefused(_explain(pattern, error)) from None
    except UnicodeEncodeError as error:
        raise PatternRefused(f"holds half of a surrogate pair at character {error.start}") from None


def searches(pattern: str, text: str) -> bool:
    """Tell whether a pattern occurs in a text."""
    return compile_pattern(pattern).occurs_in(text)


def _translate(match: re.Match[str]) -> str:
    high, low, code, control, negation, category = match.groups()
    if high is not None:
        pair = bytes.fromhex(high + low).decode("utf-16-be")
        return f"\\x{{{ord(pair):X}}}"
    if code is not None:
        return f"\\x{{{code}}}"
    if control is not None:
        return f"\\x{{{ord(control) % 32:X}}}"
    if category in _CATEGORIES:
        return f"\\{negation}{{{_CATEGORIES[category]}}}"
    return match.group(0)


def _explain(pattern: str, error: Exception) -> str:
    raw = error.args[0] if error.args else b""
    reason = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    reason, _, fragment = reason.partition(": ")
    if "too large" in reason:
        return "needs too large a program; shorten its repetitions"
    position = pattern.find(fragment) if fragment else -1
    shown = f": {fragment[:40]}" if fragment else ""
    where = f" at character {position}" if position >= 0 else ""
    return f"is no RE2 regular expression (no look-around, no back-references): {reason}{where}{shown}"
