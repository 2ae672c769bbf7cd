"""The kind of leases: who acts, of several that could.

Names and meanings of ``spec`` are those of Kubernetes' ``coordination.k8s.io/v1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEASE"]

_SPEC: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "Who holds the lease, and until when: `leaseDurationSeconds` after `renewTime`.",
    "properties": {
        "holderIdentity": {
            "type": "string",
            "maxLength": 1_000,
            "description": "Who holds it; absent or empty where nobody does.",
        },
        "leaseDurationSeconds": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "description": "How long others wait after `renewTime` before they take it over.",
        },
        "acquireTime": {"type": "string", "format": "date-time", "description": "When the holder took it."},
        "renewTime": {"type": "string", "format": "date-time", "description": "When the holder last renewed it."},
        "leaseTransitions": {
            "type": "integer",
            "format": "int32",
            "minimum": 0,
            "description": "How often it has gone from one holder to another.",
        },
    },
}

_STATUS: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What the holder tells of itself, for people.",
    "properties": {
        "queueDepth": {"type": "integer", "format": "int32", "minimum": 0, "description": "How many resources wait."},
        "running": {"type": "integer", "format": "int32", "minimum": 0, "description": "How many are worked on."},
        "paused": {"type": "boolean", "description": "It does nothing until it is told to go on."},
        "version": {"type": "string", "description": "Of the program."},
        "host": {"type": "string", "description": "Where it runs."},
        "pid": {"type": "integer", "format": "int64", "minimum": 0, "description": "Its process there."},
        "kinds": {"type": "array", "items": {"type": "string"}, "description": "The kinds that it acts on."},
        "lastErrors": {
            "type": "array",
            "maxItems": 100,
            "description": "What failed last, and of which resource.",
            "items": {
                "type": "object",
                "properties": {
                    "key": {"type": "string", "description": "The resource, such as `default/name`."},
                    "message": {"type": "string"},
                    "time": {"type": "string", "format": "date-time"},
                },
            },
        },
    },
}

LEASE: Final[Mapping[str, Any]] = {
    "kind": "Lease",
    "scope": "NAMESPACED",
    "description": "Says which of several processes acts; the others stand by.",
    "schema": _SPEC,
    "statusSchema": _STATUS,
    "columns": [
        {"name": "Holder", "path": "spec.holderIdentity"},
        {"name": "Renewed", "path": "spec.renewTime", "type": "date"},
        {"name": "Queue", "path": "status.queueDepth", "type": "integer"},
        {"name": "Running", "path": "status.running", "type": "integer"},
        {"name": "Paused", "path": "status.paused", "type": "boolean"},
        {"name": "Age", "path": "metadata.createdAt", "type": "date"},
    ],
}
"""The kind of leases."""
