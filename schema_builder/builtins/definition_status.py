"""The ``status`` of definitions: what has become of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema_builder.builtins.definition_changes import LAST_CHANGE, MIGRATION_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFINITION_STATUS"]

_CONDITION: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["type", "status"],
    "properties": {
        "type": {"type": "string", "description": "`Accepted`, `NamesAccepted` or `Established`."},
        "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
        "reason": {"type": "string", "description": "One word for programs."},
        "message": {"type": "string", "description": "For people."},
        "lastTransitionTime": {"type": "string", "format": "date-time"},
    },
}

_INDEX_STATUS: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["fields", "state"],
    "properties": {
        "fields": {"type": "array", "items": {"type": "string"}, "description": "As in `spec.indexes`."},
        "unique": {"type": "boolean"},
        "state": {
            "type": "string",
            "enum": ["BUILDING", "READY", "FAILED"],
            "description": (
                "BUILDING: lists do without it, and what a unique index forbids may still slip in. READY: in use. "
                "FAILED: `message` says why; it is tried again within a minute."
            ),
        },
        "indexed": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "While it is BUILDING: how many resources have been indexed.",
        },
        "total": {"type": "integer", "format": "int64", "minimum": 0, "description": "How many there are to index."},
        "message": {"type": "string", "description": "For people."},
    },
}

_NAMES: Final = {
    "type": "The type; also the definition's `metadata.name`, and what names the kind everywhere.",
    "singular": "The query field of one resource.",
    "plural": "The query field of the list.",
    "create": "A mutation field.",
    "update": "A mutation field.",
    "replace": "A mutation field.",
    "apply": "A mutation field.",
    "updateStatus": "A mutation field.",
    "delete": "A mutation field.",
    "watch": "The subscription field.",
}

_DEGRADED: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "path": {
            "type": "string",
            "description": "From the resource's root, by original names; `[*]` is any item, or any value of a map.",
        },
        "reason": {"type": "string", "description": "Why, such as `may be any of array, string`."},
    },
}

DEFINITION_STATUS: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What has become of the definition.",
    "properties": {
        "conditions": {
            "type": "array",
            "items": _CONDITION,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
            "description": "They turn False only when a newer server refuses a stored definition, which is then kept.",
        },
        "names": {
            "type": "object",
            "description": "The GraphQL names in force.",
            "properties": {name: {"type": "string", "description": text} for name, text in _NAMES.items()},
        },
        "indexes": {"type": "array", "items": _INDEX_STATUS, "description": "How far each declared index is."},
        "storedResources": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many resources of the kind are stored, counted when it is read.",
        },
        "degraded": {
            "type": "object",
            "description": "What is served as `JSON` although its schema says more, found when it is read.",
            "properties": {
                "count": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 0,
                    "description": "How many places; 10000 stands for that many or more.",
                },
                "places": {
                    "type": "array",
                    "items": _DEGRADED,
                    "description": "The first 20 of them, in the schema's order; `kindgraph explain` shows all.",
                },
            },
        },
        "builtIn": {
            "type": "boolean",
            "description": "Kindgraph's own: it can be neither changed nor deleted.",
        },
        "lastChange": LAST_CHANGE,
        "migration": MIGRATION_STATUS,
        "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "description": "The `metadata.generation` that this status speaks of.",
        },
    },
}
