"""The kind of events: what happened to which resource, counted; each goes when it has not been repeated for a while.

Names of ``spec`` are those of Kubernetes' events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVENT"]

_REGARDING: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "The resource that it happened to.",
    "required": ["kind", "name"],
    "properties": {
        "kind": {"type": "string", "minLength": 1, "maxLength": 253, "description": "The GraphQL name of its kind."},
        "namespace": {"type": "string", "maxLength": 253},
        "name": {"type": "string", "minLength": 1, "maxLength": 253},
        "uid": {"type": "string", "maxLength": 100},
    },
}

_SPEC: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What happened, to which resource, how often and when.",
    "required": ["regarding", "reason", "lastTimestamp"],
    "properties": {
        "regarding": _REGARDING,
        "type": {
            "type": "string",
            "enum": ["Normal", "Warning"],
            "default": "Normal",
            "description": "Whether somebody should look.",
        },
        "reason": {"type": "string", "minLength": 1, "maxLength": 128, "description": "One word for programs."},
        "note": {"type": "string", "maxLength": 4_096, "description": "For people."},
        "reportingController": {"type": "string", "maxLength": 253, "description": "Who tells it."},
        "count": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "default": 1,
            "description": "How often it happened.",
        },
        "firstTimestamp": {"type": "string", "format": "date-time", "description": "When it happened first."},
        "lastTimestamp": {"type": "string", "format": "date-time", "description": "When it happened last."},
        "ttlSeconds": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 31_536_000,
            "description": "How long after `lastTimestamp` it is kept; the server's setting where absent.",
        },
    },
}

EVENT: Final[Mapping[str, Any]] = {
    "kind": "Event",
    "scope": "NAMESPACED",
    "description": "What happened to a resource; kept for a while after it happened last.",
    "schema": _SPEC,
    "indexes": [
        {"fields": ["spec.regarding.uid", "spec.lastTimestamp"]},
        {"fields": ["spec.regarding.name", "spec.lastTimestamp"]},
        {"fields": ["spec.ttlSeconds", "spec.lastTimestamp"]},
        {"fields": ["spec.lastTimestamp"]},
    ],
    "columns": [
        {"name": "Last seen", "path": "spec.lastTimestamp", "type": "date"},
        {"name": "Type", "path": "spec.type"},
        {"name": "Reason", "path": "spec.reason"},
        {"name": "Kind", "path": "spec.regarding.kind"},
        {"name": "Object", "path": "spec.regarding.name"},
        {"name": "Count", "path": "spec.count", "type": "integer"},
        {"name": "Note", "path": "spec.note"},
    ],
}
"""The kind of events."""
