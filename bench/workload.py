"""What is asked of every server alike: one kind, its resources, and the documents that read them.

The kind is small and so is what is selected of it: 8 leaves in 4 objects. Yardsticks keep the same resources in a
collection of their own, under the same ``_id`` and with the same clustered index.
"""

from __future__ import annotations

from typing import Any

from bench.wire import get_request, graphql_request

__all__ = [
    "GET_DOCUMENT",
    "LIST_DOCUMENT",
    "LIST_SIZE",
    "NAMESPACE",
    "definition",
    "graphql_get_requests",
    "graphql_list_requests",
    "raw_get_requests",
    "raw_list_requests",
    "resource",
    "resource_name",
]

NAMESPACE = "default"
LIST_SIZE = 100

_SELECTION = """
metadata { name namespace resourceVersion }
spec { host port tls limits { maxConns } }
status { phase }
"""
GET_DOCUMENT = "query Get($name: String!) { externalService(name: $name) {" + _SELECTION + "} }"
LIST_DOCUMENT = "query List($first: Int!) { externalServices(first: $first) { nodes {" + _SELECTION + "} } }"

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["host", "port"],
    "properties": {
        "host": {"type": "string", "minLength": 1},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "protocol": {"type": "string", "enum": ["TCP", "HTTP", "GRPC"]},
        "tls": {"type": "boolean", "default": False},
        "limits": {
            "type": "object",
            "properties": {
                "maxConns": {"type": "integer", "minimum": 0, "maximum": 100000},
                "timeoutSeconds": {"type": "number", "exclusiveMinimum": 0},
            },
        },
    },
}
_STATUS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"phase": {"type": "string"}, "message": {"type": "string"}},
}


def definition(kind: str = "ExternalService") -> dict[str, Any]:
    """Return the ``spec`` of a ResourceDefinition of the small kind."""
    return {"kind": kind, "schema": _SCHEMA, "statusSchema": _STATUS_SCHEMA}


def resource_name(index: int) -> str:
    """Return the name of one resource; names sort as their numbers do."""
    return f"service-{index:05d}"


def resource(index: int) -> dict[str, Any]:
    """Return what a client knows of one resource: ``{name, labels, spec, status}``."""
    return {
        "name": resource_name(index),
        "labels": {"team": f"team-{index % 7}"},
        "spec": {
            "host": f"service-{index:05d}.example.org",
            "port": 1024 + index % 50000,
            "tls": index % 2 == 0,
            "limits": {"maxConns": index % 1000},
        },
        "status": {"phase": "Running"},
    }


def _shuffled(count: int) -> list[int]:
    """Return the numbers below ``count`` in an order that jumps about, the same each time."""
    stride = next(step for step in (379, 383, 389) if count % step)
    return [position * stride % count for position in range(count)]


def graphql_get_requests(count: int) -> list[bytes]:
    """Return one get-one request for each of ``count`` resources."""
    return [graphql_request(GET_DOCUMENT, {"name": resource_name(index)}) for index in _shuffled(count)]


def graphql_list_requests() -> list[bytes]:
    """Return the list-100 request."""
    return [graphql_request(LIST_DOCUMENT, {"first": LIST_SIZE})]


def raw_get_requests(count: int) -> list[bytes]:
    """Return the get-one requests of the raw route."""
    return [get_request(f"/services/{resource_name(index)}") for index in _shuffled(count)]


def raw_list_requests() -> list[bytes]:
    """Return the list-100 request of the raw route."""
    return [get_request(f"/services?first={LIST_SIZE}")]
