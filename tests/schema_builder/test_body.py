"""Completing, checking, merging and redacting bodies."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import pytest

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.errors import Invalid
from schema_builder.structural import NodeKind


def body_schema(properties, *, required=(), **rest):
    schema = {"type": "object", "required": list(required), "properties": properties}
    return BodySchema(parse_definition({"kind": "Foo", "schema": schema, **rest}, name=None))


def paths(failures):
    return [(failure.path, failure.keyword) for failure in failures]


SERVICE = body_schema(
    {
        "host": {"type": "string", "minLength": 1},
        "port": {"type": "integer", "default": 443},
        "enabled": {"type": "boolean", "default": False},
        "note": {"type": "string", "nullable": True},
        "limits": {
            "type": "object",
            "properties": {"max": {"type": "integer", "default": 0}, "name": {"type": "string", "default": ""}},
        },
        "pools": {
            "type": "array",
            "items": {"type": "object", "properties": {"size": {"type": "integer", "default": 1}, "id": {}}},
        },
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "any": {},
    },
    required=["host"],
)


def test_defaults_fill_what_is_present_and_create_nothing():
    assert SERVICE.complete({"spec": {"host": "a"}}) == {"spec": {"host": "a", "port": 443, "enabled": False}}
    completed = SERVICE.complete({"spec": {"limits": {}, "pools": [{}, {"size": 5}]}})
    assert completed["spec"]["limits"] == {"max": 0, "name": ""}
    assert completed["spec"]["pools"] == [{"size": 1}, {"size": 5}]
    assert SERVICE.complete({}) == {}


def test_an_object_with_a_default_of_its_own_is_created_and_filled():
    schema = body_schema({"a": {"type": "object", "default": {}, "properties": {"b": {"default": 1}}}})
    assert schema.complete({"spec": {}}) == {"spec": {"a": {"b": 1}}}


def test_a_section_with_a_default_is_created_but_never_status():
    rooted = {"type": "object", "default": {}, "properties": {"a": {"default": 1}}}
    definition = parse_definition({"kind": "Foo", "schema": rooted, "statusSchema": rooted}, name=None)
    assert BodySchema(definition).complete({}) == {"spec": {"a": 1}}


def test_defaults_are_copied_for_every_use():
    schema = body_schema({"a": {"type": "array", "items": {"type": "string"}, "default": []}})
    schema.complete({"spec": {}})["spec"]["a"].append("x")
    assert schema.complete({"spec": {}}) == {"spec": {"a": []}}


def test_null_where_the_schema_forbids_it_means_absent():
    given = {"spec": {"host": "a", "port": None, "note": None, "limits": None, "labels": {"a": None}, "any": None}}
    assert SERVICE.complete(given)["spec"] == {
        "host": "a",
        "port": 443,
        "enabled": False,
        "note": None,
        "labels": {},
        "any": None,
    }
    assert SERVICE.complete({"spec": None}) == {}


def test_read_only_fields_are_kept_from_what_is_replaced():
    schema = body_schema({"a": {"type": "string", "readOnly": True}, "b": {"type": "string"}})
    previous = {"spec": {"a": "kept", "b": "old"}}
    assert schema.complete({"spec": {"b": "new"}}, previous=previous) == {"spec": {"b": "new", "a": "kept"}}


def test_completing_never_changes_its_argument():
    given = {"spec": {"limits": {}, "pools": [{}]}}
    SERVICE.complete(given)
    assert given == {"spec": {"limits": {}, "pools": [{}]}}


def test_failures_name_every_place_with_the_section_first():
    body = {"spec": {"host": "", "port": "x", "limits": {"max": 1.5, "mxa": 1}, "prot": 1}, "spce": {}}
    assert paths(SERVICE.failures(body)) == [
        ("/spce", "unknownField"),
        ("/spec/host", "minLength"),
        ("/spec/limits/max", "type"),
        ("/spec/limits/mxa", "unknownField"),
        ("/spec/port", "type"),
        ("/spec/prot", "unknownField"),
    ]


def test_unknown_fields_are_named_also_in_lists_maps_and_references():
    thing = {"type": "object", "properties": {"a": {"type": "string"}}}
    definition = parse_definition(
        {
            "kind": "Foo",
            "schema": {
                "$defs": {"t": thing},
                "type": "object",
                "properties": {
                    "list": {"type": "array", "items": {"$ref": "#/$defs/t"}},
                    "map": {"type": "object", "additionalProperties": {"$ref": "#/$defs/t"}},
                },
            },
        },
        name=None,
    )
    schema = BodySchema(definition)
    body = {"spec": {"list": [{"a": "x"}, {"b/c": 1}], "map": {"k": {"d": 1}}}}
    assert paths(schema.failures(body)) == [("/spec/list/1/b~1c", "unknownField"), ("/spec/map/k/d", "unknownField")]


def test_a_field_that_the_schema_refuses_itself_is_reported_once():
    definition = parse_definition(
        {"kind": "Foo", "schema": {"type": "object", "properties": {"a": {}}, "additionalProperties": False}}, name=None
    )
    assert paths(BodySchema(definition).failures({"spec": {"b": 1}})) == [("/spec/b", "additionalProperties")]


def test_declared_patterns_allow_the_names_that_match_alone():
    schema = {"type": "object", "properties": {"a": {}}, "patternProperties": {"^x-": {"type": "string"}}}
    found = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    assert paths(found.failures({"spec": {"a": 1, "x-1": "v", "y": 1}})) == [("/spec/y", "unknownField")]


def test_kubernetes_objects_that_preserve_unknown_fields_keep_them():
    schema = body_schema(
        {"a": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"b": {"type": "string"}}}}
    )
    assert schema.failures({"spec": {"a": {"b": "x", "c": {"d": 1}}}}) == []


def test_a_spec_with_required_fields_is_required_unless_it_may_be_null():
    assert SERVICE.required == {"spec"}
    assert paths(SERVICE.failures({})) == [("/spec", "required")]
    assert body_schema({"a": {"default": 1}}, required=["a"]).required == frozenset()
    optional = {"type": "object", "nullable": True, "required": ["a"], "properties": {"a": {"type": "string"}}}
    assert BodySchema(parse_definition({"kind": "Foo", "schema": optional}, name=None)).failures({}) == []


def test_status_is_any_json_without_a_schema_and_checked_with_one():
    assert SERVICE.sections["status"].root.kind is NodeKind.JSON
    assert SERVICE.status_failures({"status": {"anything": [1]}}) == []
    typed = body_schema({}, statusSchema={"type": "object", "properties": {"phase": {"enum": ["A"]}}})
    body = {"spec": {"wrong": 1}, "status": {"phase": "B", "x": 1}}
    assert paths(typed.status_failures(body)) == [("/status/phase", "enum"), ("/status/x", "unknownField")]
    assert typed.status_failures({}) == []


def test_integers_outside_64_bits_are_refused_anywhere():
    assert paths(SERVICE.failures({"spec": {"host": "a", "any": {"deep": [2**63]}}})) == [
        ("/spec/any/deep/0", "number")
    ]
    assert SERVICE.failures({"spec": {"host": "a", "any": -(2**63)}}) == []


def test_a_merge_patch_follows_rfc_7386():
    current = {"spec": {"a": {"b": 1, "c": 2}, "l": [1, 2], "s": "x"}, "status": {"p": 1}}
    patch = {"spec": {"a": {"b": None, "d": {"e": None, "f": 1}}, "l": [3], "s": {"t": 1}}}
    assert SERVICE.merge_patch(current, patch) == {
        "spec": {"a": {"c": 2, "d": {"f": 1}}, "l": [3], "s": {"t": 1}},
        "status": {"p": 1},
    }
    assert current["spec"]["a"] == {"b": 1, "c": 2}
    assert SERVICE.merge_patch(current, {"spec": None}) == {"status": {"p": 1}}


APPLIED = body_schema(
    {
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "ports": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": {
                "type": "object",
                "properties": {
                    "port": {"type": "integer"},
                    "protocol": {"type": "string", "default": "TCP"},
                    "name": {"type": "string"},
                },
            },
        },
        "list": {"type": "array", "items": {"type": "string"}},
        "note": {"type": "string", "nullable": True},
        "source": {
            "type": "object",
            "properties": {"git": {"type": "string"}, "http": {"type": "string"}},
            "oneOf": [{"required": ["git"]}, {"required": ["http"]}],
        },
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
        "any": {},
    }
)


@pytest.mark.parametrize(
    ("name", "current", "applied", "merged"),
    [
        ("map", {"a": "1", "b": "2"}, {"b": "3", "c": "4"}, {"a": "1", "b": "3", "c": "4"}),
        ("set", ["a", "b"], ["c", "b"], ["a", "b", "c"]),
        ("list", ["a", "b"], ["c"], ["c"]),
        ("note", "x", None, None),
        ("source", {"git": "a"}, {"http": "b"}, {"http": "b"}),
        ("whole", {"a": "1"}, {"b": "2"}, {"b": "2"}),
        ("any", {"a": {"b": 1}, "l": [1]}, {"a": {"c": 2}, "l": [2]}, {"a": {"b": 1, "c": 2}, "l": [2]}),
        (
            "ports",
            [{"port": 1, "name": "one"}, {"port": 2, "protocol": "UDP"}],
            [{"port": 1, "protocol": "TCP", "name": "uno"}, {"port": 2}],
            [{"port": 1, "protocol": "TCP", "name": "uno"}, {"port": 2, "protocol": "UDP"}, {"port": 2}],
        ),
    ],
)
def test_apply_merges_as_the_schema_says(name, current, applied, merged):
    stored = {"spec": {name: current, "list": current if name == "list" else ["kept"]}}
    result = APPLIED.merge_apply(stored, {"spec": {name: applied}})
    assert result["spec"][name] == merged
    assert name == "list" or result["spec"]["list"] == ["kept"]
    assert APPLIED.merge_apply(result, {"spec": {name: applied}}) == result


def test_applied_null_where_the_schema_forbids_it_is_absent():
    stored = {"spec": {"list": ["a"], "map": {"a": "1"}}}
    assert APPLIED.merge_apply(stored, {"spec": {"list": None, "map": {"a": None}}}) == stored


def test_write_only_values_are_left_out_wherever_they_are():
    definition = parse_definition(
        {
            "kind": "Foo",
            "schema": {
                "$defs": {"secret": {"type": "string", "writeOnly": True}},
                "type": "object",
                "properties": {
                    "password": {"type": "string", "writeOnly": True},
                    "users": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"name": {}, "token": {"$ref": "#/$defs/secret"}}},
                    },
                },
            },
        },
        name=None,
    )
    schema = BodySchema(definition)
    body = {"spec": {"password": "p", "users": [{"name": "a", "token": "t"}]}, "status": {"x": 1}}
    assert schema.has_write_only
    assert schema.redact(body) == {"spec": {"users": [{"name": "a"}]}, "status": {"x": 1}}
    assert body["spec"]["password"] == "p"


SECRET = {"type": "string", "writeOnly": True}
TEXT = {"type": "string"}
HIDING = {
    "in each branch": ({"anyOf": [{"properties": {"t": {"const": "a"}, "p": SECRET}}, {"properties": {"p": SECRET}}]}, {"p": "?"}),
    "in one branch of two": ({"anyOf": [{"properties": {"p": SECRET}}, {"properties": {"p": TEXT}}]}, {"p": "?"}),
    "marked in a branch": ({"properties": {"p": TEXT}, "anyOf": [{"properties": {"p": {"writeOnly": True}}}, {"required": ["q"]}]}, {"p": "?"}),
    "in then and else": ({"if": {"required": ["q"]}, "then": {"properties": {"p": SECRET}}, "else": {"properties": {"p": SECRET}}}, {"p": "?"}),
    "below branches": ({"anyOf": [{"properties": {"o": {"type": "object", "properties": {"p": SECRET}}}}, {"properties": {"o": {"type": "object", "properties": {"p": SECRET, "q": TEXT}}}}]}, {"o": {"p": "?"}}),
    "items in branches": ({"anyOf": [{"properties": {"l": {"type": "array", "items": SECRET}}}, {"properties": {"l": {"type": "array", "items": SECRET, "minItems": 1}}}]}, {"l": ["?"]}),
    "below one pattern of several": ({"patternProperties": {"^a": {"type": "object", "properties": {"p": SECRET}}, "^b": TEXT}}, {"a": {"p": "?"}}),
    "additional beside patterns": ({"patternProperties": {"^b": TEXT}, "additionalProperties": SECRET}, {"a": "?"}),
    "some items": ({"properties": {"l": {"type": "array", "contains": SECRET}}}, {"l": ["?"]}),
}  # fmt: skip


@pytest.mark.parametrize(("schema", "spec"), HIDING.values(), ids=HIDING)
def test_write_only_values_are_left_out_whatever_combines_their_schemas(schema, spec):
    schema = BodySchema(parse_definition({"kind": "Foo", "schema": {"type": "object", **schema}}, name=None))
    assert schema.failures({"spec": spec}) == []
    assert "?" not in str(schema.redact({"spec": spec}))


def test_redacting_costs_nothing_where_nothing_is_hidden():
    body = {"spec": {}}
    assert not SERVICE.has_write_only
    assert SERVICE.redact(body) is body


def test_bodies_that_nest_endlessly_are_refused_not_crashed_on():
    deep = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert paths(SERVICE.failures({"spec": {"host": "a", "any": deep}}))[0][1] == "depth"
    for work in (
        lambda: APPLIED.merge_apply({"spec": {"any": deep}}, {"spec": {"any": deep}}),
        lambda: APPLIED.merge_patch({"spec": {"any": deep}}, {"spec": {"any": deep}}),
    ):
        with pytest.raises(Invalid):
            work()
