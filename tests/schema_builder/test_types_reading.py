"""Stored values are read leniently: what a type cannot say is null, without an error, and ``raw`` has it."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import random
from typing import Any

import pytest

from schema_builder.backend import Resource
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import MemoryBackend, compile_spec, draw_resource, run

KIND = compile_spec(
    {
        "kind": "Service",
        "group": "net.example.org",
        "schema": {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "small": {"type": "integer", "format": "int32"},
                "big": {"type": "integer"},
                "number": {"type": "number"},
                "flag": {"type": "boolean"},
                "mode": {"type": "string", "enum": ["A", "B"]},
                "at": {"type": "string", "format": "date-time"},
                "either": {"x-kubernetes-int-or-string": True},
                "map": {"type": "object", "additionalProperties": {"type": "string"}},
                "json": {},
                "texts": {"type": "array", "items": {"type": "string"}},
                "object": {"type": "object", "properties": {"a": {"type": "string"}}},
                "objects": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
                "x-y": {"type": "string"},
            },
        },
    }
)
SCHEMA = base_snapshot().with_kind(KIND).schema


def read(spec: Any, selection: str) -> Any:
    resource = Resource(KIND.name, METADATA, {"spec": spec})
    document = f'{{ {KIND.names.singular_field}(name: "a") {{ spec {{ {selection} }} }} }}'
    data, errors = run(SCHEMA, document, MemoryBackend({KIND.name: [resource]}))
    assert errors == []
    return data[KIND.names.singular_field]["spec"]


METADATA = {
    "name": "a",
    "namespace": "default",
    "uid": "u",
    "labels": {"app": "db"},
    "annotations": {},
    "resourceVersion": "7",
    "generation": 1,
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
    "deletionRequestedAt": None,
    "finalizers": [],
    "ownerReferences": [],
}


@pytest.mark.parametrize(
    ("field", "stored", "said"),
    [
        ("text", "a", "a"), ("text", 5, None), ("text", True, None), ("text", {}, None), ("text", [], None),
        ("small", 5, 5), ("small", 5.0, 5), ("small", 2**31, None), ("small", "5", None), ("small", True, None),
        ("big", 2**53 - 1, 2**53 - 1), ("big", 2**53, "9007199254740992"), ("big", -(2**63), "-9223372036854775808"),
        ("big", 1.5, None), ("big", "5", None), ("big", False, None),
        ("number", 5, 5), ("number", 2.5, 2.5), ("number", 2**53 + 1, None), ("number", "2.5", None), ("number", True, None),
        ("number", float("inf"), None),
        ("flag", True, True), ("flag", False, False), ("flag", 1, None), ("flag", "true", None),
        ("mode", "A", "A"), ("mode", "C", None), ("mode", 5, None), ("mode", ["A"], None),
        ("at", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), ("at", "yesterday", "yesterday"), ("at", 5, None),
        ("either", 5, 5), ("either", "50%", "50%"), ("either", 1.5, None), ("either", True, None),
        ("map", {"a": "b"}, {"a": "b"}), ("map", {"a": 1}, None), ("map", "text", None),
        ("json", {"a": [1, None]}, {"a": [1, None]}), ("json", 0, 0), ("json", 2**60, 2**60),
        ("texts", ["a", None, 5], ["a", None, None]), ("texts", "a", None), ("texts", {}, None), ("texts", [], []),
        ("x_y", None, None),
    ],
)  # fmt: skip
def test_a_leaf_says_its_value_or_null(field: str, stored: Any, said: Any) -> None:
    assert read({field: stored}, field) == {field: said}


def test_objects_and_lists_of_other_shapes_are_null() -> None:
    assert read({"object": "text", "objects": "text"}, "object { a } objects { a }") == {
        "object": None,
        "objects": None,
    }
    assert read({"objects": [{"a": "b"}, 5, None]}, "objects { a }") == {"objects": [{"a": "b"}, None, None]}
    assert read({"objects": {"a": "b"}}, "objects { a }") == {"objects": None}
    resource = Resource(KIND.name, METADATA, {"spec": "text"})
    document = f'{{ {KIND.names.singular_field}(name: "a") {{ spec {{ text }} raw }} }}'
    data, errors = run(SCHEMA, document, MemoryBackend({KIND.name: [resource]}))
    assert errors == []
    assert data[KIND.names.singular_field]["spec"] is None
    assert data[KIND.names.singular_field]["raw"]["spec"] == "text"


def test_original_names_are_read_through_escaped_ones() -> None:
    assert read({"x-y": "here"}, "x_y") == {"x_y": "here"}


def test_undeclared_properties_of_an_open_object_are_its_extra() -> None:
    assert read({"open": {"a": "b", "more": 1}}, "open { a _extra }") == {"open": {"a": "b", "_extra": {"more": 1}}}
    assert read({"open": {"a": "b"}}, "open { _extra }") == {"open": {"_extra": None}}


def test_the_envelope_is_read_from_the_resource() -> None:
    resource = Resource(KIND.name, METADATA, {"spec": {"x-y": "v"}, "status": {"free": 1}})
    fields = "id group kind metadata { name labels generation createdAt deletionRequestedAt finalizers } status raw"
    document = f'{{ {KIND.names.singular_field}(name: "a") {{ __typename {fields} }} }}'
    data, errors = run(SCHEMA, document, MemoryBackend({KIND.name: [resource]}))
    assert errors == []
    read_back = data[KIND.names.singular_field]
    assert read_back["__typename"] == "NetExampleOrg_Service"
    assert (read_back["group"], read_back["kind"]) == ("net.example.org", "Service")
    assert read_back["metadata"]["labels"] == {"app": "db"}
    assert read_back["status"] == {"free": 1}
    assert read_back["raw"] == {
        "group": "net.example.org",
        "kind": "Service",
        "metadata": METADATA,
        "spec": {"x-y": "v"},
        "status": {"free": 1},
    }


def test_generic_fields_tell_the_kind_of_a_resource() -> None:
    resource = draw_resource(random.Random(1), KIND, name="a")
    document = """
        { node(id: "x") { __typename id ... on NetExampleOrg_Service { spec { x_y } } ... on Resource { kind } }
          resource(kind: "NetExampleOrg_Service", name: "a") { __typename metadata { name } }
          server { version kinds resourceVersion } }
    """
    data, errors = run(SCHEMA, document, MemoryBackend({KIND.name: [resource]}))
    assert errors == []
    assert data["node"]["__typename"] == "NetExampleOrg_Service"
    assert data["node"]["kind"] == "Service"
    assert data["resource"]["metadata"] == {"name": "a"}
    assert data["server"] == {"version": "1", "kinds": ["A"], "resourceVersion": None}
