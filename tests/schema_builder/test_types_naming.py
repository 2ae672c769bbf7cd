"""Which types a kind has, and what they are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLEnumType

from schema_builder.names import MAX_NAME_LENGTH
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import compile_spec

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

LEGAL = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*\Z")


def kind_of(properties: dict[str, Any], **more: Any) -> CompiledKind:
    return compile_spec({"kind": "Foo", "schema": {"type": "object", "properties": properties, **more}})


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}


def type_at(kind: CompiledKind, *path: str) -> str:
    parent = kind.names.type_name
    for name in path:
        parent = str(kind.type(parent).fields[name].type).strip("[]!")
    return parent


def test_nested_types_are_named_by_their_path() -> None:
    kind = kind_of({"limits": obj(maxConns=TEXT), "rules": {"type": "array", "items": obj(port=TEXT)}})
    assert type_at(kind, "spec", "limits") == "FooSpecLimits"
    assert type_at(kind, "spec", "rules") == "FooSpecRules"
    assert {"FooSpecLimits", "FooSpecLimitsInput", "FooSpecLimitsPatch", "FooSpecLimitsFilter"} <= kind.type_names


def test_equal_shapes_share_the_type_of_the_shallowest_path() -> None:
    shape = obj(a=TEXT, b={"type": "integer"})
    kind = kind_of({"deep": obj(inner=obj(one=shape)), "z": shape, "list": {"type": "array", "items": shape}})
    assert type_at(kind, "spec", "z") == "FooSpecZ"
    assert type_at(kind, "spec", "list") == "FooSpecZ"
    assert type_at(kind, "spec", "deep", "inner", "one") == "FooSpecZ"


def test_ties_go_to_the_first_in_the_schema() -> None:
    shape = obj(a=TEXT)
    assert type_at(kind_of({"y": shape, "x": shape}), "spec", "x") == "FooSpecY"


def test_words_do_not_make_another_shape() -> None:
    one = {**obj(a={**TEXT, "description": "One.", "pattern": "^a$", "maxLength": 5}), "description": "First."}
    other = {**obj(a={**TEXT, "description": "Other.", "pattern": "^b$", "maxLength": 5}), "description": "Second."}
    kind = kind_of({"one": one, "other": other})
    assert type_at(kind, "spec", "other") == "FooSpecOne"
    description = kind.type("FooSpecOne").fields["a"].description
    assert "One." in description
    assert "maxLength: 5" in description
    assert "pattern" not in description, "a hint that only one place has would mislead at the other"


@pytest.mark.parametrize(
    "other",
    [
        {"a": {"type": "integer"}},
        {"a": {**TEXT, "default": "x"}},
        {"a": {**TEXT, "readOnly": True}},
        {"a": {**TEXT, "nullable": True}},
        {"a": {**TEXT, "enum": ["A"]}},
        {"a": {"type": "array", "items": TEXT}},
        {"a": TEXT, "b": TEXT},
    ],
)
def test_what_graphql_sees_makes_another_shape(other: dict[str, Any]) -> None:
    kind = kind_of({"one": obj(a=TEXT), "other": {"type": "object", "properties": other}})
    assert type_at(kind, "spec", "other") == "FooSpecOther"


def test_definitions_are_named_once_and_recursion_comes_back_to_them() -> None:
    tree = obj(name=TEXT, children={"type": "array", "items": {"$ref": "#/$defs/Tree"}}, next={"$ref": "#/$defs/Tree"})
    kind = kind_of({"left": {"$ref": "#/$defs/Tree"}, "right": {"$ref": "#/$defs/Tree"}}, **{"$defs": {"Tree": tree}})
    assert type_at(kind, "spec", "right") == "FooSpecLeft"
    assert type_at(kind, "spec", "left", "children") == "FooSpecLeft"
    assert type_at(kind, "spec", "left", "next") == "FooSpecLeft"


def test_lists_that_hold_only_themselves_are_json() -> None:
    kind = kind_of({"a": {"$ref": "#/$defs/L"}}, **{"$defs": {"L": {"type": "array", "items": {"$ref": "#/$defs/L"}}}})
    assert type_at(kind, "spec", "a") == "JSON"


@pytest.mark.parametrize("name", ["input", "filter", "patch", "listFilter", "connection"])
def test_a_clash_inside_a_kind_is_resolved_by_a_hash(name: str) -> None:
    kind = kind_of({name: obj(a=TEXT), "list": obj(filter=obj(b=TEXT)), "mode": {"type": "string", "enum": ["A"]},
                    "modeFilter": obj(c=TEXT)})  # fmt: skip
    again = kind_of({name: obj(a=TEXT), "list": obj(filter=obj(b=TEXT)), "mode": {"type": "string", "enum": ["A"]},
                     "modeFilter": obj(c=TEXT)})  # fmt: skip
    assert kind.type_names == again.type_names
    assert type_at(kind, "spec", name).startswith("FooSpec")
    base_snapshot().with_kind(kind).materialized_schema()


def test_extra_fields_never_take_the_names_of_the_kind() -> None:
    spec = {
        "kind": "Foo",
        "extraFields": {name: obj(a=TEXT) for name in ("filter", "edge", "patch", "event", "orderBy")},
    }
    kind = compile_spec(spec)
    for name in ("filter", "edge", "patch", "event", "orderBy"):
        assert re.fullmatch(r"Foo[A-Za-z]+_[0-9a-f]{8}", type_at(kind, name))


@pytest.mark.parametrize(
    "name", ["x-y", "a.b", "1st", "$ref", "__x", "__proto__", "$where", "名", "🙂", "a b", "", "a\0b"]
)
def test_any_property_name_gets_legal_names(name: str) -> None:
    kind = kind_of({name: obj(a=TEXT), "enum-" + name: {"type": "string", "enum": ["A"]}})
    schema = base_snapshot().with_kind(kind).materialized_schema()
    assert all(LEGAL.match(type_name) for type_name in kind.type_names)
    assert all(LEGAL.match(field) for field in schema.type_map["FooSpec"].fields)
    originals = {field.out_name for field in schema.type_map["FooSpecInput"].fields.values()}
    assert originals == {name, "enum-" + name}


def test_names_are_bounded_and_differ() -> None:
    schema: dict[str, Any] = TEXT
    for depth in range(40):
        schema = obj(**{"averageLongName": schema, f"only{depth}": TEXT})
    kind = kind_of({"a": schema})
    assert max(map(len, kind.type_names)) <= MAX_NAME_LENGTH
    assert len(kind.type_names) > 160


def test_enums_keep_their_values_or_are_strings() -> None:
    kind = kind_of(
        {
            "legal": {"type": "string", "enum": ["A", "b_1", "True"]},
            "nullable": {"type": ["string", "null"], "enum": ["A", None]},
            "escaped": {"type": "string", "enum": ["a-b"]},
            "reserved": {"type": "string", "enum": ["true"]},
            "dunder": {"type": "string", "enum": ["__a"]},
            "empty": {"type": "string", "enum": ["", "A"]},
            "numbers": {"type": "integer", "enum": [1, 2]},
        }
    )
    enum = kind.type("FooSpecLegal")
    assert isinstance(enum, GraphQLEnumType)
    assert list(enum.values) == ["A", "b_1", "True"]
    assert list(kind.type("FooSpecNullable").values) == ["A"]
    for name in ("escaped", "reserved", "dunder", "empty"):
        assert type_at(kind, "spec", name) == "String"
    assert type_at(kind, "spec", "numbers") == "BigInt"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer"}, "BigInt"),
        ({"type": "integer", "format": "int64"}, "BigInt"),
        ({"type": "integer", "format": "int32"}, "Int"),
        ({"type": "integer", "minimum": 0}, "BigInt"),
        ({"type": "integer", "minimum": 0, "maximum": 2**31 - 1}, "Int"),
        ({"type": "integer", "minimum": 0, "maximum": 2**31}, "BigInt"),
        ({"type": "integer", "exclusiveMinimum": -(2**31) - 1, "exclusiveMaximum": 2**31}, "Int"),
        ({"type": "number"}, "Float"),
        ({"type": "boolean"}, "Boolean"),
        ({"type": "string"}, "String"),
        ({"type": "string", "format": "uuid"}, "String"),
        ({"type": "string", "format": "date-time"}, "DateTime"),
        ({"type": ["string", "null"]}, "String"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"x-kubernetes-int-or-string": True}, "IntOrString"),
        ({"type": "object"}, "JSON"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "StringMap"),
        ({"type": "object", "additionalProperties": {"type": ["string", "null"]}}, "JSON"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "JSON"),
        ({"type": "object", "patternProperties": {"^a": {"type": "integer"}}}, "JSON"),
        ({"type": "object", "additionalProperties": False}, "JSON"),
        ({}, "JSON"),
        (True, "JSON"),
        ({"type": "array"}, "[JSON]"),
        ({"type": "array", "items": {"type": "string"}}, "[String]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}, "[[Boolean]]"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "JSON"),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, "JSON"),
    ],
)  # fmt: skip
def test_a_schema_reads_as(schema: Any, said: str) -> None:
    assert str(kind_of({"place": schema}).type("FooSpec").fields["place"].type) == said


def test_an_object_whose_parts_are_all_read_only_is_in_no_input() -> None:
    kind = kind_of({"seen": obj(a={**TEXT, "readOnly": True}), "secret": obj(b={**TEXT, "writeOnly": True})})
    fields = {role: kind.type(f"FooSpec{role}").fields for role in ("", "Input", "Patch", "Filter")}
    assert str(fields[""]["seen"].type) == "FooSpecSeen"
    assert str(fields["Input"]["seen"].type) == "JSON"
    assert str(fields[""]["secret"].type) == "JSON"
    assert str(fields["Input"]["secret"].type) == "FooSpecSecretInput"
    assert "FooSpecSeenInput" not in kind.type_names
    assert "FooSpecSecret" not in kind.type_names
    base_snapshot().with_kind(kind).materialized_schema()


def test_order_by_covers_name_creation_and_declared_indexes() -> None:
    schema = obj(region=TEXT, maxConns={"type": "integer"}, **{"x-y": TEXT, "x_y": TEXT})
    paths = ["spec.region", "spec.maxConns", "spec.x-y", "spec.x_y"]
    kind = compile_spec({"kind": "Foo", "schema": schema, "indexes": [{"fields": paths}, {"fields": ["spec.region"]}]})
    values = kind.type("FooOrderBy").values
    assert {"NAME_ASC", "NAME_DESC", "CREATED_AT_ASC", "SPEC_REGION_ASC", "SPEC_MAX_CONNS_DESC"} <= values.keys()
    assert len(values) == 2 * (2 + len(paths))
    assert {value.value.path for value in values.values()} >= {
        ("spec", "x-y"),
        ("spec", "x_y"),
        ("metadata", "createdAt"),
    }
