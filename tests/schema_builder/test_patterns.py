"""Patterns mean what JSON Schema says, in RE2, wherever a schema may hold one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import schema_builder
from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.patterns import PatternRefused, compile_pattern, searches
from schema_builder.validation.compiler import compile_validator

MEANINGS = [
    (r"b", ["abc", "b"], ["ac", ""]),
    (r"^a$", ["a"], ["a\n", "\na", "b\na"]),
    (r"^\d+$", ["0123"], ["\u0663", "\uff11", ""]),
    (r"^\w+$", ["aZ_9"], ["é", "名"]),
    (r"^\W$", ["é", "-"], ["a"]),
    (r"\bx\b", ["a x b", "éxé"], ["axb"]),
    (r"^\s$", [" ", "\t", "\n", "\f", "\r"], ["\u00a0", "\u2003", "a"]),
    (r"^.$", ["a", "\U0001f432"], ["\n", "ab"]),
    (r"^\p{L}+$", ["é名a"], ["1", " "]),
    (r"^\p{Letter}+$", ["é名a"], ["1"]),
    (r"^\P{Decimal_Number}$", ["a"], ["1", "\u0663"]),
    (r"^\p{Greek}$", ["λ"], ["l"]),
    (r"^(?i)abc$", ["ABC", "abc"], ["abd"]),
    (r"^(?i:a)b$", ["Ab"], ["AB"]),
    (r"^(?<year>[0-9]{4})$", ["2024"], ["24"]),
    (r"^\u00e9$", ["é"], ["e"]),
    (r"^\ud83d\udc32$", ["\U0001f432"], ["\ud83d", "x"]),
    (r"^[\u4e00-\u9fff]+$", ["名"], ["a"]),
    (r"^\cJ\cj$", ["\n\n"], ["\n", "J"]),
    (r"^\x41\/\-$", ["A/-"], ["A"]),
    (r"^\\u0041$", [r"\u0041"], ["A"]),
    (r"^[^]]$", ["a"], ["]"]),
    (r"^(a|ab)(c|bcd)$", ["abcd"], ["abbd"]),
    (r"^.{2}$", ["ab", "éé", "\U0001f432\U0001f432"], ["abc"]),
    ("", ["", "a"], []),
]


@pytest.mark.parametrize(("pattern", "matching", "others"), MEANINGS, ids=lambda value: repr(value)[:40])
def test_patterns_mean_the_same_on_every_machine(pattern, matching, others):
    assert [text for text in matching if not searches(pattern, text)] == []
    assert [text for text in others if searches(pattern, text)] == []


@pytest.mark.parametrize(
    "pattern",
    [r"(?=a)", r"(?!a)", r"(?<=a)b", r"(?<!a)b", r"(a)\1", r"(?<x>a)\k<x>", r"a{1001}", "(", "*", r"\Z"],
)
def test_what_is_not_linear_or_no_pattern_is_refused_with_its_place(pattern):
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)


WHOLE = r"^\p{L}+$"
"""Python's own matcher refuses it; with ASCII letters for ``\\p{L}`` it would let a last newline pass."""

PLACES = [
    ({"properties": {"a": {"pattern": WHOLE}}}, {"a": "é"}, {"a": "é\n"}),
    ({"patternProperties": {WHOLE: {"type": "integer"}}}, {"é": 1, "é\n": "x"}, {"é": "x"}),
    ({"patternProperties": {WHOLE: {}}, "additionalProperties": False}, {"é": 1}, {"é\n": 1}),
    ({"patternProperties": {WHOLE: {}}, "additionalProperties": {"type": "string"}}, {"é": 1}, {"é\n": 1}),
    ({"patternProperties": {WHOLE: {}}, "unevaluatedProperties": False}, {"é": 1}, {"é\n": 1}),
    ({"propertyNames": {"pattern": WHOLE}}, {"é": 1}, {"é\n": 1}),
]


@pytest.mark.parametrize(("schema", "valid", "invalid"), PLACES, ids=lambda value: repr(value)[:60])
def test_every_place_that_holds_a_pattern_matches_it_alike(schema, valid, invalid):
    failures = compile_validator(schema)
    assert failures(valid) == []
    assert failures(invalid) != []


def test_fields_that_a_pattern_declares_are_known_by_the_same_rule():
    schema = {"type": "object", "properties": {"b": {}}, "patternProperties": {WHOLE: {"type": "integer"}}}
    body = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    assert body.failures({"spec": {"é": 1}}) == []
    assert [failure.path for failure in body.failures({"spec": {"é\n": 1}})] == ["/spec/é\n"]


def test_text_that_is_no_unicode_matches_nothing():
    assert not searches("", "\ud800")
    with pytest.raises(PatternRefused, match="surrogate"):
        compile_pattern("\ud800")


def test_no_text_of_a_schema_reaches_the_matcher_of_python():
    """Whatever Python's ``re`` compiles in the schema builder is written down in its source."""
    dynamic = []
    for file in Path(schema_builder.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                of_re = isinstance(call.func.value, ast.Name) and call.func.value.id == "re"
                if of_re and not isinstance(call.args[0], ast.Constant | ast.JoinedStr):
                    dynamic.append((file.name, call.lineno))
    assert dynamic == []
