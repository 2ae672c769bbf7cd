"""The ``spec`` of definitions: what a kind is called, and what its resources may hold.

One keyword is ours alone: ``x-kindgraph-names-itself`` (``schema_builder.definition.NAMES_ITSELF``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema_builder.definition import NAMES_ITSELF

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFINITION_SPEC"]

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

DEFINITION_SPEC: Final[Mapping[str, Any]] = {
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
