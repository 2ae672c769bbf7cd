"""Named formats of Kubernetes: ``format.dns1123Label().validate(text)`` and ``format.named(name)``.

Kubernetes answers with optional values. The library takes none from functions, so lists stand for them: no failure is
an empty list, on which ``hasValue`` and ``value`` are declared as well (``orValue`` cannot be).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from cel_expr_python import cel

from schema_builder.patterns import compile_pattern
from schema_builder.rules.functions.declaring import OPAQUE, Declarations, make, member, plain, text_of

__all__ = ["declarations"]

_KIND: Final = "format"
_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_NO_FAILURES: Final[list[str]] = []


def _shape(pattern: str, *, longest: int, what: str) -> Callable[[str], str]:
    compiled = compile_pattern(f"^(?:{pattern})$")

    def failure(text: str) -> str:
        if len(text) > longest:
            return f"must be no more than {longest} characters"
        return "" if compiled.occurs_in(text) else what

    return failure


def _prefixed(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return the check of a name's beginning, which may end in a dash."""
    return lambda text: check(f"{text[:-1]}a" if text.endswith("-") else text)


def _qualified_name(text: str) -> str:
    prefix, slash, name = text.rpartition("/")
    if slash and (failure := _SUBDOMAIN(prefix)):
        return f"prefix part {failure}"
    return _QUALIFIED(name)


def _parses(parse: Callable[[str], Any], what: str) -> Callable[[str], str]:
    def failure(text: str) -> str:
        try:
            parse(text)
        except (ValueError, binascii.Error):
            return what
        return ""

    return failure


def _parse_uri(text: str) -> None:
    if not re.match(r"/|[A-Za-z][A-Za-z0-9+.-]*:", text) or re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError


_SUBDOMAIN: Final = _shape(
    rf"{_LABEL}(\.{_LABEL})*", longest=253, what="must be a lower-case RFC 1123 subdomain: a-z, 0-9, - and ."
)
_QUALIFIED: Final = _shape(_NAME, longest=63, what="name part must be letters, digits, -, _ and .")
_DNS_1123: Final = _shape(_LABEL, longest=63, what="must be a lower-case RFC 1123 label: a-z, 0-9 and -")
_DNS_1035: Final = _shape(
    "[a-z]([-a-z0-9]*[a-z0-9])?", longest=63, what="must be a DNS-1035 label: a-z, 0-9 and -, beginning with a letter"
)
_FORMATS: Final[Mapping[str, Callable[[str], str]]] = {
    "dns1123Label": _DNS_1123,
    "dns1123Subdomain": _SUBDOMAIN,
    "dns1035Label": _DNS_1035,
    "qualifiedName": _qualified_name,
    "dns1123LabelPrefix": _prefixed(_DNS_1123),
    "dns1123SubdomainPrefix": _prefixed(_SUBDOMAIN),
    "dns1035LabelPrefix": _prefixed(_DNS_1035),
    "labelValue": _shape(f"({_NAME})?", longest=63, what="must be empty, or letters, digits, -, _ and ."),
    "uri": _parses(_parse_uri, "must be a URI"),
    "uuid": _parses(uuid.UUID, "must be a UUID"),
    "byte": _parses(lambda text: base64.b64decode(text, validate=True), "must be base64"),
    "date": _parses(datetime.date.fromisoformat, "must be a date such as 2024-12-31"),
    "datetime": _parses(datetime.datetime.fromisoformat, "must be a date-time of RFC 3339"),
}


def declarations() -> Declarations:
    """Return the functions of this family."""
    kinds = cel.Type
    failures = kinds.List(kinds.STRING)
    named = {
        f"format.{name}": plain(f"format.{name}", lambda name=name: make(_KIND, name), (), OPAQUE) for name in _FORMATS
    }
    return {
        **named,
        "format.named": plain("format.named", _named, (kinds.STRING,), kinds.List(OPAQUE)),
        "validate": member("validate", _validate, (OPAQUE, kinds.STRING), failures),
        "hasValue": member("hasValue", bool, (kinds.List(kinds.DYN),), kinds.BOOL),
        "value": member("value", _value, (kinds.List(kinds.DYN),), kinds.DYN),
    }


def _named(name: str) -> list[dict[str, str]]:
    return [make(_KIND, name)] if name in _FORMATS else []


def _validate(one: Mapping[str, Any], text: str) -> list[str]:
    failure = _FORMATS[text_of(one, _KIND)](text)
    return [failure] if failure else _NO_FAILURES


def _value(one: list[Any]) -> Any:
    if not one:
        raise ValueError("optional.none() dereference")
    return one[0] if isinstance(one[0], dict) and _KIND in one[0] else one
