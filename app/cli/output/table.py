"""Tables as kubectl prints them: columns by spaces, headings in capitals, nothing cut."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import Any, Final

from app.cli.output.text import first_line, width

__all__ = ["MISSING", "Table", "age", "cell"]

MISSING: Final = "<none>"
_GAP: Final = "   "

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY


class Table:
    """Rows under headings; widths grow with what has been seen, so that rows may still come after the first ones."""

    def __init__(self, headings: Sequence[str]) -> None:
        self._headings = [first_line(heading).upper() for heading in headings]
        self._widths = [width(heading) for heading in self._headings]

    def write(self, rows: Sequence[Sequence[str]], *, headed: bool) -> str:
        """Return rows as text, under the headings where wanted."""
        for row in rows:
            self._widths = [max(known, width(text)) for known, text in zip(self._widths, row, strict=True)]
        lines = [self._headings, *rows] if headed else rows
        return "".join(f"{self._line(line)}\n" for line in lines)

    def _line(self, row: Sequence[str]) -> str:
        padded = (text + " " * (size - width(text)) for text, size in zip(row, self._widths, strict=True))
        return _GAP.join(padded).rstrip()


def cell(values: Sequence[Any], *, column_type: str, now: datetime.datetime) -> str:
    """Return the text of a cell.

    Args:
        values: What stands at the column's path.
        column_type: The column's type; a ``date`` is shown as an age.
        now: What ages are counted from.
    """
    texts = [_text(value, column_type=column_type, now=now) for value in values if value is not None]
    return first_line(",".join(texts)) or MISSING


def age(written: str, *, now: datetime.datetime) -> str:
    """Return how long ago an RFC 3339 date-time was, in one or two units: ``45s``, ``3m20s``, ``5h``, ``12d``."""
    try:
        moment = datetime.datetime.fromisoformat(written)
    except ValueError:
        return written
    if moment.tzinfo is None:
        return written
    seconds = int((now - moment).total_seconds())
    if seconds < 0:
        return f"-{_span(-seconds)}" if seconds < -1 else "0s"
    return _span(seconds)


def _span(seconds: int) -> str:
    steps = (
        (2 * _MINUTE, 1, "s", 0, ""),
        (10 * _MINUTE, _MINUTE, "m", 1, "s"),
        (3 * _HOUR, _MINUTE, "m", 0, ""),
        (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
        (2 * _DAY, _HOUR, "h", 0, ""),
        (8 * _DAY, _DAY, "d", _HOUR, "h"),
        (2 * _YEAR, _DAY, "d", 0, ""),
        (8 * _YEAR, _YEAR, "y", _DAY, "d"),
    )
    for limit, unit, name, rest_unit, rest_name in steps:
        if seconds < limit:
            rest = seconds % unit // rest_unit if rest_unit else 0
            return f"{seconds // unit}{name}" + (f"{rest}{rest_name}" if rest else "")
    return f"{seconds // _YEAR}y"


def _text(value: Any, *, column_type: str, now: datetime.datetime) -> str:
    if column_type == "date" and isinstance(value, str):
        return age(value, now=now)
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
