"""Keys of users' objects that MongoDB or its drivers would read a meaning into.

A leading ``$`` (operators; ``$ref`` and ``$id`` make a DBRef), ``.`` (paths) and NUL (ends a key) are percent-escaped,
and so is ``%`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["escape_key", "escape_keys", "unescape_keys"]

_SPECIAL: Final = re.compile(r"^\$|[.%\x00]")
_CHARACTERS: Final = {"24": "$", "2E": ".", "25": "%", "00": "\0"}
_ESCAPED: Final = re.compile(r"%(24|2E|25|00)")


def escape_key(key: str) -> str:
    """Return a key as it is stored."""
    return _SPECIAL.sub(lambda found: f"%{ord(found[0]):02X}", key)


def escape_keys(value: Any) -> Any:
    """Return a JSON value with stored keys; the very same object where no key had to change."""
    if isinstance(value, Mapping):
        changed = False
        result = {}
        for key, item in value.items():
            stored_key, stored = escape_key(key), escape_keys(item) if isinstance(item, Mapping | list) else item
            changed = changed or stored_key != key or stored is not item
            result[stored_key] = stored
        return result if changed else value
    if isinstance(value, list):
        items = [escape_keys(item) if isinstance(item, Mapping | list) else item for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def unescape_keys(value: Any) -> Any:
    """Return a JSON value with its original keys."""
    if isinstance(value, dict):
        return {_original(key) if "%" in key else key: unescape_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unescape_keys(item) for item in value]
    return unescape_keys(dict(value)) if isinstance(value, Mapping) else value


def _original(key: str) -> str:
    return _ESCAPED.sub(lambda found: _CHARACTERS[found[1]], key)
