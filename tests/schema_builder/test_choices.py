"""``@oneOf``: only on create inputs, and only where the schema says just that."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import Undefined, print_type
from graphql.utilities import coerce_input_value

from tests.schema_builder.drawn import compile_spec

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

A, B = {"type": "string"}, {"type": "integer", "minimum": 0, "maximum": 9}
CLOSED = [
    {"properties": {"a": A}, "required": ["a"], "additionalProperties": False},
    {"properties": {"b": B}, "required": ["b"], "additionalProperties": False},
]
BARE = [{"required": ["a"]}, {"required": ["b"]}]


def kind_of(choice: dict[str, Any], **definitions: Any) -> CompiledKind:
    schema = {"type": "object", "properties": {"choice": choice}, **definitions}
    return compile_spec({"kind": "Store", "schema": schema})


def is_one_of(choice: dict[str, Any], **definitions: Any) -> bool:
    return bool(kind_of(choice, **definitions).type("StoreSpecChoiceInput").is_one_of)


CHOICES = {
    "closed branches": {"type": "object", "oneOf": CLOSED},
    "required alone": {"type": "object", "properties": {"a": A, "b": B}, "oneOf": BARE},
    "or null": {"type": ["object", "null"], "properties": {"a": A, "b": B}, "oneOf": [*BARE, {"type": "null"}]},
    "counted": {"type": "object", "properties": {"a": A, "b": B}, "minProperties": 1, "maxProperties": 1},
    "with more rules": {"type": "object", "properties": {"a": A, "b": B}, "oneOf": BARE, "maxProperties": 1},
}

NO_CHOICES = {
    "any number of them": {"type": "object", "properties": {"a": A, "b": B}, "anyOf": BARE},
    "a third property": {"type": "object", "properties": {"a": A, "b": B, "c": A}, "oneOf": BARE},
    "undeclared properties": {"type": "object", "properties": {"a": A, "b": B}, "oneOf": BARE, "additionalProperties": True},
    "closed beside bare": {"type": "object", "properties": {"a": A, "b": B}, "oneOf": [CLOSED[0], BARE[1]]},
    "two in a branch": {"type": "object", "properties": {"a": A, "b": B}, "oneOf": [{"required": ["a", "b"]}, *BARE]},
    "rules for another's property": {"type": "object", "properties": {"a": A, "b": B}, "oneOf": [{"required": ["a"], "properties": {"b": False}}, BARE[1]]},
    "at most one": {"type": "object", "properties": {"a": A, "b": B}, "maxProperties": 1},
    "null is a value": {"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": B}, "oneOf": BARE},
    "a default fills in": {"type": "object", "properties": {"a": {**A, "default": "x"}, "b": B}, "oneOf": BARE},
    "one cannot be given": {"type": "object", "properties": {"a": {**A, "readOnly": True}, "b": B, "c": A}, "oneOf": [*BARE, {"required": ["c"]}]},
}  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_a_choice_of_one_property_is_one_of(choice: dict[str, Any]) -> None:
    assert is_one_of(choice)


def test_branches_may_be_referred_to() -> None:
    defs = {"A": CLOSED[0], "B": CLOSED[1]}
    assert is_one_of({"type": "object", "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]}, **{"$defs": defs})


@pytest.mark.parametrize("choice", NO_CHOICES.values(), ids=NO_CHOICES)
def test_what_only_looks_like_a_choice_is_a_plain_input(choice: dict[str, Any]) -> None:
    assert not is_one_of(choice)


def test_a_choice_takes_exactly_one() -> None:
    create = kind_of(CHOICES["closed branches"]).type("StoreSpecChoiceInput")
    assert print_type(create).startswith("input StoreSpecChoiceInput @oneOf {")
    assert coerce_input_value({"b": 3}, create) == {"b": 3}
    for wrong in ({}, {"a": "x", "b": 3}, {"a": None}):
        assert coerce_input_value(wrong, create) is Undefined


def test_patches_of_a_choice_take_what_they_change() -> None:
    assert not kind_of(CHOICES["required alone"]).type("StoreSpecChoicePatch").is_one_of


def test_a_choice_and_a_plain_object_of_equal_fields_have_types_of_their_own() -> None:
    plain = {"type": "object", "properties": {"a": A, "b": B}}
    schema = {"type": "object", "properties": {"choice": {**plain, "oneOf": BARE}, "plain": plain}}
    kind = compile_spec({"kind": "Store", "schema": schema})
    assert kind.type("StoreSpecChoiceInput").is_one_of
    assert not kind.type("StoreSpecPlainInput").is_one_of
