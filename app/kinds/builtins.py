"""The kinds that the server brings: where their resources are, and that their definitions are stored."""

from __future__ import annotations

from typing import Final

from app.resources.keys import storage_key
from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.names import kind_names

__all__ = ["BUILTIN_NAMES", "builtin_storage_key"]

BUILTIN_NAMES: Final = tuple(
    kind_names(spec["kind"], group=spec.get("group")).type_name for spec in BUILTIN_DEFINITIONS
)
"""Names of the built-in kinds; the place of each is its storage key's number, so new ones are added at the end."""


def builtin_storage_key(name: str) -> str:
    """Return the storage key of a built-in kind."""
    return storage_key(BUILTIN_NAMES.index(name))
