"""What clients read about variables that do not fit."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse
from graphql.execution.values import get_variable_values

from app.transport.wire_errors import input_errors

SCHEMA = build_schema("input I {a: Int! b: [String] c: Boolean} type Query {q(i: I!): String}")
DEFINITIONS = parse("query($i: I!) {q(i: $i)}").definitions[0].variable_definitions


def messages(value):
    errors = get_variable_values(SCHEMA, DEFINITIONS, {"i": value}, 10, hide_suggestions=True)
    return [error["message"].removeprefix("Variable '$i' has invalid value") for error in input_errors(errors)]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            {"a": 1, "bogus": [True, None, "it's"]},
            ": Expected value of type 'I' not to include unknown field 'bogus', "
            'found: {"a": 1, "bogus": [true, null, "it\'s"]}.',
        ),
        (None, ": Expected value of non-null type 'I!' not to be null."),
        ({"a": True}, " at .a: Int cannot represent non-integer value: true."),
        ({"a": 1, "b": [{"x": None}]}, ' at .b[0]: String cannot represent a non string value: {"x": null}.'),
        ({"a": 1, "c": "Ünï"}, ' at .c: Boolean cannot represent a non boolean value: "Ünï".'),
    ],
)
def test_values_in_messages_are_json(value, told):
    assert messages(value) == [told]


def test_values_that_are_shortened_are_left_out():
    deep = {"a": {"b": {"c": {"d": 1}}}}
    assert messages({"a": 1, "b": [deep]}) == [" at .b[0]: String cannot represent a non string value."]
    assert messages(deep) == [
        " at .a: Int cannot represent non-integer value.",
    ]


def test_names_that_look_like_values_do_no_harm():
    (told,) = messages({"a": 1, ", found: {'x": "1"})
    assert told.endswith('found: {"a": 1, ", found: {\'x": "1"}.')
