"""A grafted schema is one that graphql-core can do everything with."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    find_schema_changes,
    introspection_from_schema,
    parse,
    print_schema,
    validate,
    validate_schema,
)
from graphql.utilities import build_client_schema, type_from_ast

from schema_builder.backend import EventType, Resource, WatchEvent
from schema_builder.snapshot import Snapshot, base_snapshot
from tests.schema_builder.drawn import MemoryBackend, compile_spec, run

SPEC = {"type": "object", "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}}


def snapshot_of(*kinds: str) -> Snapshot:
    snapshot = base_snapshot()
    for kind in kinds:
        snapshot = snapshot.with_kind(compile_spec({"kind": kind, "schema": SPEC}))
    return snapshot


def sorted_introspection(schema: GraphQLSchema) -> Any:
    found = introspection_from_schema(schema)["__schema"]
    found["types"].sort(key=lambda type_: type_["name"])
    for type_ in found["types"]:
        for members in ("fields", "possibleTypes"):
            if type_[members]:
                type_[members].sort(key=lambda member: member["name"])
    return found


def test_a_snapshot_without_kinds_is_a_valid_schema() -> None:
    assert validate_schema(base_snapshot().materialized_schema()) == []
    mutations = base_snapshot().schema.mutation_type
    assert mutations is not None
    assert list(mutations.fields) == ["recordEvent"]
    assert "node" in base_snapshot().schema.query_type.fields


def test_introspection_is_that_of_the_rebuilt_schema() -> None:
    snapshot = snapshot_of("Foo", "Bar")
    introspection = sorted_introspection(snapshot.schema)
    assert introspection == sorted_introspection(snapshot.materialized_schema())
    client = build_client_schema({"__schema": introspection})
    assert "createFoo" in client.mutation_type.fields


def test_nothing_is_built_before_it_is_asked_for() -> None:
    snapshot = snapshot_of("Foo", "Bar")
    assert "FooSpec" in snapshot.schema.type_map
    assert len(snapshot.schema.type_map) == len(snapshot.materialized_schema().type_map)
    document = parse('{ foo(name: "a") { spec { host } } }')
    assert validate(snapshot.schema, document) == []
    kind = snapshot.kinds["Bar"]
    assert kind._types == {}
    assert kind._fields == {}


def test_types_are_found_by_name() -> None:
    schema = snapshot_of("Foo").schema
    foo = schema.get_type("Foo")
    assert isinstance(foo, GraphQLObjectType)
    assert schema.get_type("Foo") is foo
    assert schema.get_type("Missing") is None
    assert schema.type_map.get("Missing") is None
    with pytest.raises(KeyError):
        schema.type_map["Missing"]
    assert schema.get_field(schema.query_type, "foo").type is foo
    assert schema.get_field(schema.query_type, "missing") is None
    assert type_from_ast(
        schema, parse("query($a: [CreateFooInput!]) { a }").definitions[0].variable_definitions[0].type
    )


def test_kinds_implement_both_interfaces() -> None:
    snapshot = snapshot_of("Foo", "Bar")
    schema = snapshot.schema
    for name in ("Node", "Resource"):
        interface = schema.get_type(name)
        assert [type_.name for type_ in schema.get_possible_types(interface)] == ["Bar", "Foo"]
        assert len(schema.get_implementations(interface).objects) == 2
        assert schema.is_sub_type(interface, schema.get_type("Foo"))
        assert not schema.is_sub_type(interface, schema.get_type("FooSpec"))
    with pytest.raises(IndexError):
        schema.get_possible_types(schema.get_type("Node"))[2]


def test_asking_whether_interfaces_overlap_does_not_build_every_kind() -> None:
    snapshot = snapshot_of("Foo", "Bar", "Zed")
    assert validate(snapshot.schema, parse('{ node(id: "x") { ... on Resource { kind } } }')) == []
    assert sum(bool(kind._types) for kind in snapshot.kinds.values()) <= 1


def test_copies_are_schemas_of_graphql_core() -> None:
    snapshot = snapshot_of("Foo")
    for copied in (copy.copy(snapshot.schema), copy.deepcopy(snapshot.schema)):
        assert type(copied) is GraphQLSchema
        assert sorted_introspection(copied) == sorted_introspection(snapshot.schema)
        assert validate_schema(copied) == []


def test_changes_between_snapshots_are_those_of_the_kinds() -> None:
    before, after = snapshot_of("Foo", "Bar"), snapshot_of("Foo")
    changed = find_schema_changes(before.schema, after.schema)
    assert changed
    assert all("Bar" in change.description or "bar" in change.description for change in changed)
    assert find_schema_changes(before.schema, snapshot_of("Bar", "Foo").schema) == []


def test_printing_is_sorted_and_the_same_in_any_order() -> None:
    assert print_schema(snapshot_of("Foo", "Bar").schema) == print_schema(snapshot_of("Bar", "Foo").schema)


def test_fingerprints_tell_sets_of_kinds() -> None:
    assert snapshot_of("Foo", "Bar").fingerprint == snapshot_of("Bar", "Foo").fingerprint
    assert snapshot_of("Foo").fingerprint != snapshot_of("Bar").fingerprint
    assert base_snapshot().fingerprint == snapshot_of("Foo").without_kind("Foo").fingerprint


def test_connections_and_events_are_plain_data() -> None:
    snapshot = snapshot_of("Foo")
    metadata = {"name": "a", "namespace": "n", "uid": "u"}
    resource = Resource("Foo", metadata, {"spec": {"host": "h", "port": 2**60}})
    backend = MemoryBackend({"Foo": [resource, resource]})
    document = """{ foos { edges { cursor node { spec { host port } } } nodes { metadata { name } }
                    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount resourceVersion } }"""
    data, errors = run(snapshot.schema, document, backend)
    assert errors == []
    assert data["foos"]["edges"][1] == {"cursor": "cursor-1", "node": {"spec": {"host": "h", "port": str(2**60)}}}
    assert data["foos"]["nodes"] == [{"metadata": {"name": "a"}}] * 2
    assert data["foos"]["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": "cursor-0",
        "endCursor": "cursor-1",
    }
    assert (data["foos"]["totalCount"], data["foos"]["resourceVersion"]) == (2, "9")
    event_fields = snapshot.schema.get_type("FooEvent").fields
    changed = resource._replace(body={"spec": {"host": "other"}})
    event = WatchEvent(EventType.MODIFIED, 12, changed, resource)
    assert event_fields["resourceVersion"].resolve(event, None) == "12"
    assert event_fields["changedPaths"].resolve(event, None) == ["/spec/host", "/spec/port"]
    assert event_fields["type"].type.of_type.serialize(event_fields["type"].resolve(event, None)) == "MODIFIED"
    assert event_fields["resourceVersion"].resolve(WatchEvent(EventType.ADDED, None, resource), None) is None
    assert event_fields["changedPaths"].resolve(WatchEvent(EventType.ADDED, None, resource), None) == []
