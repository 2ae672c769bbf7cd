"""What the structural tree makes of a schema."""

from __future__ import annotations

import pytest

from schema_builder.dialect import detect_dialect
from schema_builder.errors import DefinitionRefused
from schema_builder.references import Document
from schema_builder.structural import MISSING, ListType, NodeKind
from schema_builder.structure import structure


def tree(schema):
    document = Document(schema, dialect=detect_dialect(schema), path="/spec/schema")
    assert document.failures == []
    return structure(document)


def node(schema):
    return tree(schema).root


def refusal(schema):
    with pytest.raises(DefinitionRefused) as refused:
        tree(schema)
    return refused.value.failures


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, NodeKind.STRING),
        ({"type": "integer"}, NodeKind.INTEGER),
        ({"type": "number"}, NodeKind.NUMBER),
        ({"type": "boolean"}, NodeKind.BOOLEAN),
        ({"enum": ["a", "b"]}, NodeKind.STRING),
        ({"const": 5}, NodeKind.INTEGER),
        ({"type": "object", "properties": {"a": {}}}, NodeKind.OBJECT),
        ({"properties": {"a": {}}}, NodeKind.OBJECT),
        ({"type": "array", "items": {"type": "string"}}, NodeKind.LIST),
        ({"type": "array"}, NodeKind.LIST),
        ({"type": "object", "additionalProperties": {"type": "string"}}, NodeKind.MAP),
        ({"type": "object", "patternProperties": {"^a": {"type": "string"}}}, NodeKind.MAP),
        ({"x-kubernetes-int-or-string": True}, NodeKind.INT_OR_STRING),
        (
            {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
            NodeKind.INT_OR_STRING,
        ),
        ({}, NodeKind.JSON),
        (True, NodeKind.JSON),
        ({"type": "object"}, NodeKind.JSON),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, NodeKind.JSON),
        ({"type": ["string", "integer"]}, NodeKind.JSON),
        ({"type": "array", "prefixItems": [{}]}, NodeKind.JSON),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, NodeKind.JSON),
        ({"type": "null"}, NodeKind.JSON),
    ],
)
def test_each_schema_has_its_kind(schema, kind):
    assert node(schema).kind is kind


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"type": "string"}]},
        {"enum": ["a", None]},
    ],
)
def test_every_way_to_allow_null_is_seen(schema):
    found = node(schema)
    assert (found.kind, found.nullable) == (NodeKind.STRING, True)


def test_json_that_stands_for_several_types_says_why():
    assert node({"type": ["string", "integer"]}).reason == "may be any of integer, string"
    assert node({}).reason is None


def test_integers_have_the_bounds_that_are_proven():
    assert (node({"type": "integer", "format": "int32"}).minimum, node({"type": "integer"}).maximum) == (-(2**31), None)
    bounded = node({"type": "integer", "exclusiveMinimum": 0, "maximum": 9.5})
    assert (bounded.minimum, bounded.maximum) == (1, 9)
    assert node({"type": "integer", "minimum": 0, "exclusiveMinimum": True}).minimum == 1


def test_falsy_defaults_are_defaults_and_null_too():
    schema = {"properties": {"a": {"default": False}, "b": {"default": 0}, "c": {"default": None}, "d": {}}}
    defaults = [child.default for child in node(schema).properties.values()]
    assert defaults == [False, 0, None, MISSING]


def test_declared_properties_close_an_object_unless_it_allows_others():
    base = {"type": "object", "properties": {"a": {}}}
    assert not node(base).open
    assert node({**base, "additionalProperties": True}).open
    assert node({**base, "x-kubernetes-preserve-unknown-fields": True}).open
    assert node({**base, "additionalProperties": {"type": "string"}}).values.kind is NodeKind.STRING
    assert node({**base, "patternProperties": {"^x-": {}}}).patterns == ("^x-",)


def test_all_of_is_merged():
    merged = node(
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
                {"properties": {"a": {"type": "integer", "minimum": 3}, "b": {"enum": ["x", "y"]}}},
                {"properties": {"b": {"enum": ["y", "z"]}}},
            ]
        }
    )
    assert merged.required == {"a"}
    assert (merged.properties["a"].kind, merged.properties["a"].minimum) == (NodeKind.INTEGER, 3)
    assert merged.properties["b"].enum == ("y",)


@pytest.mark.parametrize(
    "contradiction",
    [
        [{"type": "string"}, {"type": "integer"}],
        [{"type": "integer", "minimum": 5}, {"maximum": 4}],
        [{"enum": ["a"]}, {"enum": ["b"]}],
        [{"const": 1}, {"enum": [2, 3]}],
        [{"minLength": 5}, {"maxLength": 4}],
        [{"properties": {"a": {}}, "additionalProperties": False}, {"required": ["b"]}],
        [{"type": "string"}, False],
    ],
)
def test_a_contradiction_in_all_of_is_refused_where_it_stands(contradiction):
    (failure,) = refusal({"type": "object", "properties": {"x": {"allOf": contradiction}}})
    assert (failure.path, failure.keyword) == ("/spec/schema/properties/x", "allOf")


def test_alternatives_that_only_constrain_leave_the_shape():
    base = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    plain = node(base)
    constrained = node({**base, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]})
    assert constrained.properties == plain.properties
    assert constrained.required == frozenset()
    assert constrained.atomic
    assert not plain.atomic


def test_alternatives_that_add_properties_are_merged_into_the_shape():
    merged = node(
        {
            "type": "object",
            "properties": {"kind": {"type": "string"}},
            "oneOf": [
                {"properties": {"kind": {"const": "a"}, "size": {"type": "integer", "default": 1}}},
                {"properties": {"kind": {"const": "b"}, "size": {"type": "string"}, "only": {"type": "boolean"}}},
            ],
        }
    )
    assert merged.properties["kind"].kind is NodeKind.STRING
    assert merged.properties["kind"].enum == ()
    assert merged.properties["only"].kind is NodeKind.BOOLEAN
    assert (merged.properties["size"].kind, merged.properties["size"].reason) == (
        NodeKind.JSON,
        "may be any of integer, string",
    )
    assert merged.properties["size"].default is MISSING


def test_a_discriminator_that_only_alternatives_know_has_all_their_values():
    branches = [{"type": "object", "properties": {"kind": {"const": value}}} for value in ("a", "b")]
    assert node({"oneOf": branches}).properties["kind"].enum == ("a", "b")


def test_conditions_and_dependent_schemas_declare_properties():
    schema = {
        "type": "object",
        "if": {"properties": {"a": {"const": 1}}},
        "then": {"properties": {"b": {"type": "string"}}},
        "dependentSchemas": {"a": {"properties": {"c": {"type": "string"}}}},
    }
    assert set(node(schema).properties) == {"a", "b", "c"}


def test_references_name_definitions_and_may_recur():
    found = tree(
        {
            "$defs": {
                "Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node", "description": "on"}}}
            },
            "type": "object",
            "properties": {
                "first": {"$ref": "#/$defs/Node"},
                "last": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
        }
    )
    first, last = found.root.properties["first"], found.root.properties["last"]
    assert (first.kind, first.target, first.nullable) == (NodeKind.REFERENCE, "Node", False)
    assert (last.target, last.nullable) == ("Node", True)
    again = found.definitions["Node"].properties["next"]
    assert (again.target, again.description) == ("Node", "on")
    assert found.resolve(again) is found.definitions["Node"]


def test_a_recursive_merge_ends():
    found = tree(
        {
            "$defs": {"N": {"properties": {"next": {"allOf": [{"$ref": "#/$defs/N"}, {"required": ["v"]}]}, "v": {}}}},
            "allOf": [{"$ref": "#/$defs/N"}, {"type": "object"}],
        }
    )
    deep = found.root
    for _ in range(10):
        deep = found.resolve(deep.properties["next"])
        assert set(deep.properties) == {"next", "v"}


def test_a_recursive_root_refers_to_itself():
    found = tree({"type": "object", "properties": {"child": {"$ref": "#"}}})
    assert found.resolve(found.root.properties["child"]) is found.root


def test_equal_shapes_are_one_object_whatever_their_order():
    found = node(
        {
            "type": "object",
            "properties": {
                "a": {"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "integer"}}},
                "b": {"type": "object", "properties": {"y": {"type": "integer"}, "x": {"type": "string"}}},
            },
        }
    )
    assert found.properties["a"] is found.properties["b"]


def test_kubernetes_keywords_are_kept():
    schema = {
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "ports": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["port"],
                "items": {"type": "object", "properties": {"port": {"type": "integer"}}},
            },
            "pod": {
                "type": "object",
                "x-kubernetes-embedded-resource": True,
                "properties": {"spec": {"type": "object", "x-kubernetes-validations": [{"rule": "self.a > 1"}]}},
            },
        },
    }
    found = node(schema)
    ports, pod = found.properties["ports"], found.properties["pod"]
    assert found.atomic
    assert (ports.list_type, ports.list_keys) == (ListType.MAP, ("port",))
    assert pod.embedded_resource
    metadata = pod.properties["metadata"]
    assert {name: child.kind for name, child in metadata.properties.items()} == {
        "name": NodeKind.STRING,
        "generateName": NodeKind.STRING,
        "namespace": NodeKind.STRING,
        "labels": NodeKind.MAP,
        "annotations": NodeKind.MAP,
    }
    assert metadata.open
    assert set(pod.properties) == {"apiVersion", "kind", "metadata", "spec"}
    assert pod.properties["spec"].hints == ("rule: self.a > 1",)


def test_json_that_hides_something_is_hidden_whole():
    secret = {"type": "object", "properties": {"password": {"type": "string", "writeOnly": True}}}
    found = node({"type": "object", "properties": {"auth": {"oneOf": [{"type": "string"}, secret]}}})
    assert found.properties["auth"].kind is NodeKind.JSON
    assert found.properties["auth"].write_only


def test_constraints_that_graphql_cannot_say_become_hints():
    found = node({"type": "string", "pattern": "^a+$", "maxLength": 5, "not": {"const": "aa"}})
    assert found.hints == ("maxLength: 5", "pattern: ^a+$", "not: some values are forbidden")


def test_a_forbidden_property_is_no_part_of_the_shape():
    assert set(node({"type": "object", "properties": {"a": False, "b": True}}).properties) == {"b"}
