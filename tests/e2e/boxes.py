"""A small kind to try things on."""

from typing import Any

BOX_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["host"],
    "properties": {
        "host": {"type": "string", "minLength": 1},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 443},
        "tls": {"type": "boolean", "default": True},
        "note": {"type": "string"},
    },
}
BOX: dict[str, Any] = {
    "kind": "Box",
    "description": "Somewhere to send requests.",
    "schema": BOX_SCHEMA,
    "columns": [
        {"name": "Host", "path": "spec.host", "type": "string"},
        {"name": "Port", "path": "spec.port", "type": "integer"},
    ],
    "indexes": [{"fields": ["spec.port"]}],
}
