"""No rule, however hostile, holds up a server or fills its memory."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import contextlib
import os
import resource
import threading
from pathlib import Path

import pytest

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused
from schema_builder.rules import evaluation
from schema_builder.rules.language import RuleRefused, compile_expression
from schema_builder.rules.program import NotEvaluated

pytestmark = pytest.mark.timeout(30)
KEYWORD = "x-kubernetes-validations"
MEBIBYTES = 64
NUMBERS = list(range(3_000))
HOSTILE = {
    "two loops": ("self.all(x, self.all(y, true))", NUMBERS),
    "three loops": ("self.all(x, self.all(y, self.all(z, true)))", NUMBERS),
    "comparing the whole in a loop": ("self.all(x, self == self)", NUMBERS),
    "searching in a loop": ("self.all(x, self.indexOf(x) >= 0 && self.indexOf(x + 1) != -2)", NUMBERS),
    "sets in a loop": ("self.all(x, sets.contains(self, self))", NUMBERS),
    "copying a list in a loop": ("self.map(x, self.map(y, [x, y])).size() > 0", NUMBERS),
    "texts that double": ("[self]" + ".map(x, x + x)" * 12 + " == []", "a" * 10_000),
    "lists that double": ("[self]" + ".map(x, [x, x])" * 12 + " == []", "a" * 10_000),
    "a text put between its letters": ("self.replace('', self).size() > 0", "a" * 10_000),
    "a text between items": ("self.split('').join(self).size() > 0", "a" * 10_000),
    "patterns in a loop": ("self.all(x, string(x).matches('((a{9}){9}){9}' + string(x)) || true)", NUMBERS),
    "patterns of ours": ("self.map(x, string(x).find('((a{9}){9}){9}' + string(x))).size() == 0", NUMBERS),
    "quantities in two loops": ("self.all(x, self.all(y, quantity(string(y)).compareTo(quantity('1')) > -2))", NUMBERS),
}


def ends_soon(rule: str, value: object) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(NotEvaluated, RuleRefused):
        compile_expression(rule).evaluate({"self": value})
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEBIBYTES


@pytest.mark.parametrize(("rule", "value"), HOSTILE.values(), ids=HOSTILE)
def test_a_costly_rule_ends_soon_and_takes_little_memory(rule, value):
    ends_soon(rule, value)


def test_patterns_match_in_linear_time():
    ends_soon("self.all(x, !x.matches('(a*)*(a|aa)*$') || x.find('(x+x+)+y') == '')", ["a" * 20_000] * 5)


def test_a_rule_that_is_too_costly_for_a_value_is_a_failure_that_says_so():
    schema = {"type": "array", KEYWORD: [{"rule": "self.all(x, self.all(y, x != y || self == self))"}]}
    body = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    assert body.failures({"spec": [1, 2, 3]}) == []
    [failure] = body.failures({"spec": NUMBERS})
    assert (failure.path, failure.keyword) == ("/spec", KEYWORD)
    assert "would take too long on a value of this size" in failure.message


def test_what_items_are_really_like_decides():
    program = compile_expression("self.all(x, self.exists_one(y, x.name == y.name))")
    items = [{"name": f"item-{number}", "text": "a" * 50} for number in range(90)]
    assert program.largest < 2_000
    assert program.evaluate({"self": items}) is True


def test_patterns_in_loops_over_short_lists_are_cheap_enough():
    program = compile_expression("self.split('.').all(part, part.matches('^[a-z][a-z0-9_]{0,62}$'))")
    assert program.bearable
    assert program.evaluate({"self": ".".join(["part_of_a_path"] * 16)}) is True


def test_a_loop_takes_ten_thousand_steps():
    program = compile_expression("self.all(x, self.all(y, true))")
    assert program.evaluate({"self": NUMBERS[:90]}) is True
    with pytest.raises(NotEvaluated, match="more than 10,000 steps"):
        program.evaluate({"self": NUMBERS[:101]})


def test_only_what_a_rule_reads_counts():
    program = compile_expression("has(self.a) && self.a.b.all(x, x > 0)")
    assert program.evaluate({"self": {"a": {"b": [1, 2], "c": ["x" * 1_000_000]}, "d": ["x" * 1_000_000]}}) is True
    assert program.largest > 100_000


@pytest.mark.parametrize(
    "rule",
    [
        "self.replace('', self).replace('', self).replace('', self).replace('', self).replace('', self) == ''",
        "[self]" + ".map(x, [x, x, x, x, x, x, x, x, x])" * 12 + " == []",
    ],
)
def test_a_rule_that_is_too_costly_on_anything_refuses_the_definition(rule):
    with pytest.raises(DefinitionRefused) as caught:
        parse_definition({"kind": "Foo", "schema": {KEYWORD: [{"rule": rule}]}}, name=None)
    [failure] = caught.value.failures
    assert (failure.path, failure.message) == (
        f"/spec/schema/{KEYWORD}/0/rule",
        "would take too long, however small the values are",
    )


def test_all_rules_of_a_body_share_their_time(monkeypatch):
    monkeypatch.setattr(evaluation, "MAX_SECONDS", 0.0005)
    rules = [{"rule": f"self.all(x, x != {-number})"} for number in range(1, 50)]
    body = BodySchema(parse_definition({"kind": "Foo", "schema": {"type": "array", KEYWORD: rules}}, name=None))
    [failure] = body.failures({"spec": NUMBERS})
    assert (failure.path, failure.message) == ("/spec", "the rules of this resource take more than 0.0005 s")


@pytest.mark.parametrize("zone", ["{}", "file:{}", "../../../../../../..{}"])
def test_no_time_zone_leads_to_a_file(tmp_path: Path, zone: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    rule = f"timestamp('2024-01-01T00:00:00Z').getHours('{zone.format(pipe)}') == 0"
    answers: list[str] = []

    def ask() -> None:
        try:
            compile_expression(rule).evaluate({})
        except NotEvaluated as error:
            answers.append(str(error))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert answers == ["no time zone such as Europe/Berlin, and no offset such as +02:00"]


@pytest.mark.parametrize("rule", ["lists.range(1000000000).size() > 0", "'%.1000000000f'.format([1.0]) == ''", "'%.1000f'.format([1.0]).size() > 9", "string(1e308).size() > 0", "quantity('1e99').asInteger() > 0"])  # fmt: skip
def test_numbers_make_nothing_large(rule):
    ends_soon(rule, None)
