"""The kind of addons: kinds and the controllers that act on them, brought into a running system.

What an addon runs is never read from here: the addon manager takes it from a package that its operator has allowed,
whose digest is named. The controllers are told here for people, and to say how many of each shall run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADDON"]

_TEXT: Final = {"type": "string"}
_JSON: Final = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "x-kubernetes-map-type": "atomic"}
_COUNT: Final = {"type": "integer", "format": "int32", "minimum": 0}
_TIME: Final = {"type": "string", "format": "date-time"}

_ENVIRONMENT: Final[Mapping[str, Any]] = {
    "type": "array",
    "maxItems": 100,
    "description": "Variables of its processes; only those that the package declares, and none that a loader reads.",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {
            "name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$"},
            "value": {"type": "string", "maxLength": 32_768},
        },
    },
}

_CONTROLLER: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"},
        "command": {"type": "array", "items": _TEXT, "description": "As the package has it; shown, never run."},
        "image": {"type": "string", "description": "Of a container, as the package has it; shown, never run."},
        "entryPoint": {"type": "string", "description": "`MODULE:OBJECT`, as the package has it; shown, never run."},
        "replicas": {**_COUNT, "maximum": 100, "description": "How many processes; those beyond the first stand by."},
        "environment": _ENVIRONMENT,
    },
}

_PERMISSION: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["kinds", "verbs"],
    "properties": {
        "kinds": {"type": "array", "items": _TEXT, "minItems": 1, "description": "GraphQL names; `*` for all."},
        "verbs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "string",
                "enum": ["*", "get", "list", "watch", "create", "update", "updateStatus", "delete"],
            },
        },
    },
}

_SPEC: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["version"],
    "properties": {
        "version": {"type": "string", "minLength": 1, "maxLength": 100, "description": "Of the addon."},
        "description": _TEXT,
        "package": {
            "type": "object",
            "required": ["name", "digest"],
            "description": "What its controllers are run from. The manager's operator must have allowed it.",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 100},
                "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "Of its contents."},
            },
        },
        "definitions": {
            "type": "array",
            "maxItems": 500,
            "items": _JSON,
            "description": "The kinds that it brings, each as the `spec` of a ResourceDefinition.",
        },
        "controllers": {
            "type": "array",
            "maxItems": 100,
            "items": _CONTROLLER,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
        "permissions": {
            "type": "array",
            "maxItems": 200,
            "items": _PERMISSION,
            "description": "What it is granted. Without all that the package needs, nothing of it is started.",
        },
        "configurationSchema": {**_JSON, "description": "JSON Schema of the configuration, as the package has it."},
        "configuration": {**_JSON, "description": "Given to the controllers, once it fits the package's schema."},
        "onRemoval": {
            "type": "string",
            "enum": ["RETAIN", "DELETE"],
            "description": "What becomes of its kinds and their resources. Without it, removal waits for the answer.",
        },
        "healthyWithinSeconds": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 86_400,
            "default": 120,
            "description": "A version that is not healthy by then gives way to the one before it.",
        },
    },
}

_CONDITION: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "type": _TEXT,
        "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
        "reason": _TEXT,
        "message": _TEXT,
        "lastTransitionTime": _TIME,
        "observedGeneration": {"type": "integer", "format": "int64"},
    },
}

_RUNNING: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "version": {"type": "string", "description": "Of the addon that it is of."},
        "replicas": _COUNT,
        "ready": {**_COUNT, "description": "How many renew their heartbeat."},
        "restarts": _COUNT,
        "lastExit": {"type": "string", "description": "How a process of it ended last, such as `exit code 1`."},
        "pids": {"type": "array", "items": {"type": "integer", "format": "int64"}},
        "leases": {"type": "array", "items": _TEXT, "description": "The heartbeats of its processes."},
        "logs": {"type": "array", "items": _TEXT, "description": "The last lines it wrote before something was amiss."},
    },
}

_STATUS: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "observedGeneration": {"type": "integer", "format": "int64"},
        "phase": {
            "type": "string",
            "enum": ["Installing", "Healthy", "Upgrading", "Degraded", "Removing", "Refused"],
            "description": "The conditions in a word.",
        },
        "version": {"type": "string", "description": "The one in force."},
        "previousVersion": {"type": "string", "description": "The one in force before."},
        "release": {"type": "string", "description": "What is in force, as JSON: how it is started again."},
        "failedRelease": {"type": "string", "description": "What did not become healthy, and is not tried again."},
        "conditions": {"type": "array", "items": _CONDITION},
        "controllers": {"type": "array", "items": _RUNNING},
        "ready": {"type": "string", "description": "Processes that are ready, of those that shall be."},
        "message": {"type": "string", "description": "What is amiss, or being waited for."},
    },
}

ADDON: Final[Mapping[str, Any]] = {
    "kind": "Addon",
    "scope": "CLUSTER",
    "description": "Kinds, and the controllers that act on them; `kindgraph addons run` installs and runs it.",
    "schema": _SPEC,
    "statusSchema": _STATUS,
    "columns": [
        {"name": "Version", "path": "status.version"},
        {"name": "Wanted", "path": "spec.version"},
        {"name": "Phase", "path": "status.phase"},
        {"name": "Ready", "path": "status.ready"},
        {"name": "Message", "path": "status.message"},
        {"name": "Age", "path": "metadata.createdAt", "type": "date"},
    ],
}
"""The kind of addons."""
