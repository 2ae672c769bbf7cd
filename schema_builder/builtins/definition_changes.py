"""What the status of a definition tells of its changes: the last update, and the migration of what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LAST_CHANGE", "MIGRATION_STATUS"]

_DIFFERENCE: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "JSON pointer into the definition."},
        "change": {"type": "string", "description": "What kind of difference, such as `FIELD_REMOVED`."},
        "audience": {
            "type": "string",
            "enum": ["CLIENTS", "RESOURCES"],
            "description": "Whom it concerns: GraphQL clients, or stored resources.",
        },
        "severity": {"type": "string", "enum": ["SAFE", "DANGEROUS", "BREAKING"]},
        "message": {"type": "string", "description": "For people."},
    },
}

_REFUSED: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "Stored resources that the schema would refuse if they were written as they are.",
    "properties": {
        "count": {"type": "integer", "format": "int64"},
        "checked": {"type": "integer", "format": "int64", "description": "How many were looked at: all there were."},
        "resources": {
            "type": "array",
            "description": "The first 20 of them, and what is wrong with each.",
            "items": {
                "type": "object",
                "properties": {
                    "namespace": {"type": "string"},
                    "name": {"type": "string"},
                    "path": {"type": "string", "description": "JSON pointer into the resource."},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

MIGRATION_STATUS: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "How far the last migration of the stored resources is.",
    "properties": {
        "state": {
            "type": "string",
            "enum": ["RUNNING", "BLOCKED", "SUCCEEDED"],
            "description": (
                "BLOCKED: all resources are migrated but those in `failures`, which are tried again every minute."
            ),
        },
        "steps": {"type": "integer", "format": "int32"},
        "total": {"type": "integer", "format": "int64", "description": "How many resources there were."},
        "done": {"type": "integer", "format": "int64", "description": "How many of them have been looked at."},
        "failed": {"type": "integer", "format": "int64", "description": "How many cannot be migrated as they are."},
        "failures": {
            "type": "array",
            "description": "The first 20 of them.",
            "items": {
                "type": "object",
                "properties": {
                    "namespace": {"type": "string"},
                    "name": {"type": "string"},
                    "path": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "startedAt": {"type": "string", "format": "date-time"},
        "finishedAt": {"type": "string", "format": "date-time"},
    },
}

LAST_CHANGE: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What the last update of `spec` has changed.",
    "properties": {
        "generation": {"type": "integer", "format": "int64", "description": "The generation that it made."},
        "time": {"type": "string", "format": "date-time"},
        "safe": {"type": "integer", "format": "int32", "description": "How many differences are safe."},
        "dangerous": {"type": "integer", "format": "int32"},
        "breaking": {"type": "integer", "format": "int32"},
        "differences": {
            "type": "array",
            "items": _DIFFERENCE,
            "description": "The first 200 of them, the worst first.",
        },
        "refusedResources": _REFUSED,
    },
}
