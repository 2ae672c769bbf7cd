"""The kinds that Kindgraph itself brings, defined as a user would: each is the ``spec`` of a ResourceDefinition.

One keyword is ours alone: ``x-kindgraph-names-itself`` (``schema_builder.definition.NAMES_ITSELF``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema_builder.definition import NAMES_ITSELF

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BUILTIN_DEFINITIONS", "RESOURCE_DEFINITION"]

_FIELD_NAME: Final = "^[a-z][A-Za-z0-9]{0,62}$"
_DNS_LABEL: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"

_WHOLE: Final = {"x-kubernetes-map-type": "atomic"}
"""A schema is applied whole: merged with its predecessor it would be neither of them."""

_INDEX: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["fields"],
    "properties": {
        "fields": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "description": "Paths of scalars from the resource's root, such as `spec.region`, most significant first.",
        },
        "unique": {
            "type": "boolean",
            "default": False,
            "description": "No two resources of the kind have the same values.",
        },
    },
}

_COLUMN: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["name", "path"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "The heading."},
        "path": {
            "type": "string",
            "minLength": 1,
            "description": "Where the value is, from the resource's root, such as `spec.port`.",
        },
        "type": {
            "type": "string",
            "enum": ["string", "integer", "number", "boolean", "date"],
            "default": "string",
            "description": "How it is shown; a `date` as an age.",
        },
    },
}

_RULE: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["rule"],
    "properties": {
        "rule": {"type": "string", "description": "An expression that is true or false, of `self` and `oldSelf`."},
        "message": {"type": "string", "description": "What a failure says."},
        "messageExpression": {"type": "string", "description": "An expression that returns what a failure says."},
        "reason": {
            "type": "string",
            "enum": ["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"],
            "description": "Kept for Kubernetes; failures are told alike.",
        },
        "fieldPath": {"type": "string", "description": "Where a failure is told, such as `.spec.port`."},
        "optionalOldSelf": {
            "type": "boolean",
            "description": "`oldSelf` is an optional value, and the rule is evaluated on creates too.",
        },
    },
}

_MIGRATION: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": (
        "One of them. Paths lead from the resource's root; `[*]` behind a name means each item: `spec.ports[*].port`."
    ),
    "properties": {
        "move": {
            "type": "object",
            "required": ["from", "to"],
            "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
            "description": "Takes a value from one place to another.",
        },
        "default": {
            "type": "object",
            "required": ["path"],
            "properties": {"path": {"type": "string"}, "value": {}},
            "description": "Puts a value where there is none.",
        },
        "drop": {"type": "string", "description": "Takes a value away for good."},
    },
}

_SPEC: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What a kind is called, and what its resources may hold.",
    NAMES_ITSELF: True,
    "required": ["kind"],
    "properties": {
        "kind": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9]{0,62}$",
            "description": "The kind, such as `ExternalService`; its GraphQL name starts with a capital.",
        },
        "plural": {
            "type": "string",
            "pattern": _FIELD_NAME,
            "description": "The name of the list field, in camelCase; derived from `singular` where absent.",
        },
        "singular": {
            "type": "string",
            "pattern": _FIELD_NAME,
            "description": "The name of the field of one resource, in camelCase; derived from `kind` where absent.",
        },
        "group": {
            "type": "string",
            "pattern": rf"^{_DNS_LABEL}(\.{_DNS_LABEL})*$",
            "maxLength": 253,
            "description": "Like a DNS name, such as `net.example.org`; prefixes the kind's GraphQL names.",
        },
        "graphqlName": {
            "type": "string",
            "pattern": "^[A-Z][_0-9A-Za-z]{0,119}$",
            "description": "Overrides the GraphQL name of the kind: of its type, and of all fields made from it.",
        },
        "description": {"type": "string", "maxLength": 100_000, "description": "What the kind is, for people."},
        "scope": {
            "type": "string",
            "enum": ["NAMESPACED", "CLUSTER"],
            "default": "NAMESPACED",
            "description": "Whether resources live in namespaces.",
        },
        "schema": {
            **_WHOLE,
            "description": (
                "JSON Schema of `spec`: draft 2020-12, draft 7 (by `$schema`), OpenAPI v3 or Kubernetes structural. "
                "Where absent, resources have no spec."
            ),
        },
        "statusSchema": {**_WHOLE, "description": "JSON Schema of `status`; where absent, status is any JSON."},
        "extraFields": {
            "type": "object",
            "additionalProperties": _WHOLE,
            "description": "JSON Schemas of root-level fields beside spec and status, by name.",
        },
        "rules": {
            "type": "array",
            "items": _RULE,
            "description": "Rules in CEL of the resource as a whole; of parts of it, `x-kubernetes-validations` there.",
        },
        "indexes": {
            "type": "array",
            "items": _INDEX,
            "description": "What lists can be ordered by, and what must be unique.",
        },
        "columns": {"type": "array", "items": _COLUMN, "description": "What tables show."},
        "migrations": {
            "type": "array",
            "maxItems": 100,
            "items": _MIGRATION,
            "description": (
                "What is done once to every stored resource when a step is new here, so that it fits a changed schema. "
                "Steps that have run may stay or be taken away."
            ),
        },
        "allowBreaking": {
            "type": "boolean",
            "writeOnly": True,
            "description": (
                "Permits an update that breaks clients, or that refuses stored resources. It counts for the write that "
                "brings it, and is not kept."
            ),
        },
    },
}

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

_MIGRATION_STATUS: Final[Mapping[str, Any]] = {
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

_LAST_CHANGE: Final[Mapping[str, Any]] = {
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

_STATUS: Final[Mapping[str, Any]] = {
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
        "lastChange": _LAST_CHANGE,
        "migration": _MIGRATION_STATUS,
        "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "description": "The `metadata.generation` that this status speaks of.",
        },
    },
}

RESOURCE_DEFINITION: Final[Mapping[str, Any]] = {
    "kind": "ResourceDefinition",
    "scope": "CLUSTER",
    "description": "The definition of a kind: resources of that kind can be created as soon as it exists.",
    "schema": _SPEC,
    "statusSchema": _STATUS,
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

BUILTIN_DEFINITIONS: Final[tuple[Mapping[str, Any], ...]] = (RESOURCE_DEFINITION,)
"""Every built-in kind, in the order in which they are served first."""
