"""What scalars take and say."""

# ruff: noqa: E501, RUF001 - tables read best in one line a case, and digits of other scripts are cases
from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, parse_value, print_ast

from schema_builder.scalars import BIG_INT, DATE_TIME, INT_OR_STRING, JSON, STRING_MAP, STRING_MAP_PATCH

REFUSED = object()


def by_value(scalar: GraphQLScalarType, value: Any) -> Any:
    try:
        return scalar.coerce_input_value(value)
    except GraphQLError:
        return REFUSED


def by_literal(scalar: GraphQLScalarType, text: str) -> Any:
    try:
        return scalar.coerce_input_literal(parse_value(text))
    except GraphQLError:
        return REFUSED


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (0, 0),
        (-(2**63), -(2**63)),
        (2**63 - 1, 2**63 - 1),
        ("9223372036854775807", 2**63 - 1),
        ("-5", -5),
        (3.0, 3),
        (2**63, REFUSED),
        ("9223372036854775808", REFUSED),
        (1.5, REFUSED),
        (1e300, REFUSED),
        (True, REFUSED),
        ("", REFUSED),
        ("+5", REFUSED),
        ("05", REFUSED),
        (" 5", REFUSED),
        ("5\n", REFUSED),
        ("٥", REFUSED),
        ("1" * 5000, REFUSED),
        (None, REFUSED),
        ([1], REFUSED),
    ],
)
def test_big_int_takes_integers_of_64_bits_and_nothing_else(given: Any, taken: Any) -> None:
    assert by_value(BIG_INT, given) is taken if taken is REFUSED else by_value(BIG_INT, given) == taken


def test_big_int_is_a_number_while_javascript_holds_it_and_a_decimal_string_beyond() -> None:
    assert BIG_INT.coerce_output_value(2**53 - 1) == 9007199254740991
    assert BIG_INT.coerce_output_value(2**53) == "9007199254740992"
    assert BIG_INT.coerce_output_value(-(2**63)) == "-9223372036854775808"


@pytest.mark.parametrize("text", ["9223372036854775807", '"9223372036854775807"'])
def test_big_int_literals_may_be_numbers_or_strings(text: str) -> None:
    assert by_literal(BIG_INT, text) == 2**63 - 1


@pytest.mark.parametrize("text", ["9223372036854775808", "1.5", "true", "[1]", "{a: 1}", "null", "1" * 4000])
def test_big_int_refuses_other_literals(text: str) -> None:
    assert by_literal(BIG_INT, text) is REFUSED


def test_a_big_int_default_is_printed_so_that_it_reads_back() -> None:
    assert print_ast(BIG_INT.value_to_literal(5)) == "5"
    assert print_ast(BIG_INT.value_to_literal(2**60)) == '"1152921504606846976"'


@pytest.mark.parametrize(
    "given",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.123456789Z",
        "2026-01-31T12:00:00+02:00",
        "2026-01-31t12:00:00z",
    ],
)
def test_date_time_keeps_rfc_3339_as_written(given: str) -> None:
    assert by_value(DATE_TIME, given) == given


@pytest.mark.parametrize(
    "given",
    ["2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-01-31T25:00:00Z", "now", 5, None,
     "2026-01-31T12:00:00Z\n", "20260131T120000Z"],
)  # fmt: skip
def test_date_time_refuses_everything_else(given: Any) -> None:
    assert by_value(DATE_TIME, given) is REFUSED


def test_date_time_says_whatever_text_is_stored() -> None:
    assert DATE_TIME.coerce_output_value("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{a: [1, 2.5, "x", true, null, E], b: {c: -9223372036854775808}}', {"a": [1, 2.5, "x", True, None, "E"], "b": {"c": -(2**63)}}),
        ("9223372036854775808", REFUSED),
        ("{deep: [123456789012345678901234567890]}", REFUSED),
        ("1e999", REFUSED),
    ],
)  # fmt: skip
def test_json_literals_keep_their_values_or_are_refused_and_never_rounded(text: str, value: Any) -> None:
    assert by_literal(JSON, text) == value


@pytest.mark.parametrize("given", [2**63, [2**64], {"a": {"b": -(2**63) - 1}}, float("nan"), {"a": float("inf")}])
def test_json_values_outside_json_or_64_bits_are_refused(given: Any) -> None:
    assert by_value(JSON, given) is REFUSED


def test_json_is_not_nested_without_bound() -> None:
    value: Any = 1
    for _ in range(10_000):
        value = [value]
    assert by_value(JSON, value) is REFUSED


def test_string_maps_hold_strings_and_only_patches_of_them_nulls() -> None:
    assert by_value(STRING_MAP, {"a": "b"}) == {"a": "b"}
    assert by_value(STRING_MAP, {"a": None, "b": "c"}) == {"b": "c"}
    assert by_value(STRING_MAP, {"a": 1}) is REFUSED
    assert by_value(STRING_MAP, "a") is REFUSED
    assert by_value(STRING_MAP_PATCH, {"a": "b", "c": None}) == {"a": "b", "c": None}
    assert by_value(STRING_MAP_PATCH, {"a": 1}) is REFUSED
    assert by_literal(STRING_MAP_PATCH, "{a: null}") == {"a": None}


def test_int_or_string_takes_both() -> None:
    assert by_value(INT_OR_STRING, 8080) == 8080
    assert by_value(INT_OR_STRING, "50%") == "50%"
    assert by_value(INT_OR_STRING, 80.0) == 80
    assert by_value(INT_OR_STRING, 1.5) is REFUSED
    assert by_value(INT_OR_STRING, True) is REFUSED
    assert by_value(INT_OR_STRING, 2**64) is REFUSED
