"""URLs: ``url isURL getScheme getHost getHostname getPort getEscapedPath getQuery``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from cel_expr_python import cel

from schema_builder.rules.functions.declaring import OPAQUE, Declarations, make, member, plain, text_of

__all__ = ["declarations"]

_KIND: Final = "url"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_WRONG: Final = re.compile(r"[\x00-\x20\x7f]|%(?![0-9A-Fa-f]{2})")
_PATH: Final = "/:@!$&'()*+,;=-._~%"


def declarations() -> Declarations:
    """Return the functions of this family."""
    text = cel.Type.STRING
    return {
        "url": plain("url", _url, (text,), OPAQUE),
        "isURL": plain("isURL", _is_url, (text,), cel.Type.BOOL),
        "getScheme": member("getScheme", lambda one: _split(one).scheme, (OPAQUE,), text),
        "getHost": member("getHost", lambda one: _host(_split(one)), (OPAQUE,), text),
        "getHostname": member("getHostname", lambda one: _host_and_port(one)[0], (OPAQUE,), text),
        "getPort": member("getPort", lambda one: _host_and_port(one)[1], (OPAQUE,), text),
        "getEscapedPath": member("getEscapedPath", lambda one: quote(_split(one).path, safe=_PATH), (OPAQUE,), text),
        "getQuery": member("getQuery", _query, (OPAQUE,), cel.Type.Map(text, cel.Type.List(text))),
    }


@lru_cache(maxsize=1024)  # the library keeps each result that is new
def _url(text: str) -> dict[str, str]:
    if not _is_url(text):
        raise ValueError("no URL: an absolute URI or an absolute path is wanted")
    return make(_KIND, text)


def _is_url(text: str) -> bool:
    if not (text.startswith("/") or _SCHEME.match(text)) or _WRONG.search(text.partition("?")[0]):
        return False
    try:
        parts = urlsplit(text)
        _split_host(parts)
    except ValueError:
        return False
    return bool(parts.netloc) or parts.path.startswith("/") or bool(parts.scheme and parts.path)


def _split(one: Mapping[str, Any]) -> SplitResult:
    # A request URI has no fragment: what follows # is part of it.
    return urlsplit(text_of(one, _KIND), allow_fragments=False)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _host_and_port(one: Mapping[str, Any]) -> tuple[str, str]:
    return _split_host(_split(one))


def _split_host(parts: SplitResult) -> tuple[str, str]:
    host = _host(parts)
    match = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]*))?", host)
    if match is None:
        raise ValueError("the host of the URL is wrong")
    return match.group(1).strip("[]"), match.group(2) or ""


def _query(one: Mapping[str, Any]) -> dict[str, list[str]]:
    return parse_qs(_split(one).query, keep_blank_values=True)
