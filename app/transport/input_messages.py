"""What graphql-core says of variables, with their values as JSON: it writes them as Python does."""

from __future__ import annotations

import ast
import json
import re
from typing import Final

__all__ = ["with_json"]

_FOUND: Final = re.compile(r"(?:, found|(?<!invalid )value): (?=[^ ])")
"""What stands before a value; nothing but a period comes after one."""
_MAX_TEXT: Final = 10_000
"""Of a value: graphql-core writes no longer ones, but names in front of them may look like values."""


def with_json(message: str) -> str:
    """Return a message of the coercion of a variable with the value that it ends with as JSON."""
    message = message.replace("not to be None.", "not to be null.")
    for found in _FOUND.finditer(message):
        text = message[found.end() :]
        value = _as_json(text.removesuffix("."))
        if value is not None:
            return f"{message[: found.end()]}{value}."
    unreadable = _FOUND.search(message)
    told = message[: unreadable.end() - 2].removesuffix(", found") if unreadable else message.removesuffix(".")
    return f"{told}."


def _as_json(text: str) -> str | None:
    """Return a Python literal as JSON; None where it is none, as where graphql-core has shortened it."""
    if len(text) > _MAX_TEXT:
        return None
    try:
        return json.dumps(ast.literal_eval(text), ensure_ascii=False)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
