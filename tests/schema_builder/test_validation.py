"""Instances against schemas: the verdicts of the JSON Schema specification, and what failures say."""

from __future__ import annotations

import pytest

from schema_builder.dialect import Dialect
from schema_builder.errors import DefinitionRefused
from schema_builder.validation.compiler import compile_validator

NODE = {"$defs": {"n": {"properties": {"v": {"type": "integer"}, "next": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}
TREE = {
    "$id": "https://example.org/strict",
    "$dynamicAnchor": "node",
    "$ref": "tree",
    "unevaluatedProperties": False,
    "$defs": {
        "tree": {
            "$id": "https://example.org/tree",
            "$dynamicAnchor": "node",
            "type": "object",
            "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
        }
    },
}

VERDICTS = [
    ({"type": "integer"}, [1, 1.0, -0.0, 2**62], [1.5, True, "1", None]),
    ({"type": "number"}, [1, 1.5], [False, "1"]),
    ({"type": ["string", "null"]}, ["", None], [0, []]),
    ({"const": 1}, [1, 1.0], [True, "1", [1]]),
    ({"const": False}, [False], [0, 0.0, None]),
    ({"const": {"a": [1, {"b": None}]}}, [{"a": [1.0, {"b": None}]}], [{"a": [1, {"b": False}]}, {"a": [1]}]),
    ({"enum": ["a", 1, None]}, ["a", 1, None], [True, "b"]),
    ({"minimum": 1, "exclusiveMaximum": 3}, [1, 2.9, "x"], [0.9, 3]),
    ({"minimum": 1, "exclusiveMinimum": True}, [1.1], [1]),
    ({"maximum": 1, "exclusiveMaximum": False}, [1], [1.1]),
    ({"multipleOf": 0.01}, [0.07, 4.35, 1], [0.075]),
    ({"multipleOf": 0.5}, [1e308], [0.3]),
    ({"minLength": 2, "maxLength": 3}, ["ab", "💩💩", 1], ["a", "abcd"]),
    ({"pattern": "b+$"}, ["abb", 1], ["ba", "ab\n"]),
    ({"pattern": "^\\p{Letter}\\u0031$"}, ["é1"], ["11"]),
    ({"items": {"type": "string"}}, [["a"], [], {}], [["a", 1]]),
    ({"prefixItems": [{"type": "string"}], "items": False}, [["a"], []], [["a", 1], [1]]),
    ({"contains": {"const": 1}, "minContains": 2, "maxContains": 3}, [[1, 1], [1, 2, 1, 1]], [[1], [1, 1, 1, 1]]),
    ({"minItems": 1, "maxItems": 2}, [[1]], [[], [1, 2, 3]]),
    (
        {"uniqueItems": True},
        [[1, True, "1", "true"], [{"a": 1}, {"a": 2}], [[1], [True]]],
        [[1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}], [[1], [1.0]], ["1e5 .0", "1e5 .0"]],
    ),
    ({"required": ["a"]}, [{"a": None}, []], [{}]),
    ({"minProperties": 1, "maxProperties": 1}, [{"a": 1}], [{}, {"a": 1, "b": 2}]),
    ({"properties": {"a": False}}, [{}], [{"a": 1}]),
    (
        {"properties": {"a": {}}, "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
        [{"a": "", "x1": 1}],
        [{"b": 1}, {"x": "1"}],
    ),
    ({"additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "1"}]),
    ({"propertyNames": {"maxLength": 1}}, [{"a": 1}], [{"ab": 1}]),
    ({"dependentRequired": {"a": ["b"]}}, [{"b": 1}, {"a": 1, "b": 1}], [{"a": 1}]),
    ({"dependentSchemas": {"a": {"required": ["c"]}}}, [{}, {"a": 1, "c": 1}], [{"a": 1}]),
    ({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, [{"a": 1, "b": 1}], [{"a": 1}, {"c": 1}]),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1], [0, 3]),
    ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, ["a", 5], [4]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5], [3, 1.5]),
    ({"oneOf": []}, [1], []),
    ({"not": {"required": ["a", "b"]}}, [{"a": 1}], [{"a": 1, "b": 1}]),
    ({"if": {"const": 1}, "then": False, "else": {"type": "string"}}, ["a"], [1, 2]),
    (NODE, [{"next": {"next": {"v": 1}}}], [{"next": {"next": {"v": "1"}}}]),
    ({"$defs": {"a": {"$anchor": "here", "type": "string"}}, "$ref": "#here"}, ["a"], [1]),
    ({"$ref": "#/properties/a~1b", "properties": {"a/b": {"type": "object"}}}, [{}], [1]),
    (
        {"allOf": [{"properties": {"a": {}}}], "properties": {"b": {}}, "unevaluatedProperties": False},
        [{"a": 1, "b": 2}],
        [{"c": 1}],
    ),
    ({"prefixItems": [{}], "contains": {"type": "string"}, "unevaluatedItems": False}, [[1, "a"]], [[1, 2, "a"]]),
    (TREE, [{"children": [{"data": 1}]}], [{"children": [{"daat": 1}]}]),
    ({"type": "string", "nullable": True, "enum": ["a"]}, ["a", None], ["b"]),
    ({"x-kubernetes-int-or-string": True}, [1, "50%"], [1.5, None, []]),
    ({"type": "integer", "x-kubernetes-int-or-string": True}, ["1"], [[]]),
    ({"x-kubernetes-list-type": "set"}, [[1, 2]], [[1, 2, 1]]),
    (
        {
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": {"properties": {"protocol": {"default": "TCP"}}},
        },
        [[{"port": 1}, {"port": 1, "protocol": "UDP"}]],
        [[{"port": 1}, {"port": 1, "protocol": "TCP"}]],
    ),
    ({"x-kubernetes-embedded-resource": True}, [{"apiVersion": "v1", "kind": "Pod"}], [{"kind": "Pod"}]),
    (
        {"x-kubernetes-embedded-resource": True},
        [
            {"apiVersion": "v1", "kind": "Pod", "metadata": one}
            for one in (None, {}, {"name": "a", "labels": {"b": "c"}, "x": 1})
        ],
        [
            {"apiVersion": "v1", "kind": "Pod", "metadata": one}
            for one in (5, {"name": 5}, {"labels": ["a"]}, {"annotations": {"a": 1}})
        ],
    ),
    ({"x-kubernetes-validations": [{"rule": "self > 1"}]}, [0], []),
    (True, [1, None], []),
    (False, [], [1, None]),
]


@pytest.mark.parametrize(("schema", "valid", "invalid"), VERDICTS, ids=lambda value: str(value)[:60])
def test_verdicts_follow_the_specification(schema, valid, invalid):
    failures = compile_validator(schema)
    assert [instance for instance in valid if failures(instance)] == []
    assert [instance for instance in invalid if not failures(instance)] == []


DRAFT_7_VERDICTS = [
    ({"items": [{"type": "string"}], "additionalItems": {"type": "integer"}}, [["a", 1]], [["a", "b"], [1]]),
    ({"items": [{}], "additionalItems": False}, [[1]], [[1, 2]]),
    ({"additionalItems": False}, [[1]], []),
    ({"$ref": "#/definitions/a", "type": "string", "definitions": {"a": {"type": "integer"}}}, [1], ["a"]),
    ({"$ref": "#a", "definitions": {"a": {"$id": "#a", "type": "integer"}}}, [1], ["a"]),
    ({"prefixItems": [False], "unevaluatedItems": False, "minContains": 0}, [[1]], []),
    ({"dependencies": {"a": ["b"]}}, [{}], [{"a": 1}]),
]


@pytest.mark.parametrize(("schema", "valid", "invalid"), DRAFT_7_VERDICTS, ids=lambda value: str(value)[:60])
def test_draft_7_means_what_it_meant(schema, valid, invalid):
    failures = compile_validator({"$schema": Dialect.DRAFT_7.value + "#", **schema})
    assert [instance for instance in valid if failures(instance)] == []
    assert [instance for instance in invalid if not failures(instance)] == []


FORMATS = [
    ("date-time", ["2024-02-29T12:30:00Z", "2024-02-29t23:59:60z", "2024-01-01T00:00:00.123+05:30"]),
    ("date", ["2024-02-29"]),
    ("time", ["12:30:00Z", "01:29:60+01:30"]),
    ("ipv4", ["192.168.0.1"]),
    ("ipv6", ["::1", "::ffff:192.168.0.1"]),
    ("uri", ["https://user@example.org:80/a?b#c", "urn:x:y", "http://[::1]/"]),
    ("uuid", ["123E4567-e89b-12d3-a456-426614174000"]),
    ("email", ["a@example.org", "a.b+c@[127.0.0.1]", '"a b@c"@localhost', "a@[IPv6:::1]"]),
]
NO_FORMATS = [
    ("date-time", ["2024-02-30T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T24:00:00Z", "x"]),
    ("date", ["2023-02-29", "20240101", "2024-1-1", "\uff12024-01-01"]),
    ("time", ["12:30:60Z", "12:30", "12:30:00"]),
    ("ipv4", ["256.0.0.1", "1.2.3", "01.2.3.4"]),
    ("ipv6", ["1::2::3", "fe80::1%eth0"]),
    (
        "uri",
        ["/a", "http://a b", "http://[::1", "http://a[b]/", "a", "http://a:b/", "http://[::1]:b/", "http://a:1:2/"],
    ),
    ("uuid", ["123e4567e89b12d3a456426614174000"]),
    (
        "email",
        ["a", "@b", "a..b@c", ".a@b", "a.@b", "a@b=c", "a@-b", "a@b..c", "a@[1.2.3.300]", "a b@c", "a@b\n", "é@b"],
    ),
]


@pytest.mark.parametrize(("name", "texts"), FORMATS)
def test_claimed_formats_accept_what_they_name(name, texts):
    failures = compile_validator({"format": name})
    assert [text for text in [*texts, 5, None] if failures(text)] == []


@pytest.mark.parametrize(("name", "texts"), NO_FORMATS)
def test_claimed_formats_refuse_everything_else(name, texts):
    failures = compile_validator({"format": name})
    assert [text for text in texts if not failures(text)] == []


def test_unknown_formats_say_nothing():
    assert compile_validator({"format": "duration"})("1h") == []


def test_integer_formats_bound_integers():
    failures = compile_validator({"type": "integer", "format": "int32"})
    assert failures(2**31 - 1) == []
    assert [failure.keyword for failure in failures(2**31)] == ["format"]


def test_all_failures_are_reported_with_their_paths():
    schema = {
        "type": "object",
        "required": ["host"],
        "properties": {
            "port": {"type": "integer", "maximum": 65535, "multipleOf": 2},
            "a/b~c": {"items": {"type": "string"}},
        },
    }
    failures = compile_validator(schema)({"port": 70001, "a/b~c": ["x", 1, None]})
    assert sorted((failure.path, failure.keyword) for failure in failures) == [
        ("/a~1b~0c/1", "type"),
        ("/a~1b~0c/2", "type"),
        ("/host", "required"),
        ("/port", "maximum"),
        ("/port", "multipleOf"),
    ]


def test_messages_say_what_is_allowed():
    (failure,) = compile_validator({"enum": ["a", "b"]})("c" * 1000)
    assert failure.message.startswith('must be one of "a", "b", not "ccc')
    assert len(failure.message) < 150


def test_an_unknown_field_comes_with_the_name_that_may_be_meant():
    (failure,) = compile_validator({"properties": {"port": {}}, "additionalProperties": False})({"prot": 1})
    assert (failure.path, failure.keyword) == ("/prot", "additionalProperties")
    assert 'did you mean "port"?' in failure.message


def test_alternatives_tell_what_the_closest_lacks():
    schema = {"anyOf": [{"required": ["a"]}, {"required": ["b", "c", "d"]}]}
    (failure,) = compile_validator(schema)({})
    assert failure.message == "matches none of 2 alternatives; the closest: /a is required"


def test_the_same_value_in_two_places_is_reported_in_both():
    shared = {"v": "x"}
    schema = {"$defs": {"n": {"properties": {"v": {"type": "integer"}}}}, "additionalProperties": {"$ref": "#/$defs/n"}}
    assert [failure.path for failure in compile_validator(schema)({"a": shared, "b": shared})] == ["/a/v", "/b/v"]


def test_endless_nesting_of_an_instance_is_a_failure():
    instance = {}
    for _ in range(5000):
        instance = {"next": instance}
    assert [failure.keyword for failure in compile_validator(NODE)(instance)] == ["depth"]


META_SCHEMAS = [
    ({"$schema": Dialect.DRAFT_2020_12.value, "$ref": Dialect.DRAFT_2020_12.value}, "/properties/a/type"),
    ({"items": {"$ref": "https://json-schema.org/draft/2020-12/meta/validation"}}, "/0/type"),
    ({"$schema": Dialect.DRAFT_7.value + "#", "$ref": Dialect.DRAFT_7.value + "#"}, "/properties/a/type"),
]


@pytest.mark.parametrize(("schema", "path"), META_SCHEMAS, ids=str)
def test_the_meta_schemas_of_a_dialect_are_known_to_its_validator(schema, path):
    failures = compile_validator(schema)
    wrong = [{"type": "strin"}] if "items" in schema else {"properties": {"a": {"type": "strin"}}}
    assert failures([{"type": "string"}] if "items" in schema else {"properties": {"a": {"type": "string"}}}) == []
    assert {failure.path for failure in failures(wrong)} == {path}


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"$schema": Dialect.DRAFT_2020_12.value, "$ref": Dialect.DRAFT_7.value}, "/$ref"),
        ({"$ref": "https://json-schema.org/draft/2020-12/meta/none"}, "/$ref"),
        ({"$schema": "https://example.org/dialect"}, "/$schema"),
        ({"properties": {"a": {"$schema": Dialect.DRAFT_7.value, "$id": "http://a/b"}}}, "/properties/a/$schema"),
    ],
    ids=str,
)
def test_what_means_something_in_another_dialect_is_refused(schema, path):
    with pytest.raises(DefinitionRefused) as refused:
        compile_validator(schema)
    assert [failure.path for failure in refused.value.failures] == [path]


def test_a_wrong_schema_is_refused():
    with pytest.raises(DefinitionRefused) as refused:
        compile_validator({"properties": {"a": {"type": "strin"}}})
    assert [failure.path for failure in refused.value.failures] == ["/properties/a/type"]
