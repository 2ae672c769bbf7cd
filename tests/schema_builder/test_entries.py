"""Maps of typed values: exact as JSON, and typed as entries beside it."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, Undefined, print_type
from graphql.utilities import coerce_input_value

from schema_builder.backend import Resource
from schema_builder.conditions import decider
from schema_builder.evolution.compare import compare_kinds
from schema_builder.filtering import condition_of
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import MemoryBackend, compile_spec, run

POOL = {
    "type": "object",
    "required": ["size"],
    "properties": {"size": {"type": "integer", "format": "int32"}, "tag": {"type": "string"}},
}


def map_of(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


KIND = compile_spec(
    {
        "kind": "Store",
        "schema": {
            "type": "object",
            "required": ["pools"],
            "properties": {
                "pools": map_of(POOL),
                "limits": map_of({"x-kubernetes-int-or-string": True}),
                "requests": map_of({"x-kubernetes-int-or-string": True}),
                "weights": map_of({"type": "number", "nullable": True}),
                "labels": map_of({"type": "string"}),
                "anything": map_of({}),
                "deep": map_of(map_of({"type": "boolean"})),
                "shards": {"type": "array", "items": map_of(POOL)},
                "cubes": {"type": "array", "items": {"type": "array", "items": map_of(POOL)}},
                "hosts": map_of({"type": "array", "items": {"type": "string"}}),
            },
        },
        "extraFields": {"data": map_of({"type": "integer"})},
        "statusSchema": {"type": "object", "properties": {"phases": map_of({"type": "string", "enum": ["Up"], "nullable": True})}},
    }
)  # fmt: skip
NAMES = KIND.names
STORED = {
    "pools": {"b": {"size": 2}, "a": {"size": 1, "tag": "x"}},
    "limits": {"cpu": 1, "memory": "2Gi"},
    "weights": {"a": 0.5, "b": None},
    "deep": {"x": {"y": True}},
    "shards": [{"one": {"size": 1}}, None, {}],
    "hosts": {"a": ["h1", "h2"]},
    "cubes": [[{}], [{"one": {"size": 3}}]],
    "labels": {"app": "db", "zone": "1"},
}


def types_of(name: str) -> dict[str, str]:
    return {field: str(definition.type) for field, definition in KIND.type(name).fields.items()}


def test_a_map_stays_what_it_is_and_its_entries_stand_beside_it() -> None:
    fields = types_of("StoreSpec")
    assert fields == {
        "pools": "JSON", "poolsEntries": "[StoreSpecPoolsEntry!]",
        "limits": "JSON", "limitsEntries": "[StoreSpecLimitsEntry!]",
        "requests": "JSON", "requestsEntries": "[StoreSpecLimitsEntry!]",
        "weights": "JSON", "weightsEntries": "[StoreSpecWeightsEntry!]",
        "labels": "StringMap",
        "anything": "JSON",
        "deep": "JSON", "deepEntries": "[StoreSpecDeepEntry!]",
        "shards": "[JSON]", "shardsEntries": "[[StoreSpecPoolsEntry!]]",
        "cubes": "[[JSON]]", "cubesEntries": "[[[StoreSpecPoolsEntry!]]]",
        "hosts": "JSON", "hostsEntries": "[StoreSpecHostsEntry!]",
    }  # fmt: skip
    assert types_of("StoreSpecPoolsEntry") == {"key": "String!", "value": "StoreSpecPoolsValue"}
    assert types_of("StoreSpecLimitsEntry") == {"key": "String!", "value": "IntOrString"}
    assert types_of("StoreSpecDeepEntry") == {
        "key": "String!",
        "value": "JSON",
        "valueEntries": "[StoreSpecDeepValueEntry!]",
    }
    assert types_of("StoreSpecHostsEntry") == {"key": "String!", "value": "[String]"}
    assert types_of("Store")["dataEntries"] == "[StoreDataEntry!]"


def test_entries_are_read_in_their_stored_order() -> None:
    snapshot = base_snapshot().with_kind(KIND)
    stored = Resource(
        "Store", {"name": "a"}, {"spec": STORED, "data": {"n": 2**60}, "status": {"phases": {"p": "Up", "q": "Gone"}}}
    )
    query = """{ store(name: "a") {
        dataEntries { key value }
        spec { poolsEntries { key value { size tag } } limitsEntries { key value } weightsEntries { value }
               deepEntries { valueEntries { key value } } shardsEntries { key value { size } } requestsEntries { key } }
        status { phasesEntries { key value } } } }"""
    data, errors = run(snapshot.schema, query, MemoryBackend({"Store": [stored]}))
    assert not errors
    assert data["store"]["dataEntries"] == [{"key": "n", "value": str(2**60)}]
    assert data["store"]["spec"] == {
        "poolsEntries": [
            {"key": "b", "value": {"size": 2, "tag": None}},
            {"key": "a", "value": {"size": 1, "tag": "x"}},
        ],
        "limitsEntries": [{"key": "cpu", "value": 1}, {"key": "memory", "value": "2Gi"}],
        "weightsEntries": [{"value": 0.5}, {"value": None}],
        "deepEntries": [{"valueEntries": [{"key": "y", "value": True}]}],
        "shardsEntries": [[{"key": "one", "value": {"size": 1}}], None, []],
        "requestsEntries": None,
    }
    assert data["store"]["status"]["phasesEntries"] == [{"key": "p", "value": "Up"}, {"key": "q", "value": None}]


def created(spec: Any, **sections: Any) -> Any:
    value = {"metadata": {"name": "a"}, "spec": spec, **sections}
    return coerce_input_value(value, KIND.type(NAMES.create_input))


def test_inputs_take_entries_in_place_of_the_map() -> None:
    made = created(
        {
            "poolsEntries": [{"key": "a.b", "value": {"size": 1}}],
            "deepEntries": [{"key": "x", "valueEntries": [{"key": "y", "value": True}]}, {"key": "z", "value": {}}],
            "weightsEntries": [{"key": "w", "value": 3}, {"key": "v", "value": None}],
            "shardsEntries": [[{"key": "one", "value": {"size": 1}}], []],
            "limits": {"cpu": 1},
        },
        dataEntries=[{"key": "n", "value": "5"}],
    )
    assert made["spec"] == {
        "pools": {"a.b": {"size": 1}},
        "deep": {"x": {"y": True}, "z": {}},
        "weights": {"w": 3, "v": None},
        "shards": [{"one": {"size": 1}}, {}],
        "limits": {"cpu": 1},
    }
    assert type(made["spec"]["weights"]["w"]) is int
    assert made["data"] == {"n": 5}


def test_a_required_map_may_be_given_either_way() -> None:
    printed = print_type(KIND.type("StoreSpecInput"))
    assert "  pools: JSON\n" in printed
    assert "Required, here or by its entries." in printed
    assert types_of("StoreSpecPoolsEntryInput") == {"key": "String!", "value": "StoreSpecPoolsValueInput!"}


@pytest.mark.parametrize(
    "spec",
    [
        {"pools": {}, "poolsEntries": []},
        {"poolsEntries": [{"key": "a", "value": {"size": 1}}, {"key": "a", "value": {"size": 2}}]},
        {"deepEntries": [{"key": "a"}]},
    ],
)
def test_a_map_that_says_two_things_or_nothing_is_refused(spec: Any) -> None:
    with pytest.raises(GraphQLError) as caught:
        created(spec)
    assert caught.value.extensions["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "entry", [{"value": {"size": 1}}, {"key": None, "value": {"size": 1}}, {"key": "a", "value": {}}, {"key": "a"}]
)
def test_an_entry_has_the_form_that_the_schema_says(entry: Any) -> None:
    assert created({"poolsEntries": [entry]}) is Undefined


def test_a_patch_of_entries_merges_them_key_by_key() -> None:
    patch = coerce_input_value(
        {
            "spec": {
                "poolsEntries": [{"key": "a", "value": {"tag": "y"}}, {"key": "b", "value": None}],
                "limitsEntries": None,
            }
        },
        KIND.type(NAMES.patch),
    )
    assert patch["spec"] == {"pools": {"a": {"tag": "y"}, "b": None}, "limits": None}
    merged = KIND.body.merge_patch({"spec": STORED}, patch)
    assert merged["spec"]["pools"] == {"a": {"size": 1, "tag": "y"}}
    assert "limits" not in merged["spec"]
    applied = coerce_input_value(
        {"metadata": {"name": "a"}, "spec": {"limitsEntries": [{"key": "cpu", "value": "2"}]}},
        KIND.type(NAMES.apply_input),
    )
    assert KIND.body.merge_apply({"spec": STORED}, applied)["spec"]["limits"] == {"cpu": "2", "memory": "2Gi"}


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({"poolsEntries": {"key": {"eq": "a"}, "value": {"size": {"eq": 1}}}}, True),
        ({"poolsEntries": {"key": {"eq": "b"}, "value": {"size": {"eq": 1}}}}, False),
        ({"poolsEntries": {"value": {"size": {"gt": 1}}}}, True),
        ({"poolsEntries": {"key": {"ne": "a"}}}, False),
        ({"poolsEntries": {"_not": {"key": {"eq": "c"}}}}, True),
        ({"poolsEntries": {"_or": [{"key": {"eq": "c"}}, {"value": {"tag": {"startsWith": "x"}}}]}}, True),
        ({"limitsEntries": {"value": {"eq": "2Gi"}}}, True),
        ({"requestsEntries": {"key": {"exists": True}}}, False),
        ({"deepEntries": {"valueEntries": {"key": {"eq": "y"}, "value": {"eq": True}}}}, True),
        ({"shardsEntries": {"key": {"eq": "one"}, "value": {"size": {"eq": 1}}}}, True),
        ({"shardsEntries": {"key": {"eq": "two"}}}, False),
        ({"cubesEntries": {"key": {"eq": "one"}, "value": {"size": {"eq": 3}}}}, True),
        ({"cubesEntries": {"key": {"eq": "one"}, "value": {"size": {"eq": 1}}}}, False),
        ({"hostsEntries": {"value": {"contains": "h2"}}}, True),
        ({"poolsEntries": {}}, True),
        ({"labelsEntries": {"key": {"eq": "app"}, "value": {"startsWith": "d"}}}, True),
        ({"labelsEntries": {"key": {"eq": "app"}, "value": {"ne": "db"}}}, False),
        ({"labelsEntries": {"_or": [{"key": {"eq": "tier"}}, {"value": {"contains": "b"}}]}}, True),
    ],
)  # fmt: skip
def test_any_entry_may_match_a_filter(where: Any, holds: bool) -> None:
    condition = condition_of(coerce_input_value({"spec": where}, KIND.type(NAMES.filter)))
    assert (condition is None or decider(condition)({"spec": STORED})) is holds
    complement = condition_of(coerce_input_value({"_not": {"spec": where}}, KIND.type(NAMES.filter)))
    assert complement is not None
    assert decider(complement)({"spec": STORED}) is not holds


def test_a_property_that_is_called_like_entries_keeps_its_name() -> None:
    kind = compile_spec(
        {
            "kind": "Odd",
            "schema": {
                "type": "object",
                "properties": {"a": map_of({"type": "integer"}), "aEntries": {"type": "string"}},
            },
        }
    )
    fields = {name: str(field.type) for name, field in kind.type("OddSpec").fields.items()}
    assert fields.pop("aEntries") == "String"
    assert fields.pop("a") == "JSON"
    assert list(fields.values()) == ["[OddSpecAEntry!]"]
    assert next(iter(fields)).startswith("aEntries_")


def test_maps_of_maps_without_end_are_json_alone() -> None:
    kind = compile_spec(
        {
            "kind": "Endless",
            "schema": {
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/M"}},
                "$defs": {"M": map_of({"$ref": "#/$defs/M"})},
            },
        }
    )
    assert {name: str(field.type) for name, field in kind.type("EndlessSpec").fields.items()} == {"a": "JSON"}


def test_entries_of_a_recursive_map_are_of_one_type() -> None:
    tree = {"type": "object", "properties": {"children": map_of({"$ref": "#/$defs/Tree"}), "size": {"type": "integer"}}}
    kind = compile_spec(
        {
            "kind": "Forest",
            "schema": {"type": "object", "properties": {"root": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": tree}},
        }
    )
    assert {name: str(field.type) for name, field in kind.type("ForestSpecRootChildrenEntry").fields.items()} == {
        "key": "String!",
        "value": "ForestSpecRoot",
    }


def test_values_that_nobody_may_read_or_write_have_no_entries() -> None:
    secret = {"type": "integer", "writeOnly": True}
    kind = compile_spec(
        {
            "kind": "Safe",
            "schema": {
                "type": "object",
                "properties": {"a": map_of(secret), "b": {**map_of({"type": "integer"}), "readOnly": True}},
            },
        }
    )
    assert set(kind.type("SafeSpec").fields) == {"a", "b", "bEntries"}
    assert set(kind.type("SafeSpecInput").fields) == {"a"}


def test_what_preserves_unknown_fields_still_types_its_values() -> None:
    schema = {"type": "object", "properties": {"a": {**map_of(POOL), "x-kubernetes-preserve-unknown-fields": True}}}
    assert "aEntries" in compile_spec({"kind": "Kept", "schema": schema}).type("KeptSpec").fields


def test_a_change_of_a_maps_values_is_told_by_the_names_that_clients_see() -> None:
    before, after = (
        compile_spec({"kind": "Changed", "schema": {"type": "object", "properties": {"m": map_of(values)}}})
        for values in ({"type": "string"}, {"type": "integer"})
    )
    changes = compare_kinds(before, after)
    assert {"mEntries", "m"} <= {change.place[-1] for change in changes}
    assert not any("\0" in change.message or "\0" in "".join(change.place) for change in changes)
