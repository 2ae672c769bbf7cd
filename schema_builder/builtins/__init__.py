"""The kinds that Kindgraph itself brings, defined as a user would: each is the ``spec`` of a ResourceDefinition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema_builder.builtins.addon import ADDON
from schema_builder.builtins.event import EVENT
from schema_builder.builtins.lease import LEASE
from schema_builder.builtins.resource_definition import RESOURCE_DEFINITION

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADDON", "BUILTIN_DEFINITIONS", "EVENT", "LEASE", "RESOURCE_DEFINITION"]

BUILTIN_DEFINITIONS: Final[tuple[Mapping[str, Any], ...]] = (RESOURCE_DEFINITION, LEASE, EVENT, ADDON)
"""Every built-in kind. The place of each is for good, as its resources' storage is named by it: add at the end."""
