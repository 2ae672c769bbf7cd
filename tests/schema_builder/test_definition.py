"""What a definition says, and what is refused with where and why."""

from __future__ import annotations

import copy

import pytest

from schema_builder.definition import Column, Scope, parse_definition
from schema_builder.errors import DefinitionRefused

SPEC = {
    "kind": "ExternalService",
    "group": "net.example.org",
    "schema": {
        "type": "object",
        "required": ["host"],
        "properties": {
            "host": {"type": "string"},
            "port": {"type": "integer", "default": 443},
            "tags": {"type": "array", "items": {"type": "string"}},
            "secret": {"type": "string", "writeOnly": True},
            "a.b": {"type": "string"},
        },
    },
}


def refused(spec, *, name=None):
    with pytest.raises(DefinitionRefused) as caught:
        parse_definition(spec, name=name)
    return [(failure.path, failure.keyword) for failure in caught.value.failures]


def with_property(schema):
    return {"kind": "Foo", "schema": {"type": "object", "properties": {"a": schema}}}


def test_a_definition_is_named_by_its_graphql_name():
    definition = parse_definition(SPEC, name="NetExampleOrg_ExternalService")
    assert definition.name == definition.names.type_name == "NetExampleOrg_ExternalService"
    assert (definition.singular, definition.plural) == ("externalService", "externalServices")
    assert definition.scope is Scope.NAMESPACED
    assert refused(SPEC, name="ExternalService") == [("/metadata/name", "name")]


def test_only_the_sections_with_a_schema_have_a_structure():
    assert set(parse_definition({"kind": "Foo"}, name=None).sections) == set()
    definition = parse_definition({**SPEC, "statusSchema": {}, "extraFields": {"data": {"type": "object"}}}, name=None)
    assert set(definition.sections) == {"spec", "status", "data"}


def test_a_definition_shares_nothing_with_what_it_was_made_from():
    spec = copy.deepcopy(SPEC)
    definition = parse_definition(spec, name=None)
    spec["schema"]["properties"].clear()
    assert "host" in definition.schema_of("spec")["properties"]


def test_the_fingerprint_follows_what_is_served():
    fingerprint = parse_definition(SPEC, name=None).fingerprint
    assert parse_definition(copy.deepcopy(SPEC), name=None).fingerprint == fingerprint
    changes = [
        {"scope": "CLUSTER"},
        {"description": "x"},
        {"statusSchema": {}},
        {"indexes": [{"fields": ["spec.port"]}]},
    ]
    assert len({parse_definition({**SPEC, **change}, name=None).fingerprint for change in changes} | {fingerprint}) == 5


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "1st"}, "/spec/kind"),
        ({"kind": "a_b"}, "/spec/kind"),
        ({"kind": None}, "/spec/kind"),
        ({"kind": "A" * 64}, "/spec/kind"),
        ({"kind": 5}, "/spec/kind"),
        ({"group": "Net.Example"}, "/spec/group"),
        ({"group": "a..b"}, "/spec/group"),
        ({"group": "-a"}, "/spec/group"),
        ({"plural": "Services"}, "/spec/plural"),
        ({"singular": "a-b"}, "/spec/singular"),
        ({"graphqlName": "__Type"}, "/spec/graphqlName"),
        ({"graphqlName": "a b"}, "/spec/graphqlName"),
        ({"scope": "Namespaced"}, "/spec/scope"),
        ({"scope": {}}, "/spec/scope"),
        ({"description": 5}, "/spec/description"),
        ({"schema": []}, "/spec/schema"),
        ({"statusSchema": "x"}, "/spec/statusSchema"),
        ({"extraFields": []}, "/spec/extraFields"),
        ({"extraFields": {"metadata": {}}}, "/spec/extraFields/metadata"),
        ({"extraFields": {"a/b": 1}}, "/spec/extraFields/a~1b"),
        ({"shcema": {}}, "/spec/shcema"),
        ({"columns": [{"name": "Port"}]}, "/spec/columns/0/path"),
        ({"columns": [{"name": "Port", "path": "spec.port", "type": "int"}]}, "/spec/columns/0/type"),
        ({"indexes": {}}, "/spec/indexes"),
        ({"indexes": [{"fields": []}]}, "/spec/indexes/0/fields"),
        ({"indexes": [{"fields": ["spec.nope"]}]}, "/spec/indexes/0/fields/0"),
        ({"indexes": [{"fields": ["spec.tags"]}]}, "/spec/indexes/0/fields/0"),
        ({"indexes": [{"fields": ["spec"]}]}, "/spec/indexes/0/fields/0"),
        ({"indexes": [{"fields": ["spec.secret"]}]}, "/spec/indexes/0/fields/0"),
        ({"indexes": [{"fields": ["status.phase"]}]}, "/spec/indexes/0/fields/0"),
        ({"indexes": [{"fields": ["spec.port", "spec.port"]}]}, "/spec/indexes/0/fields"),
        ({"indexes": [{"fields": ["spec.port"], "unique": 1}]}, "/spec/indexes/0/unique"),
        ({"indexes": [{"fields": ["spec.port"]}] * 17}, "/spec/indexes/16"),
        ({"indexes": [{"fields": ["spec.port"], "unique": True}] * 9}, "/spec/indexes/8"),
    ],
)
def test_what_a_definition_may_not_say_is_refused_where_it_stands(change, path):
    assert [failure[0] for failure in refused({**SPEC, **change})] == [path]


def test_all_failures_of_a_definition_come_at_once():
    assert refused({"kind": "a b", "group": "X", "scope": "x"}) == [
        ("/spec/group", "pattern"),
        ("/spec/kind", "pattern"),
        ("/spec/scope", "enum"),
    ]


def test_all_failures_of_its_schemas_come_at_once_too():
    spec = {
        "kind": "Foo",
        "columns": [{"name": "A"}],
        "schema": {
            "minLength": "x",
            "properties": {
                "a": {"pattern": "(?=a)"},
                "b": {"$ref": "https://example.org/schema.json"},
                "c": {"$ref": "#/$defs/nope"},
            },
        },
        "statusSchema": {"type": "strin"},
    }
    assert refused(spec, name="Bar") == [
        ("/metadata/name", "name"),
        ("/spec/columns/0/path", "type"),
        ("/spec/schema/minLength", "minLength"),
        ("/spec/schema/properties/a/pattern", "pattern"),
        ("/spec/schema/properties/b/$ref", "$ref"),
        ("/spec/schema/properties/c/$ref", "$ref"),
        ("/spec/statusSchema/type", "type"),
    ]


def test_of_very_many_failures_the_first_are_told():
    failures = refused({"kind": "Foo", "schema": {"properties": {f"p{n}": {"type": 1} for n in range(20_000)}}})
    assert failures[0] == ("", "limit")
    assert len(failures) == 10_001


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"type": "strin"}, "/type"),
        ({"type": []}, "/type"),
        ({"type": ["string", "string"]}, "/type"),
        ({"properties": []}, "/properties"),
        ({"properties": {"b": 5}}, "/properties"),
        ({"required": "b"}, "/required"),
        ({"required": True}, "/required"),
        ({"required": ["b", "b"]}, "/required"),
        ({"minLength": -1}, "/minLength"),
        ({"maxItems": 1.5}, "/maxItems"),
        ({"multipleOf": 0}, "/multipleOf"),
        ({"enum": "a"}, "/enum"),
        ({"allOf": {}}, "/allOf"),
        ({"items": [{}]}, "/items"),
        ({"description": 5}, "/description"),
        ({"nullable": "yes"}, "/nullable"),
        ({"x-kubernetes-list-type": "bag"}, "/x-kubernetes-list-type"),
        ({"pattern": "(?=a)"}, "/pattern"),
        ({"pattern": "("}, "/pattern"),
        ({"patternProperties": {"[": {}}}, "/patternProperties/["),
        ({"$ref": "https://example.org/schema.json"}, "/$ref"),
        ({"$ref": "file:///etc/passwd"}, "/$ref"),
        ({"$ref": "other.json"}, "/$ref"),
        ({"$ref": "#/$defs/nope"}, "/$ref"),
        ({"$ref": "#nope"}, "/$ref"),
        ({"$ref": "#/allOf/1", "allOf": [{}]}, "/$ref"),
        ({"$ref": "#/properties/a/allOf/0000000009", "allOf": [{}]}, "/$ref"),
        ({"$ref": "#/properties/a/enum", "enum": [1]}, "/$ref"),
        ({"$ref": "#/properties/a"}, "/$ref"),
        ({"allOf": [{"$ref": "#/properties/a"}]}, "/allOf"),
        ({"maximum": 2**64}, "/maximum"),
        ({"default": [10**30]}, "/default/0"),
        ({"type": "integer", "default": "x"}, "/default"),
        ({"minimum": float("nan")}, "/minimum"),
    ],
)
def test_a_schema_that_cannot_be_honoured_is_refused_where_it_stands(schema, path):
    found = [failure[0] for failure in refused(with_property(schema))]
    assert f"/spec/schema/properties/a{path}" in found
    assert len(found) == 1


def test_the_dialect_must_be_one_of_ours():
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}
    assert refused({"kind": "Foo", "schema": schema}) == [("/spec/schema/$schema", "$schema")]


def test_a_named_dialect_is_taken_by_its_word():
    openapi = {"type": "number", "minimum": 1, "exclusiveMinimum": True}
    assert parse_definition(with_property(openapi), name=None)
    strict = with_property(openapi)
    strict["schema"]["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    assert refused(strict) == [("/spec/schema/properties/a/exclusiveMinimum", "exclusiveMinimum")]


def test_the_position_of_a_wrong_pattern_is_told():
    with pytest.raises(DefinitionRefused, match="cannot be served") as caught:
        parse_definition(with_property({"pattern": "^ab(?!c)"}), name=None)
    assert "at character 3" in caught.value.failures[0].message


def test_indexes_are_paths_of_original_names():
    definition = parse_definition(
        {**SPEC, "indexes": [{"fields": ["spec.port", "spec.a\\.b"], "unique": True}]}, name=None
    )
    assert definition.indexes == (((("spec", "port"), ("spec", "a.b")), True),)


def test_columns_are_strings_unless_they_say_otherwise():
    columns = [{"name": "Port", "path": "spec.port", "type": "integer"}, {"name": "Host", "path": ".spec.host"}]
    definition = parse_definition({**SPEC, "columns": columns}, name=None)
    assert definition.columns == (Column("Port", "spec.port", "integer"), Column("Host", ".spec.host", "string"))


def test_null_keywords_are_absent_as_in_kubernetes():
    schema = {"x-kubernetes-int-or-string": True, "anyOf": None, "default": None, "nullable": True}
    assert parse_definition(with_property(schema), name=None)


def test_a_boolean_schema_is_a_schema():
    assert parse_definition({"kind": "Foo", "schema": True}, name=None).schema_of("spec") == {}
    assert parse_definition({"kind": "Foo", "schema": False}, name=None).schema_of("spec") == {"not": {}}


def test_all_that_is_wrong_with_a_definition_is_told_at_once():
    wrong = {"type": "object", "properties": {"a": {"type": "strin"}, "b": {"pattern": "("}}}
    contradictions = {
        "type": "object",
        "properties": {
            "x": {"allOf": [{"type": "string"}, {"type": "integer"}]},
            "y": {"allOf": [{"minimum": 5, "type": "integer"}, {"maximum": 4}]},
        },
    }
    defaults = {"type": "object", "properties": {"m": {"type": "integer", "default": "one"}, "n": {"type": "string"}}}
    with pytest.raises(DefinitionRefused) as refused:
        parse_definition(
            {
                "kind": "No kind",
                "scope": "EVERYWHERE",
                "bogus": 1,
                "schema": wrong,
                "statusSchema": contradictions,
                "extraFields": {"data": defaults, "metadata": {}, "more": 5},
                "indexes": [{"fields": ["spec.a"]}, {"fields": ["data.n"]}, {"fields": ["data.none"]}],
                "columns": [{"name": "", "path": "spec.a"}],
            },
            name=None,
        )
    assert [failure.path for failure in refused.value.failures] == [
        "/spec/bogus",
        "/spec/columns/0/name",
        "/spec/extraFields/data/properties/m/default",
        "/spec/extraFields/metadata",
        "/spec/extraFields/more",
        "/spec/indexes/2/fields/0",
        "/spec/kind",
        "/spec/schema/properties/a/type",
        "/spec/schema/properties/b/pattern",
        "/spec/scope",
        "/spec/statusSchema/properties/x",
        "/spec/statusSchema/properties/y",
    ]
    assert str(refused.value).startswith("The definition cannot be served: /spec/bogus is no field")
    assert str(refused.value).endswith(", and 11 more failures.")


@pytest.mark.parametrize(
    "spec",
    [
        {"schema": {"type": "object"}, "kind": None},
        {"kind": "A", "schema": 5},
        {"kind": "A", "extraFields": []},
        {"kind": "A", "extraFields": {"a": {"type": "x"}}, "indexes": "all"},
        {"kind": "A", "schema": {"$schema": "urn:x"}, "indexes": [{"fields": ["spec.a", "spec.b"]}]},
    ],
    ids=str,
)
def test_one_mistake_is_told_once_whatever_follows_from_it(spec):
    with pytest.raises(DefinitionRefused) as refused:
        parse_definition(spec, name=None)
    assert len(refused.value.failures) == (2 if "all" in spec.values() else 1)
