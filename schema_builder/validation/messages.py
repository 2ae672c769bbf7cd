"""What failures say to people: what is wrong, and what is allowed; values are shortened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final

__all__ = ["Suggestions", "listed", "shown"]

_MAX_SHOWN: Final = 60
_MAX_LISTED: Final = 12
_MAX_COMPARED: Final = 500
_MAX_SUGGESTED: Final = 20


def shown(value: Any) -> str:
    """Return a value as JSON where that is short, and in words where it is not."""
    if isinstance(value, str):
        if len(value) > _MAX_SHOWN:
            return f"{_json(value[:_MAX_SHOWN] + '…')} ({len(value)} characters)"
        return _json(value)
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, Sequence):
        return f"a list of {len(value)} item{'' if len(value) == 1 else 's'}"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def listed(values: Iterable[Any]) -> str:
    """Return values as a list for a sentence; of many, the first."""
    first = list(islice(values, _MAX_LISTED + 1))
    texts = [shown(value) for value in first[:_MAX_LISTED]]
    if len(first) > _MAX_LISTED:
        texts.append("…")
    return ", ".join(texts)


class Suggestions:
    """Says what is wrong with unknown fields. Comparing names is slow: only the first few get a suggestion."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _MAX_SUGGESTED

    def unknown_field(self, name: str, *, known: Iterable[str]) -> str:
        """Return what is wrong with a field that the schema does not know."""
        self._left -= 1
        candidates = list(islice(known, _MAX_COMPARED)) if self._left >= 0 else []
        near = get_close_matches(name[:_MAX_SHOWN], candidates, n=1) if candidates else ()
        hint = f"; did you mean {shown(near[0])}?" if near else ""
        return f"is no field that the schema knows{hint}"
