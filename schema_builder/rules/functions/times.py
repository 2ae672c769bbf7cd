"""Parts of timestamps and durations: ``getFullYear getMonth getDate … getHours …``, in UTC or another time zone.

The library's own open whatever file a time zone's name leads to. These read names of the IANA database only.
"""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Final

from cel_expr_python import cel

from schema_builder.rules.functions.declaring import Declarations, member
from schema_builder.rules.text import OUR_OWN

__all__ = ["declarations"]

_OFFSET: Final = re.compile(r"([+-]?)([0-9]{1,2}):([0-9]{2})", re.ASCII)
_MINUTE: Final = datetime.timedelta(minutes=1)
_PARTS: Final[Mapping[str, Callable[[datetime.datetime], int]]] = {
    "getFullYear": lambda moment: moment.year,
    "getMonth": lambda moment: moment.month - 1,
    "getDate": lambda moment: moment.day,
    "getDayOfMonth": lambda moment: moment.day - 1,
    "getDayOfWeek": lambda moment: moment.isoweekday() % 7,
    "getDayOfYear": lambda moment: moment.timetuple().tm_yday - 1,
    "getHours": lambda moment: moment.hour,
    "getMinutes": lambda moment: moment.minute,
    "getSeconds": lambda moment: moment.second,
    "getMilliseconds": lambda moment: moment.microsecond // 1000,
}
_WHOLE: Final[Mapping[str, Callable[[datetime.timedelta], int]]] = {
    "getHours": lambda length: _quotient(length, 60 * _MINUTE),
    "getMinutes": lambda length: _quotient(length, _MINUTE),
    "getSeconds": lambda length: _quotient(length, _MINUTE / 60),
    "getMilliseconds": lambda length: _quotient(abs(length) % (_MINUTE / 60), _MINUTE / 60_000) * _sign(length),
}


def declarations() -> Declarations:
    """Return the functions of this family."""
    return {OUR_OWN[name]: [*_of_moment(name, part), *_of_length(name)] for name, part in _PARTS.items()}


def _of_moment(name: str, part: Callable[[datetime.datetime], int]) -> list[cel.Overload]:
    kinds = cel.Type
    return [
        *member(name, lambda moment: part(_in_zone(moment, "UTC")), (kinds.TIMESTAMP,), kinds.INT),
        *member(name, lambda moment, zone: part(_in_zone(moment, zone)), (kinds.TIMESTAMP, kinds.STRING), kinds.INT),
    ]


def _of_length(name: str) -> list[cel.Overload]:
    whole = _WHOLE.get(name)
    return member(name, whole, (cel.Type.DURATION,), cel.Type.INT) if whole else []


def _in_zone(moment: datetime.datetime, name: str) -> datetime.datetime:
    return moment.astimezone(_zone(name))


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.UTC
    if match := _OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        length = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        return datetime.timezone(-length if sign == "-" else length)
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError("no time zone such as Europe/Berlin, and no offset such as +02:00") from None


def _quotient(length: datetime.timedelta, unit: datetime.timedelta) -> int:
    """Return how many whole units a duration has, rounded towards zero."""
    return abs(length) // unit * _sign(length)


def _sign(length: datetime.timedelta) -> int:
    return 1 if length.days >= 0 else -1
