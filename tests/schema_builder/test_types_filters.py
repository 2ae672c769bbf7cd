"""``where``: from what a client writes to the condition that decides."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLInputObjectType, parse_value
from graphql.utilities import coerce_input_value, value_from_ast_untyped

from schema_builder.conditions import All, AnyOf, Comparison, Condition, Exists, Field, Membership, Not, decider
from schema_builder.errors import BadUserInput
from schema_builder.filtering import condition_of
from tests.schema_builder.drawn import compile_spec

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

KIND = compile_spec(
    {
        "kind": "Service",
        "schema": {
            "type": "object",
            "properties": {
                "port": {"type": "integer"},
                "host": {"type": "string"},
                "at": {"type": "string", "format": "date-time"},
                "mode": {"type": "string", "enum": ["A", "B"]},
                "modes": {"type": "array", "items": {"type": "string", "enum": ["B", "A"]}},
                "tags": {"type": "array", "items": {"type": "string"}},
                "x-y": {"type": "boolean"},
                "_not": {"type": "string"},
                "limits": {"type": "object", "properties": {"max": {"type": "integer"}}},
                "rules": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"port": {"type": "integer"}, "name": {"type": "string"}},
                    },
                },
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
                "secret": {"type": "string", "writeOnly": True},
            },
        },
    }
)


def coerce(where: Any, kind: CompiledKind = KIND) -> Condition | None:
    return condition_of(coerce_input_value(where, kind.type(kind.names.filter)))


def spec(condition: Condition) -> Field:
    return Field("spec", condition)


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        ({}, None),
        ({"spec": {}}, None),
        ({"spec": {"port": {}}}, None),
        ({"spec": {"limits": {}}}, None),
        ({"spec": {"port": {"eq": 5}}}, spec(Field("port", Comparison("eq", 5)))),
        ({"spec": {"port": {"eq": "5"}}}, spec(Field("port", Comparison("eq", 5)))),
        ({"spec": {"port": {"in": [1, 2]}}}, spec(Field("port", Comparison("in", (1, 2))))),
        (
            {"spec": {"port": {"gt": 1, "lte": 9}}},
            spec(All((Field("port", Comparison("lte", 9)), Field("port", Comparison("gt", 1))))),
        ),
        ({"spec": {"port": {"ne": 5}}}, Not(spec(Field("port", Comparison("eq", 5))))),
        ({"spec": {"port": {"notIn": [5]}}}, Not(spec(Field("port", Comparison("in", (5,)))))),
        ({"spec": {"port": {"eq": None}}}, Not(spec(Field("port", Exists())))),
        ({"spec": {"port": {"ne": None}}}, spec(Field("port", Exists()))),
        ({"spec": {"port": {"exists": True}}}, spec(Field("port", Exists()))),
        ({"spec": {"port": {"exists": False}}}, Not(spec(Field("port", Exists())))),
        ({"spec": {"host": {"startsWith": "a"}}}, spec(Field("host", Comparison("startsWith", "a")))),
        ({"spec": {"host": {"contains": "a"}}}, spec(Field("host", Comparison("substring", "a")))),
        ({"spec": {"tags": {"contains": "a"}}}, spec(Field("tags", Membership("a")))),
        ({"spec": {"tags": {"eq": "a"}}}, spec(Field("tags", Comparison("eq", "a")))),
        ({"spec": {"mode": {"eq": "A"}}}, spec(Field("mode", Comparison("eq", "A")))),
        ({"spec": {"modes": {"contains": "A"}}}, spec(Field("modes", Membership("A")))),
        ({"spec": {"x_y": {"eq": True}}}, spec(Field("x-y", Comparison("eq", True)))),
        ({"spec": {"labels": {"exists": True}}}, spec(Field("labels", Exists()))),
        ({"spec": {"grid": {"exists": True}}}, spec(Field("grid", Exists()))),
        (
            {"spec": {"at": {"lt": "2026-01-01T00:00:00Z"}}},
            spec(Field("at", Comparison("lt", "2026-01-01T00:00:00Z", instant=True))),
        ),
        ({"metadata": {"name": {"eq": "db"}}}, Field("metadata", Field("name", Comparison("eq", "db")))),
        ({"_and": []}, None),
        ({"_or": []}, AnyOf(())),
        ({"_not": {}}, Not(All(()))),
        ({"_not": {"spec": {"port": {"eq": 5}}}}, Not(spec(Field("port", Comparison("eq", 5))))),
        (
            {"spec": {"rules": {"port": {"eq": 5}, "name": {"eq": "a"}}}},
            spec(Field("rules", All((Field("port", Comparison("eq", 5)), Field("name", Comparison("eq", "a")))))),
        ),
        (
            {"spec": {"rules": {"_or": [{"port": {"ne": 5}}, {"name": {"eq": "a"}}]}}},
            AnyOf(
                (
                    Not(spec(Field("rules", Field("port", Comparison("eq", 5))))),
                    spec(Field("rules", Field("name", Comparison("eq", "a")))),
                )
            ),
        ),
    ],
)  # fmt: skip
def test_a_filter_says(where: Any, condition: Condition | None) -> None:
    assert coerce(where) == condition


@pytest.mark.parametrize(
    "where",
    [
        {"spec": {"port": {"gt": None}}},
        {"spec": {"port": {"in": None}}},
        {"spec": {"port": {"exists": None}}},
        {"spec": {"port": None}},
        {"spec": None},
        {"metadata": {"name": {"contains": None}}},
        {"_and": None},
        {"_or": None},
        {"_not": None},
        {"_or": [{}, {"_and": [{"_not": {"spec": {"rules": {"port": {"lt": None}}}}}]}]},
    ],
)
def test_a_null_operand_is_bad_user_input_wherever_it_stands(where: Any) -> None:
    with pytest.raises(BadUserInput):
        coerce(where)


def test_a_property_named_like_an_operator_is_no_operator() -> None:
    names = {name: field.out_name for name, field in KIND.type("ServiceSpecFilter").fields.items()}
    (escaped,) = (name for name, out_name in names.items() if out_name == "_not")
    assert escaped != "_not"
    assert coerce({"spec": {escaped: {"eq": "a"}}}) == spec(Field("_not", Comparison("eq", "a")))
    assert coerce({"spec": {"_not": {escaped: {"eq": "a"}}}}) == Not(spec(Field("_not", Comparison("eq", "a"))))


def test_write_only_fields_cannot_be_asked_for() -> None:
    assert "secret" not in KIND.type("ServiceSpecFilter").fields


VALUES = {
    "port": (None, 1, 5, 2**60),
    "host": (None, "a", "db-1"),
    "tags": (None, [], ["a"], ["a", "b"]),
    "rules": (None, [], [{"port": 5}], [{"port": 5, "name": "a"}, {"port": 6}], [{"name": "a"}, {}]),
    "limits": (None, {}, {"max": 5}),
}
FILTERS = (
    "{spec: {port: {eq: 5}}}",
    "{spec: {port: {lt: 5, ne: 1}}}",
    "{spec: {tags: {contains: \"a\"}}}",
    "{spec: {tags: {gt: \"a\", lt: \"b\"}}}",
    "{spec: {rules: {port: {eq: 5}, name: {eq: \"a\"}}}}",
    "{spec: {rules: {port: {ne: 5}}}}",
    "{spec: {rules: {_not: {port: {eq: 5}, name: {exists: true}}}}}",
    "{spec: {rules: {_or: [{port: {eq: 6}}, {name: {ne: \"a\"}}]}}}",
    "{spec: {limits: {max: {notIn: [5]}}}}",
    "{_or: [{spec: {host: {startsWith: \"db\"}}}, {spec: {limits: {max: {gte: 5}}}}]}",
    "{_and: [{spec: {host: {exists: true}}}, {_not: {spec: {port: {in: [1, 5]}}}}]}",
)  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_not_is_the_exact_complement_of_every_filter(text: str) -> None:
    where = value_from_ast_untyped(parse_value(text))
    condition, complement = coerce(where), coerce({"_not": where})
    assert condition is not None
    assert complement is not None
    rng = random.Random(text)
    for _ in range(200):
        value = {"spec": {name: rng.choice(values) for name, values in VALUES.items()}}
        assert decider(condition)(value) is not decider(complement)(value), value


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        ("{rules: {port: {eq: 5}}}", "{rules: {port: {ne: 5}}}"),
        ("{rules: {port: {in: [5]}}}", "{rules: {port: {notIn: [5]}}}"),
        ("{tags: {eq: \"a\"}}", "{tags: {ne: \"a\"}}"),
        ("{limits: {max: {eq: 5}}}", "{limits: {max: {ne: 5}}}"),
        ("{limits: {max: {exists: true}}}", "{limits: {max: {exists: false}}}"),
        ("{port: {eq: null}}", "{port: {ne: null}}"),
    ],
)  # fmt: skip
def test_negative_operators_are_exact_complements_of_the_whole_path(positive: str, negative: str) -> None:
    one, other = (coerce({"spec": value_from_ast_untyped(parse_value(text))}) for text in (positive, negative))
    assert one is not None
    assert other is not None
    rng = random.Random(positive)
    for _ in range(200):
        value = {"spec": {name: rng.choice(values) for name, values in VALUES.items()}}
        assert decider(one)(value) is not decider(other)(value), value


def test_every_filter_of_a_kind_can_be_coerced_empty() -> None:
    for name in KIND.type_names:
        filter_type = KIND.type(name)
        if isinstance(filter_type, GraphQLInputObjectType) and name.endswith("Filter"):
            assert coerce_input_value({}, filter_type) is not None


NESTED = compile_spec(
    {
        "kind": "Matrix",
        "schema": {
            "type": "object",
            "properties": {
                "grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
                "modes": {"type": "array", "items": {"type": "array", "items": {"enum": ["A", "B"]}}},
                "steps": {
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
                },
            },
        },
    }
)
MATRIX = {"spec": {"grid": [[1], [], [2, 3]], "modes": [["A"]], "steps": [[{"name": "a"}], [{"name": "b"}, None]]}}


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({"grid": {"eq": 3}}, True),
        ({"grid": {"gt": 3}}, False),
        ({"grid": {"contains": 2}}, True),
        ({"grid": {"in": [7, 1]}}, True),
        ({"grid": {"exists": True}}, True),
        ({"modes": {"eq": "A"}}, True),
        ({"modes": {"contains": "B"}}, False),
        ({"steps": {"name": {"eq": "b"}}}, True),
        ({"steps": {"_or": [{"name": {"eq": "x"}}, {"name": {"startsWith": "b"}}]}}, True),
        ({"steps": {"name": {"eq": "c"}}}, False),
    ],
)
def test_any_item_of_lists_in_lists_may_match(where: Any, holds: bool) -> None:
    condition = coerce({"spec": where}, NESTED)
    complement = coerce({"_not": {"spec": where}}, NESTED)
    assert condition is not None
    assert complement is not None
    assert decider(condition)(MATRIX) is holds
    assert decider(complement)(MATRIX) is not holds
