"""The kinds that hostile requests are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.hostile.arena import Arena

TARGET_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "maxLength": 3_000_000},
        "count": {"type": "integer"},
        "small": {"type": "integer", "format": "int32"},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "at": {"type": "string", "format": "date-time"},
        "mode": {"type": "string", "enum": ["FAST", "SLOW"]},
        "nothing": {"type": "string", "pattern": "^(a+)+$"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        "unique": {"type": "array", "uniqueItems": True},
        "free": True,
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "strict": {"type": "object", "properties": {"known": {"type": "string"}}, "additionalProperties": False},
        "items": {"type": "array", "items": {"type": "object", "properties": {"port": {"type": "integer"}}}},
        "tree": {"$ref": "#/$defs/tree"},
    },
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
                "child": {"$ref": "#/$defs/tree"},
            },
        }
    },
}

CREATE = "mutation($input: CreateTargetInput!) {createTarget(input: $input) {metadata {name} raw}}"
DELETE = """mutation($name: String!, $namespace: String) {
    deleteTarget(name: $name, namespace: $namespace) {metadata {name}}
}"""
READ = "query($name: String!) {target(name: $name) {raw}}"


def define_kinds(arena: Arena) -> None:
    """Define them."""
    arena.define("Target", schema=TARGET_SCHEMA)


def target(arena: Arena, **spec: Any) -> dict[str, Any]:
    """Return variables of ``CREATE`` under a fresh name."""
    return {"input": {"metadata": {"name": arena.fresh()}, "spec": {"title": "t", **spec}}}
