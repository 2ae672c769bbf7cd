"""How a resource is found: its key in the database.

The key is ``"<storage key> <namespace> <name>"``; the storage key is one of the kind's incarnation, of fixed width. A
space sorts below every character of a name, so keys sort as (storage key, namespace, name) do, and a kind or
one of its namespaces is one range. A resource of a cluster-scoped kind has the namespace ``""`` in it.
"""

from __future__ import annotations

import string
from typing import Final, NamedTuple

__all__ = [
    "DEFINITIONS_KEY",
    "FIRST_FREE_KEY",
    "KeyRange",
    "kind_range",
    "namespace_range",
    "resource_key",
    "split_key",
    "storage_key",
]

_DIGITS: Final = string.digits + string.ascii_lowercase
_WIDTH: Final = 6


class KeyRange(NamedTuple):
    """Keys strictly between two bounds."""

    after: str
    before: str


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
