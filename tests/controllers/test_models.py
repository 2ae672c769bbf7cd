"""Models that are written from definitions."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from controllers.kinds import Kind
from controllers.models import write_models
from controllers.models.names import attribute_names
from controllers.naming import find_field_name, is_legal_name
from schema_builder.names import assign_field_names


def models_of(definition: dict[str, Any]) -> Any:
    """Return the module that is written for a definition."""
    kind = Kind(
        name=definition["kind"], uid="1", generation=1, definition=definition, names={}, input_types={}, filter_type=""
    )
    module = types.ModuleType("written_models")
    sys.modules["written_models"] = module
    exec(compile(write_models(kind), "written_models.py", "exec"), module.__dict__)
    return module


def round_trip(definition: dict[str, Any], body: dict[str, Any]) -> Any:
    """Check that what is read is written again, and return the model."""
    model = getattr(models_of(definition), definition["kind"])
    raw = {"kind": definition["kind"], "metadata": {"name": "a", "labels": {}}, **body}
    parsed = model.model_validate(raw)
    assert parsed.model_dump(mode="json", by_alias=True, exclude_unset=True) == raw
    return parsed


POOL = yaml.safe_load("""
kind: Pool
description: A pool of "connections" to \\ somewhere.
schema:
  type: object
  required: [host, limits, secret]
  properties:
    host: {type: string, description: DNS name or address.}
    secret: {type: string, writeOnly: true}
    port: {type: integer, default: 5432}
    weight: {type: number}
    mode: {type: string, enum: [READ, WRITE]}
    since: {type: string, format: date-time}
    timeout: {x-kubernetes-int-or-string: true}
    class: {type: string}
    x-tracking-id: {type: string}
    x_tracking_id: {type: string}
    model_name: {type: string}
    schema: {type: string}
    Limits: {type: boolean}
    nothing: {type: [string, "null"]}
    labels: {type: object, additionalProperties: {type: string}}
    pools: {type: object, additionalProperties: {$ref: "#/$defs/limits"}}
    limits: {$ref: "#/$defs/limits"}
    tree: {$ref: "#/$defs/node"}
    anything: {}
    both: {allOf: [{properties: {a: {type: integer}}}, {properties: {b: {type: string}}}], type: object}
    target:
      oneOf:
        - {type: object, required: [kind, url], properties: {kind: {const: http}, url: {type: string}}}
        - {type: object, required: [kind, port], properties: {kind: {const: tcp}, port: {type: integer}}}
    points: {type: array, items: {type: array, items: {type: number}}}
    pair: {type: array, prefixItems: [{type: string}, {type: integer}]}
    open: {type: object, properties: {a: {type: integer}}, additionalProperties: true}
  $defs:
    limits: {type: object, properties: {maxConns: {type: integer}, maxLifetime: {type: string}}}
    node: {type: object, properties: {name: {type: string}, children: {type: array, items: {$ref: "#/$defs/node"}}}}
statusSchema: {type: object, properties: {ready: {type: boolean}}}
extraFields: {data: {type: object, additionalProperties: {type: string}}}
""")


def test_models_read_and_write_all_that_schemas_say() -> None:
    spec = {
        "host": "db.example.org",
        "limits": {"maxConns": 5},
        "port": 2**53 + 1,
        "weight": 3,
        "mode": "READ",
        "since": "2026-01-01T00:00:00.5+02:00",
        "timeout": "30%",
        "class": "a",
        "x-tracking-id": "odd",
        "x_tracking_id": "even",
        "model_name": "m",
        "schema": "s",
        "Limits": True,
        "nothing": None,
        "labels": {"a.b/c": "d"},
        "pools": {"one": {"maxConns": 1}},
        "tree": {"name": "root", "children": [{"name": "leaf"}]},
        "anything": {"deep": [1, None, {"x": 2.5}]},
        "both": {"a": 1, "b": "2"},
        "target": {"kind": "tcp", "port": 22},
        "points": [[1, 2.5], []],
        "pair": ["a", 1],
        "open": {"a": 1, "more": [True]},
        "undeclared": {"stays": True},
    }
    parsed = round_trip(POOL, {"spec": spec, "status": {"ready": True, "more": 1}, "data": {"k": "v"}})
    assert parsed.spec.limits.maxConns == 5
    assert parsed.spec.class_ == "a"
    assert parsed.spec.x_tracking_id == "even"
    assert parsed.spec.x_tracking_id_2 == "odd"
    assert parsed.spec.tree.children[0].name == "leaf"
    assert parsed.spec.target.port == 22
    assert parsed.spec.weight == 3
    assert type(parsed.spec.weight) is int
    assert parsed.spec.pools["one"].maxConns == 1


def test_what_is_not_said_is_not_written() -> None:
    parsed = round_trip(POOL, {"spec": {"host": "a", "limits": {}}})
    assert parsed.spec.port == 5432
    assert parsed.spec.tree is None


def test_a_model_can_be_made_by_hand() -> None:
    models = models_of(POOL)
    pool = models.Pool(metadata={"name": "a"}, spec=models.PoolSpec(host="a", limits={"maxConns": 1}, class_="b"))
    assert pool.model_dump(by_alias=True, exclude_unset=True) == {
        "metadata": {"name": "a"},
        "spec": {"host": "a", "limits": {"maxConns": 1}, "class": "b"},
    }


@pytest.mark.parametrize(
    "schema",
    [
        None,
        True,
        {},
        {"type": "object"},
        {"$ref": "#"},
        {"type": "object", "properties": {"self": {"$ref": "#"}, "again": {"$ref": "#/properties/self"}}},
        {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}},
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("", "_", "1", "é", "if", "print", "\n")},
        },
        {"$defs": {"n": {"properties": {"c": {"$ref": "#/$defs/n", "minProperties": 1}}}}, "$ref": "#/$defs/n"},
        {"$defs": {"n": {"properties": {"c": {"allOf": [{"$ref": "#/$defs/n"}]}}}}, "$ref": "#/$defs/n"},
        {"$defs": {"n": {"properties": {"c": {"$ref": "#/$defs/n", "properties": {"d": {}}}}}}, "$ref": "#/$defs/n"},
        {"properties": {"c": {"allOf": [{"$ref": "#"}, {"properties": {"c": {"$ref": "#"}}}]}}},
        {"type": "object", "properties": {"a": {"enum": [1, "x", None, {"b": 1}]}, "b": {"enum": [None]}}},
        {"type": "object", "description": 'ends in a quote"', "properties": {"a": {"description": "\\"}}},
    ],
)
def test_odd_schemas_make_modules_that_can_be_used(schema: Any) -> None:
    module = models_of({"kind": "Odd", **({} if schema is None else {"schema": schema})})
    module.Odd.model_validate({"metadata": {"name": "a"}, "spec": {}})


@given(st.lists(st.text(max_size=8), unique=True, max_size=12))
def test_every_property_gets_a_name_that_python_can_have(originals: list[str]) -> None:
    names = attribute_names(originals)
    assert len(set(names.values())) == len(originals)
    assert all(name.isidentifier() and not name.startswith("_") for name in names.values())


@given(st.sets(st.text("aA1_-. $/", max_size=6), max_size=12))
def test_odd_properties_are_found_under_the_names_that_the_server_gives_them(originals: set[str]) -> None:
    assigned = assign_field_names(sorted(originals), reserved=("_extra",))
    for original, name in assigned.items():
        if not is_legal_name(original):
            assert find_field_name(original, assigned.values()) == name
        else:
            assert name == original
