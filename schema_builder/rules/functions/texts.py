"""Regular expressions of texts, in linear time: ``find findAll``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]
from cel_expr_python import cel

from schema_builder.rules.functions.declaring import Declarations, member

__all__ = ["declarations"]

_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_MAX_PATTERN: Final = 10_000


def declarations() -> Declarations:
    """Return the functions of this family."""
    text, texts = cel.Type.STRING, cel.Type.List(cel.Type.STRING)
    return {
        "find": member("find", _find, (text, text), text),
        "findAll": [
            *member("findAll", _find_all, (text, text), texts),
            *member("findAll", _find_all, (text, text, cel.Type.INT), texts),
        ],
    }


def _find(text: str, pattern: str) -> str:
    match = _compiled(pattern).search(text)
    return str(match.group()) if match else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found: list[str] = []
    for match in _compiled(pattern).finditer(text):
        if 0 <= limit <= len(found):
            break
        found.append(str(match.group()))
    return found


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    if len(pattern) > _MAX_PATTERN:
        raise ValueError(f"the pattern is longer than {_MAX_PATTERN} characters")
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error:
        raise ValueError("the pattern is no RE2 regular expression") from None
