"""How a resource is found: its key in the database, and its opaque id.

The key is ``"<storage key> <namespace> <name>"``; the storage key is one of the kind's incarnation, of fixed width. A
space sorts below every character of a name, so keys sort as (storage key, namespace, name) do, and a kind or
one of its namespaces is one range. A resource of a cluster-scoped kind has the namespace ``""`` in it.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from typing import Final, NamedTuple

import orjson

__all__ = [
    "DEFINITIONS_KEY",
    "FIRST_FREE_KEY",
    "GlobalId",
    "KeyRange",
    "kind_range",
    "namespace_range",
    "parse_global_id",
    "resource_key",
    "split_key",
    "storage_key",
]

_DIGITS: Final = string.digits + string.ascii_lowercase
_WIDTH: Final = 6
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")


class KeyRange(NamedTuple):
    """Keys strictly between two bounds."""

    after: str
    before: str


class GlobalId(NamedTuple):
    """What an opaque id holds; ``namespace`` is empty for a cluster-scoped kind."""

    kind: str
    namespace: str
    name: str
    uid: str


def storage_key(number: int) -> str:
    """Return the storage key of a number that is counted up and never used again."""
    digits = ""
    for _ in range(_WIDTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    if number:
        raise ValueError("every storage key has been used")
    return digits


DEFINITIONS_KEY: Final = storage_key(0)
"""The storage key of definitions themselves."""
FIRST_FREE_KEY: Final = 1_000
"""The first number of kinds that users define; smaller ones are built-in kinds'."""


def resource_key(storage: str, *, namespace: str | None, name: str) -> str:
    """Return the key of a resource."""
    return f"{storage} {namespace or ''} {name}"


def split_key(key: str) -> tuple[str, str, str]:
    """Return (storage key, namespace or "", name) of a resource's key."""
    storage, namespace, name = key.split(" ", 2)
    return storage, namespace, name


def kind_range(storage: str) -> KeyRange:
    """Return the range of all resources of a kind."""
    return KeyRange(f"{storage} ", f"{storage}!")


def namespace_range(storage: str, namespace: str) -> KeyRange:
    """Return the range of a kind's resources in one namespace."""
    return KeyRange(f"{storage} {namespace} ", f"{storage} {namespace}!")


def parse_global_id(text: str) -> GlobalId | None:
    """Return what an opaque id holds, or None where it is none of ours: then it names nothing."""
    if not _BASE64URL.fullmatch(text):
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(parts, list) or len(parts) != 4 or not all(isinstance(part, str) for part in parts):
        return None
    return GlobalId(*parts)
