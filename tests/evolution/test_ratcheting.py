"""Ratcheting: what was wrong and is untouched is not held against a write."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema_builder.errors import DefinitionRefused
from tests.evolution.test_laws import pair
from tests.schema_builder.drawn import compile_spec, draw_value

BODY = compile_spec(
    {
        "kind": "Box",
        "schema": {
            "type": "object",
            "required": ["owner"],
            "minProperties": 1,
            "properties": {
                "owner": {"type": "string"},
                "size": {"type": "integer", "maximum": 2},
                "tags": {"type": "array", "items": {"type": "string", "maxLength": 1}},
                "a/b": {"type": "object", "properties": {"c": {"type": "integer"}}},
                "parts": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "size": {"type": "integer", "maximum": 2}},
                    },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                },
            },
        },
    }
).body


def held(before: Any, after: Any) -> list[str]:
    return [one.path for one in BODY.failures({"spec": after}, previous={"spec": before})]


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"size": 9}, {"size": 9, "a/b": {}}, []),
        ({"size": 9}, {"size": 8}, ["/spec/size"]),
        ({"owner": "a"}, {"size": 1}, ["/spec/owner"]),
        ({"owner": "a", "old": 1}, {"owner": "b", "old": 1}, []),
        ({"owner": "a", "old": 1}, {"owner": "b", "old": 2}, ["/spec/old"]),
        ({"owner": "a", "a/b": {"c": "x"}}, {"owner": "a", "a/b": {"c": "x"}, "size": 1}, []),
        ({"owner": "a", "tags": ["ok", "b"]}, {"owner": "a", "tags": ["c", "ok"]}, []),
        ({"owner": "a", "tags": ["ok"]}, {"owner": "a", "tags": ["ok", "no"]}, ["/spec/tags/1"]),
        (
            {"owner": "a", "parts": [{"name": "x", "size": 9}, {"name": "y", "size": 1}]},
            {"owner": "a", "parts": [{"name": "z"}, {"name": "x", "size": 9}, {"name": "y", "size": 8}]},
            ["/spec/parts/2/size"],
        ),
    ],
)
def test_an_edit_answers_for_what_it_touches(before: Any, after: Any, paths: list[str]) -> None:
    assert held(before, after) == paths


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_no_failure_is_new_where_nothing_is_touched_and_none_is_passed_over_where_all_was_well(seed: int) -> None:
    try:
        drawn = pair(seed)
    except DefinitionRefused:
        return
    if drawn is None:
        return
    rng, spec, _before, after = drawn
    stored, edited = _bodies(rng, spec), _bodies(rng, spec)
    assert after.body.failures(stored, previous=stored) == []
    all_failures = set(after.body.failures(edited))
    assert set(after.body.failures(edited, previous=stored)) <= all_failures
    if not after.body.failures(stored):
        assert set(after.body.failures(edited, previous=stored)) == all_failures


def _bodies(rng: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    return {"spec": draw_value(rng, spec["schema"], root=spec["schema"])}
