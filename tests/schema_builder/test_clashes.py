"""Name clashes are found before anything is published, and tell a way out."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import random
from typing import Any

import pytest

from schema_builder.clashes import find_clashes
from schema_builder.errors import DefinitionRefused
from schema_builder.sdl import sdl
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import compile_spec

NESTED = {"type": "object", "properties": {"limits": {"type": "object", "properties": {"max": {"type": "integer"}}}}}


def kind(name: str, **more: Any) -> Any:
    return compile_spec({"kind": name, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}, **more})


@pytest.mark.parametrize(
    ("present", "newcomer", "name"),
    [
        (kind("Foo"), kind("FooSpec"), "type FooSpec"),
        (kind("FooSpec"), kind("Foo"), "type FooSpec"),
        (kind("Foo"), kind("FooConnection"), "type FooConnection"),
        (kind("Foo"), kind("FooStatus"), "Mutation field updateFooStatus"),
        (kind("Foo", plural="bars"), kind("Bar"), "Query field bars"),
        (kind("Foo", singular="bar"), kind("Bar"), "Query field bar"),
        (kind("Foo"), kind("X", singular="foo"), "Query field foo"),
        (kind("Foo"), kind("X", plural="foos"), "Subscription field watchFoos"),
        (kind("FooBar", group="example.org"), kind("X", graphqlName="ExampleOrg_FooBarSpec"), "type ExampleOrg_FooBarSpec"),
        (kind("Foo", schema=NESTED), kind("FooSpecLimits"), "type FooSpecLimits"),
    ],
)  # fmt: skip
def test_a_clash_refuses_the_newcomer_and_names_both(present: Any, newcomer: Any, name: str) -> None:
    snapshot = base_snapshot().with_kind(present)
    before = sdl(snapshot)
    failures = find_clashes(newcomer, snapshot)
    assert any(f"the {name}," in failure.message for failure in failures), failures
    for failure in failures:
        assert newcomer.name in failure.message
        assert present.name in failure.message
        assert "graphqlName" in failure.message
    with pytest.raises(DefinitionRefused) as caught:
        snapshot.with_kind(newcomer)
    assert set(caught.value.failures) == set(failures)
    assert sdl(snapshot) == before


@pytest.mark.parametrize(
    "name",
    ["Query", "Mutation", "Subscription", "Node", "Resource", "String", "Int", "ID", "Boolean", "Float", "JSON", "BigInt", "PageInfo",
     "ObjectMeta", "Server", "DateTime", "StringMap", "WatchEventType", "StringList", "MetadataPatch"],
)  # fmt: skip
def test_the_shared_names_belong_to_nobody(name: str) -> None:
    with pytest.raises(DefinitionRefused) as caught:
        kind(name)
    assert "Kindgraph itself" in caught.value.failures[0].message
    assert caught.value.failures[0].keyword == "nameClash"


def test_the_suggested_name_is_free() -> None:
    snapshot = base_snapshot().with_kind(kind("Foo"))
    newcomer = kind("FooSpec", group="net.example.org", graphqlName="FooSpec")
    message = find_clashes(newcomer, snapshot)[0].message
    suggested = message.rpartition("such as ")[2].rstrip(".")
    assert find_clashes(kind("FooSpec", graphqlName=suggested), snapshot) == []


def test_a_kind_replaces_the_one_of_its_name() -> None:
    snapshot = base_snapshot().with_kind(kind("Foo"))
    changed = kind("Foo", plural="fooses", schema=NESTED)
    assert find_clashes(changed, snapshot) == []
    after = snapshot.with_kind(changed)
    assert "fooses" in after.schema.query_type.fields
    assert "foos" not in after.schema.query_type.fields
    assert "FooSpecLimits" in after.schema.type_map
    assert after.fingerprint != snapshot.fingerprint


def test_names_of_a_removed_kind_are_free_again() -> None:
    snapshot = base_snapshot().with_kind(kind("Foo")).without_kind("Foo")
    assert "FooSpec" in snapshot.with_kind(kind("FooSpec")).kinds


def test_equal_kinds_of_two_groups_live_beside_each_other() -> None:
    snapshot = base_snapshot()
    for group in (None, "example.org", "example-org.net", "a.b"):
        snapshot = snapshot.with_kind(kind("Foo", **({"group": group} if group else {})))
    assert len(snapshot.kinds) == 4


LONG = "L" + "ong" * 36
NAMED_ALIKE = (
    "Foo", "FooS", "FooSpec", "FooSpecLimits", "FooSpecLimitsInput", "FooStatus", "FooStatusEdge", "FooBar", "FooBarSpec",
    "FooSpecial", "Create", "CreateFoo", "CreateFooSpec", "Spec", "SpecInput", "Replace", "Apply", "Bar", "Foo1", "Foo_Spec",
    LONG, f"{LONG}Spec", f"{LONG[:-1]}", f"{LONG}SpecLi", f"{LONG}X",
)  # fmt: skip
BODIES: tuple[dict[str, Any], ...] = (
    {"schema": NESTED},
    {"schema": {"type": "object", "properties": {"ial": NESTED, "limitsInput": NESTED}}},
    {"schema": {"type": "object", "additionalProperties": NESTED}, "statusSchema": NESTED},
    {"schema": {"type": "object", "additionalProperties": {"type": "string"}}},
    {"extraFields": {"barSpec": NESTED, "input": NESTED, "1": NESTED}},
)


def test_clashes_are_those_of_all_generated_names() -> None:
    rng = random.Random(7)
    for _ in range(60):
        snapshot = base_snapshot()
        for _ in range(8):
            newcomer = compile_spec({"kind": "Any", "graphqlName": rng.choice(NAMED_ALIKE), **rng.choice(BODIES)})
            others = [one for one in snapshot.kinds.values() if one.name != newcomer.name]
            expected = {f"type {name}" for one in others for name in one.type_names & newcomer.type_names}
            failures = find_clashes(newcomer, snapshot)
            told = {failure.message.partition("would generate the ")[2].partition(",")[0] for failure in failures}
            assert {name for name in told if name.startswith("type ")} == expected
            if not failures:
                snapshot = snapshot.with_kind(newcomer)
        for one in snapshot.kinds.values():
            assert all(snapshot.owner_of_type(name) is one for name in one.type_names)
        assert list(snapshot.schema.type_map) == sorted(snapshot.materialized_schema().type_map)


def test_kinds_of_other_names_do_not_name_their_types_for_each_other() -> None:
    snapshot = base_snapshot()
    for name in ("Gateway", "GatewayClass", "GatewayRoute", "HTTPRoute", "Cluster", "ClusterPool"):
        snapshot = snapshot.with_kind(kind(name, schema=NESTED))
    assert not any(one.is_planned for one in snapshot.kinds.values())
