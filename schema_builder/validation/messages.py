"""What failures say to people: what is wrong, and what is allowed; values are shortened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final

__all__ = ["listed", "shown", "unknown_field"]

_MAX_SHOWN: Final = 60
_MAX_LISTED: Final = 12
_MAX_COMPARED: Final = 1_000


def shown(value: Any) -> str:
    """Return a value as JSON where that is short, and in words where it is not."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _MAX_SHOWN else f'"{value[:_MAX_SHOWN]}…" ({len(value)} characters)'
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, Sequence):
        return f"a list of {len(value)} item{'' if len(value) == 1 else 's'}"
    return str(value)


def listed(values: Iterable[Any]) -> str:
    """Return values as a list for a sentence; of many, the first."""
    first = list(islice(values, _MAX_LISTED + 1))
    texts = [shown(value) for value in first[:_MAX_LISTED]]
    if len(first) > _MAX_LISTED:
        texts.append("…")
    return ", ".join(texts)


def unknown_field(name: str, *, known: Iterable[str]) -> str:
    """Return what is wrong with a field that the schema does not know, with the name that may have been meant."""
    near = get_close_matches(name[:100], list(islice(known, _MAX_COMPARED)), n=1)
    return (
        f"is no field that the schema knows; did you mean {shown(near[0])}?"
        if near
        else "is no field that the schema knows"
    )
