"""What a definition may say about the resources that its strings name, and the fields that come of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import print_type

from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused
from schema_builder.evolution.compare import compare_kinds
from schema_builder.linking import target_key
from schema_builder.sdl import sdl
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import compile_spec

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

DATABASE = {"type": "string", "x-kindgraph-ref": {"kind": "Database"}}


def spec(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "App", "schema": {"type": "object", "properties": properties, **more}}


def refusals(definition: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(DefinitionRefused) as caught:
        parse_definition(definition, name=None)
    return {failure.path: failure.message for failure in caught.value.failures}


def fields(definition: dict[str, Any], type_name: str = "AppSpec") -> dict[str, str]:
    type_ = compile_spec(definition).type(type_name)
    return {name: str(field.type) for name, field in type_.fields.items()}


@pytest.mark.parametrize(
    ("keyword", "path", "message"),
    [
        ("Database", "", "must be an object {kind, namespaceFrom, onDelete}"),
        ({}, "/kind", "must be the GraphQL name of a kind, such as Database or NetExampleOrg_Database"),
        (
            {"kind": "database"},
            "/kind",
            "must be the GraphQL name of a kind, such as Database or NetExampleOrg_Database",
        ),
        ({"kind": "A-B"}, "/kind", "must be the GraphQL name of a kind, such as Database or NetExampleOrg_Database"),
        (
            {"kind": "A" * 121},
            "/kind",
            "must be the GraphQL name of a kind, such as Database or NetExampleOrg_Database",
        ),
        ({"kind": "A", "field": "a"}, "/field", "is unknown; known are kind, namespaceFrom, onDelete"),
        ({"kind": "A", "namespaceFrom": 5}, "/namespaceFrom", "must be the name of a property beside this one"),
        ({"kind": "A", "onDelete": "DROP"}, "/onDelete", "must be one of NONE, RESTRICT, CASCADE, SET_NULL"),
        ({"kind": "A", "onDelete": ["NONE"]}, "/onDelete", "must be one of NONE, RESTRICT, CASCADE, SET_NULL"),
        ({"kind": "A", "namespaceFrom": "x"}, "/namespaceFrom", "names no property beside a"),
    ],
)
def test_a_keyword_that_cannot_be_read_is_refused_where_it_stands(keyword: Any, path: str, message: str) -> None:
    found = refusals(spec({"a": {"type": "string", "x-kindgraph-ref": keyword}}))
    assert found == {f"/spec/schema/properties/a/x-kindgraph-ref{path}": message}


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"type": "integer", "x-kindgraph-ref": {"kind": "A"}}, ""),
        ({"x-kindgraph-ref": {"kind": "A"}}, ""),
        ({"type": "object", "properties": {"b": {"type": "string"}}, "x-kindgraph-ref": {"kind": "A"}}, ""),
        ({"type": "array", "items": {"type": "string"}, "x-kindgraph-ref": {"kind": "A"}}, ""),
        ({"type": "object", "additionalProperties": DATABASE}, "/additionalProperties"),
        ({"type": "array", "prefixItems": [DATABASE]}, "/prefixItems/0"),
        ({"type": "string", "not": DATABASE}, "/not"),
        ({**DATABASE, "writeOnly": True}, ""),
        ({"type": "object", "writeOnly": True, "properties": {"b": DATABASE}}, "/properties/b"),
        ({"type": "string", "allOf": [DATABASE, {"x-kindgraph-ref": {"kind": "B"}}]}, "/allOf/1"),
    ],
)
def test_a_keyword_where_there_is_no_field_is_refused(schema: dict[str, Any], path: str) -> None:
    found = refusals(spec({"a": schema}))
    assert list(found) == [f"/spec/schema/properties/a{path}/x-kindgraph-ref"]
    assert "here it has no field of its own" in next(iter(found.values()))


def test_a_namespace_comes_from_a_string_that_everybody_may_read() -> None:
    link = {"type": "string", "x-kindgraph-ref": {"kind": "A", "namespaceFrom": "b"}}
    for beside in ({"type": "integer"}, {"type": "string", "writeOnly": True}, {"type": "object", "properties": {}}):
        found = refusals(spec({"a": link, "b": beside}))
        assert list(found) == ["/spec/schema/properties/a/x-kindgraph-ref/namespaceFrom"]
    assert fields(spec({"a": link, "b": {"type": "string"}}))["aResource"] == "Resource"


def test_setting_null_needs_a_property_that_may_go() -> None:
    link = {"type": "string", "x-kindgraph-ref": {"kind": "A", "onDelete": "SET_NULL"}}
    path = "/spec/schema/properties/a/x-kindgraph-ref/onDelete"
    assert list(refusals(spec({"a": link}, required=["a"]))) == [path]
    assert list(refusals(spec({"a": {**link, "default": "x"}}))) == [path]
    for fine in (spec({"a": link}), spec({"a": {**link, "nullable": True}}, required=["a"])):
        assert "aResource" in fields(fine)


def test_status_tells_what_was_observed_and_holds_nothing() -> None:
    link = {"type": "string", "x-kindgraph-ref": {"kind": "A", "onDelete": "RESTRICT"}}
    definition = {"kind": "App", "statusSchema": {"type": "object", "properties": {"a": link}}}
    assert list(refusals(definition)) == ["/spec/statusSchema/properties/a/x-kindgraph-ref/onDelete"]


def test_every_string_and_list_of_strings_with_the_keyword_gains_a_field() -> None:
    properties = {
        "db": DATABASE,
        "x-db": DATABASE,
        "many": {"type": "array", "items": DATABASE},
        "pools": {"type": "object", "additionalProperties": {"type": "object", "properties": {"db": DATABASE}}},
        "matrix": {"type": "array", "items": {"type": "array", "items": DATABASE}},
        "shared": {"$ref": "#/$defs/Name"},
        "beside": {"$ref": "#/$defs/Text", "x-kindgraph-ref": {"kind": "Zone"}},
        "either": {
            "oneOf": [{"properties": {"one": DATABASE}}, {"properties": {"two": {"type": "string"}}}],
            "type": "object",
        },
    }
    found = fields(spec(properties, **{"$defs": {"Name": DATABASE, "Text": {"type": "string"}}}))
    assert {name: type_ for name, type_ in found.items() if "Resource" in name} == {
        "dbResource": "Resource",
        "x_dbResource": "Resource",
        "manyResources": "[Resource]",
        "matrixResources": "[[Resource]]",
        "sharedResource": "Resource",
        "besideResource": "Resource",
    }
    assert fields(spec(properties, **{"$defs": {"Name": DATABASE, "Text": {"type": "string"}}}), "AppSpecEither") == {
        "one": "String",
        "oneResource": "Resource",
        "two": "String",
    }


def test_a_property_keeps_its_name_and_the_field_beside_it_gives_way() -> None:
    found = fields(spec({"db": DATABASE, "dbResource": {"type": "integer"}}))
    assert found["dbResource"] == "BigInt"
    (other,) = set(found) - {"db", "dbResource"}
    assert other.startswith("dbResource_")
    assert found[other] == "Resource"
    assert set(fields(spec({"dbResource": {"type": "integer"}, "db": DATABASE}))) == set(found)


def test_a_recursive_schema_names_resources_at_every_depth() -> None:
    tree = {"type": "object", "properties": {"db": DATABASE, "next": {"$ref": "#/$defs/Tree"}}}
    kind = compile_spec(spec({"tree": {"$ref": "#/$defs/Tree"}}, **{"$defs": {"Tree": tree}}))
    assert list(kind.type("AppSpecTree").fields) == ["db", "next", "dbResource"]
    body = {"tree": {"db": "a", "next": {"db": "b", "next": {"next": {"db": "c"}}}}}
    links = kind.body.links["spec"]
    found = {(one.target.name, one.path) for one in links.found(body, namespace="n", beside={})}
    assert found == {
        ("a", ("tree", "db")),
        ("b", ("tree", "next", "db")),
        ("c", ("tree", "next", "next", "next", "db")),
    }
    assert body == {"tree": {"db": "a", "next": {"db": "b", "next": {"next": {"db": "c"}}}}}


def test_objects_that_name_other_kinds_are_of_other_types() -> None:
    def holder(kind: str) -> dict[str, Any]:
        return {"type": "object", "properties": {"a": {"type": "string", "x-kindgraph-ref": {"kind": kind}}}}

    kind = compile_spec(spec({"one": holder("A"), "two": holder("A"), "three": holder("B")}))
    types = {name: str(field.type) for name, field in kind.type("AppSpec").fields.items()}
    assert types == {"one": "AppSpecOne", "two": "AppSpecOne", "three": "AppSpecThree"}
    assert "The B that `a` names" in print_type(kind.type("AppSpecThree"))


def test_the_schema_of_kinds_that_name_each_other_does_not_depend_on_the_order_they_come_in() -> None:
    def naming(kind: str, other: str) -> dict[str, Any]:
        link = {"type": "string", "x-kindgraph-ref": {"kind": other}}
        return {"kind": kind, "schema": {"type": "object", "properties": {"to": link}}}

    specs = [naming("A", "B"), naming("B", "A"), naming("C", "C")]
    texts = set()
    for seed in range(4):
        random.Random(seed).shuffle(specs)
        snapshot = base_snapshot()
        for one in specs:
            snapshot = snapshot.with_kind(compile_spec(one))
        texts.add(sdl(snapshot))
        texts.add(sdl(snapshot.without_kind("B").with_kind(compile_spec(naming("B", "A")))))
    assert len(texts) == 1


def test_defining_a_kind_leaves_the_types_of_those_that_name_it_alone() -> None:
    referrer = compile_spec({"kind": "A", "schema": {"type": "object", "properties": {"b": DATABASE}}})
    before = base_snapshot().with_kind(referrer)
    type_before = before.schema.type_map["ASpec"]
    after = before.with_kind(compile_spec({"kind": "Database"}))
    assert after.schema.type_map["ASpec"] is type_before


def test_what_is_named_inside_maps_has_fields_in_their_entries() -> None:
    pool = {
        "type": "object",
        "properties": {"db": DATABASE, "deep": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Pool"}}},
    }
    kind = compile_spec(
        spec(
            {"pools": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Pool"}}}, **{"$defs": {"Pool": pool}}
        )
    )
    (entry,) = (name for name in kind.type_names if name.endswith("Entry"))
    assert list(kind.type(entry).fields) == ["key", "value"]
    body = {"pools": {"a": {"db": "x", "deep": {"b": {"db": "y"}}}}}
    found = {(one.target.name, one.path) for one in kind.body.links["spec"].found(body, namespace="n", beside={})}
    assert found == {("x", ("pools", "a", "db")), ("y", ("pools", "a", "deep", "b", "db"))}


def test_the_members_of_a_union_name_resources_of_their_own() -> None:
    def member(kind: str, name: str, on_delete: str) -> dict[str, Any]:
        link = {"type": "string", "x-kindgraph-ref": {"kind": name, "onDelete": on_delete}}
        return {"type": "object", "required": ["type"], "properties": {"type": {"const": kind}, "to": link}}

    def store(on_delete: str) -> CompiledKind:
        members = [member("disk", "Disk", "RESTRICT"), member("s3", "S3", on_delete)]
        return compile_spec(spec({"store": {"oneOf": members}}))

    kind = store("CASCADE")
    assert {link.kind for link in kind.definition.links["spec"]} == {"Disk", "S3"}
    links = kind.body.links["spec"]
    for value, target in (("disk", "Disk"), ("s3", "S3")):
        body = {"store": {"type": value, "to": "x"}}
        (found,) = links.found(body, namespace="n", beside={})
        assert (found.target.kind, found.path) == (target, ("store", "to"))
        assert links.attach(body, namespace="n")["store"][target_key("to")] == found.target
    assert kind.body.links_key == store("SET_NULL").body.links_key != store("NONE").body.links_key


def test_what_tells_where_names_are_changes_with_that_and_with_nothing_else() -> None:
    def key(properties: dict[str, Any], **more: Any) -> str:
        return compile_spec(spec(properties, **more)).body.links_key

    def link(on_delete: str, kind: str = "A") -> dict[str, Any]:
        return {"type": "string", "x-kindgraph-ref": {"kind": kind, "onDelete": on_delete}}

    assert key({"a": link("NONE")}) == ""
    assert key({"a": link("RESTRICT")}) == key({"b": {"type": "integer"}, "a": link("CASCADE")})
    others = [
        key({"b": link("RESTRICT")}),
        key({"a": link("RESTRICT", "B")}),
        key({"a": {"type": "array", "items": link("RESTRICT")}}),
        key({"a": link("RESTRICT"), "b": link("RESTRICT")}),
        key({"o": {"type": "object", "properties": {"a": link("RESTRICT")}}}),
    ]
    assert len({key({"a": link("RESTRICT")}), *others}) == 6
    tree = {"type": "object", "properties": {"a": link("RESTRICT"), "next": {"$ref": "#/$defs/Tree"}}}
    recursive = key({"tree": {"$ref": "#/$defs/Tree"}}, **{"$defs": {"Tree": tree}})
    assert recursive not in others


def test_what_changes_about_references_is_told() -> None:
    def told(before: Any, after: Any) -> list[tuple[str, str, str]]:
        kinds = [
            compile_spec(spec({"a": {"type": "string"} | ({} if link is None else {"x-kindgraph-ref": link})}))
            for link in (before, after)
        ]
        return [(one.change, one.severity.value, one.message) for one in compare_kinds(*kinds)]

    plain, other, held = {"kind": "A"}, {"kind": "B"}, {"kind": "A", "onDelete": "CASCADE"}
    cascades = ("ON_DELETE_CHANGED", "DANGEROUS", "when the A that a resource names is deleted, it is deleted, too")
    assert told(plain, plain) == []
    assert told(None, plain) == [("FIELD_ADDED", "SAFE", "spec.aResource is new")]
    assert told(plain, None) == [("FIELD_REMOVED", "BREAKING", "spec.aResource is removed")]
    assert told(plain, other) == [("REFERENCE_CHANGED", "DANGEROUS", "names B rather than A")]
    assert told(plain, held) == [cascades]
    assert cascades in told(None, held)
