"""Parts of timestamps in a time zone: ``getFullYear(zone) getMonth(zone) … getHours(zone) …``.

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


def declarations() -> Declarations:
    """Return the functions of this family."""
    kinds = cel.Type
    return {
        OUR_OWN[name]: member(name, _in_zone(part), (kinds.TIMESTAMP, kinds.STRING), kinds.INT)
        for name, part in _PARTS.items()
    }


def _in_zone(part: Callable[[datetime.datetime], int]) -> Callable[[datetime.datetime, str], int]:
    return lambda moment, name: part(moment.astimezone(_zone(name)))


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
