"""The kind of definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema_builder.builtins.definition_spec import DEFINITION_SPEC
from schema_builder.builtins.definition_status import DEFINITION_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RESOURCE_DEFINITION"]

RESOURCE_DEFINITION: Final[Mapping[str, Any]] = {
    "kind": "ResourceDefinition",
    "scope": "CLUSTER",
    "description": "The definition of a kind: resources of that kind can be created as soon as it exists.",
    "schema": DEFINITION_SPEC,
    "statusSchema": DEFINITION_STATUS,
    "columns": [
        {"name": "Kind", "path": "spec.kind"},
        {"name": "Group", "path": "spec.group"},
        {"name": "Scope", "path": "spec.scope"},
        {"name": "Established", "path": '.status.conditions[?(@.type=="Established")].status'},
        {"name": "Resources", "path": "status.storedResources", "type": "integer"},
        {"name": "Indexes", "path": ".status.indexes[*].state"},
        {"name": "Age", "path": "metadata.createdAt", "type": "date"},
    ],
}
"""The kind of definitions, its own among them."""
