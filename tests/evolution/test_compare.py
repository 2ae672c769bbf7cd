"""What a change of a definition is found to mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schema_builder.evolution.change import Audience, Severity
from schema_builder.evolution.compare import compare_kinds
from tests.schema_builder.drawn import compile_spec

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

SCHEMA = "/spec/schema"


def kind(schema: Any, **more: Any) -> CompiledKind:
    return compile_spec({"kind": "Service", "schema": schema, **more})


def of_field(schema: Any, **more: Any) -> CompiledKind:
    return kind({"type": "object", "properties": {"a": schema}, **more})


def found(before: CompiledKind, after: CompiledKind) -> set[tuple[str, str, str, str]]:
    """Return (severity, audience, kind of change, path) of every difference."""
    changes = compare_kinds(before, after)
    return {(one.severity.value, one.audience.value, one.change, one.path) for one in changes}


def worst(before: CompiledKind, after: CompiledKind, audience: Audience | None = None) -> Severity:
    severities = [one.severity for one in compare_kinds(before, after) if audience in (None, one.audience)]
    return next((one for one in (Severity.BREAKING, Severity.DANGEROUS) if one in severities), Severity.SAFE)


def test_equal_kinds_differ_in_nothing() -> None:
    assert compare_kinds(of_field({"type": "string"}), of_field({"type": "string"})) == []


def test_a_new_optional_field_is_safe() -> None:
    after = kind({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})
    assert found(of_field({"type": "string"}), after) == {("SAFE", "CLIENTS", "FIELD_ADDED", f"{SCHEMA}/properties/b")}


def test_a_removed_field_breaks_clients_and_resources() -> None:
    before = kind({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})
    path = f"{SCHEMA}/properties/b"
    assert found(before, of_field({"type": "string"})) == {
        ("BREAKING", "CLIENTS", "FIELD_REMOVED", path),
        ("BREAKING", "RESOURCES", "FIELD_REMOVED", path),
    }


def test_a_removed_field_of_an_open_object_breaks_clients_alone() -> None:
    before = of_field({"type": "string"}, additionalProperties=True)
    after = kind({"type": "object", "properties": {"b": {}}, "additionalProperties": True})
    assert worst(before, after, Audience.CLIENTS) is Severity.BREAKING
    assert worst(before, after, Audience.RESOURCES) is Severity.SAFE


def test_a_new_required_field_breaks_both_and_with_a_default_neither() -> None:
    properties = {"a": {"type": "string"}, "b": {"type": "integer"}}
    before = kind({"type": "object", "properties": properties})
    after = kind({"type": "object", "properties": properties, "required": ["b"]})
    assert worst(before, after, Audience.CLIENTS) is worst(before, after, Audience.RESOURCES) is Severity.BREAKING
    properties["b"] = {"type": "integer", "default": 1}
    assert worst(before, kind({"type": "object", "properties": properties, "required": ["b"]})) is Severity.SAFE


@pytest.mark.parametrize(
    ("narrow", "wide", "change"),
    [
        ({"type": "integer", "maximum": 5}, {"type": "integer", "maximum": 9}, "BOUND_TIGHTENED"),
        ({"type": "integer", "minimum": 5}, {"type": "integer"}, "BOUND_TIGHTENED"),
        ({"type": "number", "exclusiveMinimum": 5}, {"type": "number", "minimum": 5}, "BOUND_TIGHTENED"),
        ({"type": "integer", "multipleOf": 6}, {"type": "integer", "multipleOf": 3}, "MULTIPLE_CHANGED"),
        ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}, "BOUND_TIGHTENED"),
        ({"type": "string", "minLength": 1}, {"type": "string"}, "BOUND_TIGHTENED"),
        ({"type": "string", "pattern": "^a"}, {"type": "string"}, "PATTERN_CHANGED"),
        ({"type": "string", "format": "uuid"}, {"type": "string"}, "FORMAT_CHANGED"),
        ({"enum": ["a-b"]}, {"enum": ["a-b", "c-d"]}, "ENUM_VALUE_REMOVED"),
        ({"type": "string", "enum": ["a-b"]}, {"type": "string"}, "ENUM_ADDED"),
        ({"type": "string", "const": "a"}, {"type": "string", "enum": ["a", "b-c"]}, "ENUM_VALUE_REMOVED"),
        ({"type": "array", "items": {}, "uniqueItems": True}, {"type": "array", "items": {}}, "UNIQUE"),
        ({"type": "array", "items": {}, "maxItems": 2}, {"type": "array", "items": {}}, "BOUND_TIGHTENED"),
        (
            {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            {"type": "array", "items": {"type": "string"}},
            "LIST_TYPE_CHANGED",
        ),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"type": "object"}, "TYPE_CHANGED"),
        ({"type": "object", "properties": {"b": {}}}, {"type": "object"}, "CLOSED"),
        ({"type": "string", "not": {"const": "a"}}, {"type": "string"}, "CONDITION_CHANGED"),
        (
            {"type": "string", "not": {"enum": ["a", "b"]}},
            {"type": "string", "not": {"const": "a"}},
            "CONDITION_CHANGED",
        ),
        (
            {"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 2}]},
            {"type": "integer", "anyOf": [{"minimum": 4}, {"maximum": 2}]},
            "CONDITION_CHANGED",
        ),
        ({"type": "integer", "x-kubernetes-validations": [{"rule": "self > 1"}]}, {"type": "integer"}, "RULE_ADDED"),
        (
            {"type": "object", "properties": {"b": {}, "c": {}}, "dependentRequired": {"b": ["c"]}},
            {"type": "object", "properties": {"b": {}, "c": {}}},
            "CONDITION_CHANGED",
        ),
        (
            {"type": "string", "if": {"pattern": "^a"}, "then": {"minLength": 3}},
            {"type": "string", "if": {"pattern": "^a"}, "then": {"minLength": 2}},
            "CONDITION_CHANGED",
        ),
        (
            {"type": "array", "items": {}, "contains": {"type": "string"}},
            {"type": "array", "items": {}},
            "CONDITION_CHANGED",
        ),
        ({"allOf": [{"type": "integer", "maximum": 5}]}, {"type": "integer"}, "BOUND_TIGHTENED"),
    ],
)  # fmt: skip
def test_tightening_breaks_resources_and_loosening_is_safe(narrow: Any, wide: Any, change: str) -> None:
    changes = compare_kinds(of_field(wide), of_field(narrow))
    told = [one for one in changes if one.audience is Audience.RESOURCES and one.severity is Severity.BREAKING]
    assert change in {one.change for one in told}
    assert all(one.path.startswith(f"{SCHEMA}/properties/a") for one in told)
    assert worst(of_field(narrow), of_field(wide), Audience.RESOURCES) is Severity.SAFE


def test_an_enum_value_more_is_dangerous_and_one_less_breaks() -> None:
    few, many = of_field({"type": "string", "enum": ["A"]}), of_field({"type": "string", "enum": ["A", "B"]})
    path = f"{SCHEMA}/properties/a"
    assert ("DANGEROUS", "CLIENTS", "ENUM_VALUE_ADDED", path) in found(few, many)
    assert worst(few, many) is Severity.DANGEROUS
    assert found(many, few) == {
        ("BREAKING", "CLIENTS", "ENUM_VALUE_REMOVED", path),
        ("BREAKING", "RESOURCES", "ENUM_VALUE_REMOVED", f"{path}/enum"),
    }


def test_another_default_is_dangerous() -> None:
    before, after = of_field({"type": "string", "default": "a"}), of_field({"type": "string", "default": "b"})
    assert found(before, after) == {("DANGEROUS", "CLIENTS", "DEFAULT_CHANGED", f"{SCHEMA}/properties/a/default")}


def test_another_alternative_of_one_is_dangerous() -> None:
    few = of_field({"type": "integer", "oneOf": [{"maximum": 1}, {"minimum": 5}]})
    many = of_field({"type": "integer", "oneOf": [{"maximum": 1}, {"minimum": 5}, {"multipleOf": 3}]})
    assert worst(few, many) is Severity.DANGEROUS
    assert worst(many, few) is Severity.BREAKING


def test_a_mark_of_deprecation_and_other_words_are_safe() -> None:
    after = of_field({"type": "string", "deprecated": True, "description": "Old."})
    assert {change for _, _, change, _ in found(of_field({"type": "string"}), after)} == {
        "DEPRECATED",
        "DESCRIPTION_CHANGED",
    }
    assert worst(of_field({"type": "string"}), after) is Severity.SAFE


def test_a_type_that_changes_its_name_breaks_clients() -> None:
    shape = {"type": "object", "properties": {"x": {"type": "string"}}}
    other = {"type": "object", "properties": {"y": {"type": "string"}}}
    before = kind({"type": "object", "properties": {"a": shape, "b": shape}})
    after = kind({"type": "object", "properties": {"a": other, "b": shape}})
    assert ("BREAKING", "CLIENTS", "TYPE_CHANGED", f"{SCHEMA}/properties/b") in found(before, after)


def test_names_and_orders_of_the_kind_itself_are_compared() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    indexes = [{"fields": ["spec.a"]}]
    before, after = kind(schema, indexes=indexes), kind(schema, plural="svcs")
    assert {(change, path) for _, _, change, path in found(before, after)} == {
        ("ROOT_FIELD_RENAMED", "/spec/plural"),
        ("ORDER_REMOVED", "/spec/indexes"),
    }
    assert worst(kind(schema), kind(schema, indexes=indexes)) is Severity.SAFE
    assert worst(kind(schema), kind(schema, indexes=[{"fields": ["spec.a"], "unique": True}])) is Severity.DANGEROUS


def test_what_references_name_is_compared_once_where_it_stands() -> None:
    def tree(maximum: int) -> Any:
        tree = {
            "type": "object",
            "properties": {
                "n": {"type": "integer", "maximum": maximum},
                "next": {"$ref": "#/$defs/Tree"},
                "all": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
        }
        return {"type": "object", "properties": {"root": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": tree}}

    path = f"{SCHEMA}/$defs/Tree/properties/n/maximum"
    assert found(kind(tree(9)), kind(tree(5))) == {("BREAKING", "RESOURCES", "BOUND_TIGHTENED", path)}
    assert found(kind(tree(5)), kind(tree(9))) == {("SAFE", "RESOURCES", "BOUND_LOOSENED", path)}


def test_sections_that_come_and_go_are_compared() -> None:
    bare = {"kind": "Service"}
    full = {**bare, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}, "extraFields": {"data": {}}}
    assert worst(compile_spec(bare), compile_spec(full)) is Severity.SAFE
    removed = found(compile_spec(full), compile_spec(bare))
    assert ("BREAKING", "CLIENTS", "FIELD_REMOVED", "/spec/extraFields/data") in removed
    assert ("BREAKING", "RESOURCES", "FIELD_REMOVED", "/spec/schema") in removed


def test_a_status_that_is_typed_later_may_refuse_what_is_stored() -> None:
    before = kind({"type": "object"})
    after = kind({"type": "object"}, statusSchema={"type": "object", "properties": {"ready": {"type": "boolean"}}})
    assert worst(before, after, Audience.RESOURCES) is Severity.BREAKING


def test_messages_say_what_was_and_what_is() -> None:
    changes = compare_kinds(of_field({"type": "integer", "maximum": 9}), of_field({"type": "integer", "maximum": 5}))
    assert [one.message for one in changes] == ["spec.a must be at most 5, was 9"]


def test_what_is_as_it_was_is_never_told_however_it_is_nested() -> None:
    values = {"type": "object", "properties": {"x": {"type": "object", "properties": {"y": {}}}}}
    kept = {
        "map": {"type": "object", "additionalProperties": values},
        "named": {"type": "object", "patternProperties": {"^a": values, "^b": values}},
        "tuple": {"type": "array", "prefixItems": [values], "items": values},
        "either": {"anyOf": [{"type": "string"}, values]},
        "tree": {"$ref": "#/$defs/Tree"},
    }
    tree = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Tree"}, "value": values}}
    for moved in ({"type": "string"}, {"type": "object", "properties": {"z": {"type": "string"}}}):
        before = kind({"type": "object", "properties": kept, "$defs": {"Tree": tree}})
        after = kind({"type": "object", "properties": {**kept, "new": moved}, "$defs": {"Tree": tree}})
        assert found(before, after) == {("SAFE", "CLIENTS", "FIELD_ADDED", f"{SCHEMA}/properties/new")}


def test_a_field_of_one_alternative_that_is_gone_breaks() -> None:
    def either(**fields: Any) -> CompiledKind:
        branches = [{"type": "object", "required": ["a"], "properties": fields}, {"type": "object", "required": ["b"]}]
        return kind({"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": branches})

    changes = compare_kinds(either(a={}, c={}), either(a={}))
    assert Severity.BREAKING in {one.severity for one in changes if one.audience is Audience.RESOURCES}
