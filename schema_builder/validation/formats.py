"""Formats that are checked on write. Any other format is an annotation."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["FORMATS", "INTEGER_FORMATS"]

INTEGER_FORMATS: Final[Mapping[str, tuple[int, int]]] = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIME: Final = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))\Z")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_URI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=\[\]]|%[0-9A-Fa-f]{2})*"
    r"(?:#(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?\Z"
)
_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_HOST_PORT: Final = re.compile(r"[^:\[\]]*(?::[0-9]*)?\Z")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL: Final = re.compile(
    rf"""(?:{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*")@(?:\[([^\[\]]*)\]|([A-Za-z0-9.-]+))\Z"""
)
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")


def is_date(text: str) -> bool:
    """Tell whether a text is a full-date of RFC 3339."""
    if not _DATE.match(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Tell whether a text is a full-time of RFC 3339; second 60 only where it is a leap second, at 23:59 UTC."""
    match = _TIME.match(text)
    if not match:
        return False
    hour, minute, second = (int(match.group(index)) for index in (1, 2, 3))
    offset_hour, offset_minute = int(match.group(5) or 0), int(match.group(6) or 0)
    if hour > 23 or minute > 59 or second > 60 or offset_hour > 23 or offset_minute > 59:
        return False
    sign = -1 if match.group(4) == "-" else 1
    utc = (hour * 60 + minute - sign * (offset_hour * 60 + offset_minute)) % (24 * 60)
    return second < 60 or utc == 23 * 60 + 59


def is_date_time(text: str) -> bool:
    """Tell whether a text is a date-time of RFC 3339."""
    return len(text) > 11 and text[10] in "Tt" and is_date(text[:10]) and is_time(text[11:])


def is_ipv4(text: str) -> bool:
    """Tell whether a text is a dotted IPv4 address."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return text.isascii()


def is_ipv6(text: str) -> bool:
    """Tell whether a text is an IPv6 address without zone."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return text.isascii() and "%" not in text


def is_uri(text: str) -> bool:
    """Tell whether a text is a URI of RFC 3986, with a scheme."""
    if not _URI.match(text):
        return False
    authority = _AUTHORITY.match(text)
    if authority is None:
        return "[" not in text and "]" not in text
    host = authority.group(1).rpartition("@")[2]
    literal, bracket, port = host.partition("]")
    outside = text[authority.end() :]
    if "[" in outside or "]" in outside or "[" in authority.group(1).rpartition("@")[0]:
        return False
    if bracket and literal.startswith("["):
        return is_ipv6(literal[1:]) and _HOST_PORT.match(port) is not None
    return _HOST_PORT.match(host) is not None


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID with its hyphens."""
    return _UUID.match(text) is not None


def is_email(text: str) -> bool:
    """Tell whether a text is a mailbox of RFC 5321: the local part may be quoted, the domain an address literal."""
    match = _EMAIL.match(text)
    if match is None:
        return False
    literal, domain = match.groups()
    if domain is not None:
        return len(domain) <= 255 and all(map(_LABEL.match, domain.split(".")))
    return is_ipv6(literal[5:]) if literal[:5].upper() == "IPV6:" else is_ipv4(literal)


FORMATS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "date": (is_date, "a date such as 2024-02-29"),
    "date-time": (is_date_time, "a date-time such as 2024-02-29T12:30:00Z"),
    "email": (is_email, "an e-mail address"),
    "ipv4": (is_ipv4, "an IPv4 address"),
    "ipv6": (is_ipv6, "an IPv6 address"),
    "time": (is_time, "a time such as 12:30:00Z"),
    "uri": (is_uri, "a URI such as https://example.org/a"),
    "uuid": (is_uuid, "a UUID such as 123e4567-e89b-12d3-a456-426614174000"),
}
