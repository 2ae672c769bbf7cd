"""Definitions that fuzzing has found: each went wrong once."""

from __future__ import annotations

from typing import Any

import pytest

from schema_builder.body import BodySchema
from schema_builder.compile import compile_kind
from schema_builder.definition import parse_definition

SERVED = {
    "enums of numbers beyond 64 bits": {"type": "number", "allOf": [{"enum": [1e20, 1]}, {"enum": [1e20, 2.0]}]},
    "an enum of texts and lists": {"type": "string", "enum": ["a", ["b"]]},
    "an enum of texts and objects": {"type": "string", "enum": [{"a": 1}, "b", None], "nullable": True},
}


@pytest.mark.parametrize("value", [True, 5, "text", None])
def test_a_value_that_is_no_list_where_a_list_of_objects_belongs_is_a_failure(value: Any) -> None:
    objects = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema = {"type": "array", "items": objects}
    body = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    assert [failure.keyword for failure in body.failures({"spec": value})] == ["type"]


@pytest.mark.parametrize("schema", SERVED.values(), ids=SERVED.keys())
def test_what_fuzzing_has_found_is_served(schema: Any) -> None:
    kind = compile_kind(parse_definition({"kind": "Foo", "schema": {"properties": {"a": schema}}}, name=None))
    assert kind.type("FooSpec").fields["a"]


@pytest.mark.parametrize(("pattern", "inside", "outside"), [(r"^\w$", "a", "名"), (r"^\d$", "1", "\u0663")])
def test_classes_of_characters_in_patterns_are_those_of_ascii(pattern: str, inside: str, outside: str) -> None:
    schema = {"type": "object", "patternProperties": {pattern: False}, "additionalProperties": True}
    body = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    assert body.failures({"spec": {inside: 1}}) != []
    assert body.failures({"spec": {outside: 1}}) == []


def test_integers_beyond_64_bits_are_refused_whatever_the_schema_says() -> None:
    body = BodySchema(parse_definition({"kind": "Foo", "schema": {"type": "object"}}, name=None))
    (failure,) = body.failures({"spec": {"a": 2**64}})
    assert (failure.path, failure.keyword) == ("/spec/a", "number")
    assert body.failures({"spec": {"a": 2**63 - 1}}) == []


def test_sets_of_numbers_beyond_64_bits_are_merged() -> None:
    schema = {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "number"}}
    body = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    assert body.merge_apply({"spec": [1e20, 1]}, {"spec": [1.0, 1e20, 2]}) == {"spec": [1e20, 1.0, 2]}
