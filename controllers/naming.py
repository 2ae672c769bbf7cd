"""From the names in schemas to the names that GraphQL gives them, by the rules in docs/definitions.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from typing import Final

__all__ = ["MAX_NAME_LENGTH", "find_field_name", "is_legal_name"]

MAX_NAME_LENGTH: Final = 120
_HASH_LENGTHS: Final = range(8, 65)
_LEGAL: Final = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*\Z")
_ILLEGAL: Final = re.compile(r"[^_0-9A-Za-z]")


def is_legal_name(original: str) -> bool:
    """Tell whether GraphQL calls a property by its own name, unless that is taken by GraphQL itself."""
    return len(original) <= MAX_NAME_LENGTH and original != "_extra" and _LEGAL.match(original) is not None


def find_field_name(original: str, fields: Collection[str]) -> str | None:
    """Return which of an input's fields is a property whose name GraphQL cannot write; None where there is none.

    Args:
        original: The property's name.
        fields: The names of the fields.
    """
    digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()
    name = _escaped(original, digest)
    for length in _HASH_LENGTHS:
        suffixed = f"{name[: MAX_NAME_LENGTH - length - 1]}_{digest[:length]}"
        if suffixed in fields:
            return suffixed
    return name if name in fields else None


def _escaped(original: str, digest: str) -> str:
    if _LEGAL.match(original):
        return _bounded(original)
    name = _ILLEGAL.sub("_", original)
    if not name.strip("_"):
        return f"_{digest[:8]}"
    if name[0].isdigit():
        name = f"_{name}"
    if name.startswith("__"):
        name = f"_{name.lstrip('_')}"
    return _bounded(name)


def _bounded(name: str) -> str:
    if len(name) <= MAX_NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[: MAX_NAME_LENGTH - 9]}_{digest[:8]}"
