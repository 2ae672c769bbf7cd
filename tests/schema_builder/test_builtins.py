"""Built-in kinds are made by the same builder as those of users."""

from __future__ import annotations

from typing import Any

import pytest

from schema_builder.builtins import BUILTIN_DEFINITIONS, RESOURCE_DEFINITION
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import compile_spec

KIND = compile_spec(RESOURCE_DEFINITION)


def test_every_built_in_kind_can_be_served_beside_the_others() -> None:
    snapshot = base_snapshot()
    for definition in BUILTIN_DEFINITIONS:
        snapshot = snapshot.with_kind(compile_spec(definition))
    assert len(snapshot.kinds) == len(BUILTIN_DEFINITIONS)


def test_definitions_are_cluster_scoped_and_name_themselves() -> None:
    create = KIND.type(KIND.names.create_input).fields
    assert str(create["metadata"].type) == "CreateMetadataInput"
    assert str(create["spec"].type) == "ResourceDefinitionSpecInput!"
    assert KIND.names.plural_field == "resourceDefinitions"


@pytest.mark.parametrize("definition", BUILTIN_DEFINITIONS)
def test_the_definition_of_definitions_accepts_every_built_in_definition(definition: Any) -> None:
    completed = KIND.body.complete({"spec": definition})
    assert KIND.body.failures(completed) == []


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"kind": "a-b"},
        {"kind": "A", "scope": "Namespaced"},
        {"kind": "A", "plural": "As"},
        {"kind": "A", "group": "Not.DNS"},
        {"kind": "A", "indexes": [{"fields": []}]},
        {"kind": "A", "columns": [{"name": "x"}]},
        {"kind": "A", "unknown": 1},
    ],
)
def test_it_refuses_what_is_no_definition(spec: Any) -> None:
    assert KIND.body.failures(KIND.body.complete({"spec": spec}))


def test_schemas_are_kept_as_they_are() -> None:
    schema = {"type": "object", "properties": {"$ref": {"x-y": [1, None, 2**60]}}, "default": None}
    spec = {"kind": "A", "schema": schema, "statusSchema": True, "extraFields": {"data": schema}}
    assert KIND.body.complete({"spec": spec})["spec"] == {**spec, "scope": "NAMESPACED"}


def test_a_schema_that_is_applied_replaces_its_predecessor() -> None:
    body = KIND.body
    old = {
        "spec": {
            "kind": "A",
            "schema": {"properties": {"gone": {}}},
            "extraFields": {"data": {"properties": {"gone": {}}}},
        }
    }
    new = {"spec": {"schema": {"type": "object"}, "extraFields": {"data": {"type": "string"}}}}

    merged = body.merge_apply(old, new)

    assert merged["spec"] == {"kind": "A", **new["spec"]}
