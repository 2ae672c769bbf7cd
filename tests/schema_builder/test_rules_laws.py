"""Laws of rules, on drawn values."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schema_builder.rules.cost import MAX_COST, cost_of
from schema_builder.rules.language import compile_expression
from schema_builder.rules.program import NotEvaluated
from schema_builder.rules.shape import of_value
from schema_builder.rules.text import for_library, names_old_self

EXPRESSIONS = [
    "has(self.a) && self.a.b == 1",
    "self.?a.?b.orValue(0) == 1 || has(self.c)",
    "self.a.all(x, x in self.c)",
    "self.exists(k, k == 'a' && self[k] == self.c)",
    "self['a'].b == self.c.size()",
    "size(self.a) > 0 && self.a[0] == self.a[0]",
    "self.c.map(x, self.a).size() == self.c.size()",
    "self == oldSelf || self.a != oldSelf.a",
    "oldSelf.a.b.c == self.a.b.c ? has(self.a.b) : has(oldSelf.c)",
    "self.a.filter(a, a != 1).all(self, self != 2)",
    "{'a': self.a}.a == self.a && [self.c, 1].size() == 2",
    "self.c.matches('a') || self.c.startsWith('b')",
]
NAMES = st.sampled_from("abcd")
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text("ab\0é", max_size=3)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)


def answer(ask: Any) -> Any:
    try:
        return ask()
    except NotEvaluated as error:
        return type(error)


@given(st.sampled_from(EXPRESSIONS), VALUES, VALUES)
@settings(max_examples=300, deadline=None)
def test_what_a_rule_reads_of_a_value_decides_as_the_whole_value(expression: str, value: Any, old: Any) -> None:
    program = compile_expression(expression)
    variables = {"self": value, "oldSelf": old}
    read = answer(lambda: program.evaluate(variables))
    program._usages, usages = dict.fromkeys(variables), program._usages
    try:
        assert read == answer(lambda: program.evaluate(variables))
    finally:
        program._usages = usages


@given(st.sampled_from(EXPRESSIONS), VALUES, VALUES)
@settings(max_examples=200, deadline=None)
def test_small_values_are_never_too_costly(expression: str, value: Any, old: Any) -> None:
    tree = compile_expression(expression).tree()
    assert cost_of(tree, {"self": of_value(value), "oldSelf": of_value(old)}) < MAX_COST


@given(st.text("ab_.('\")`rx/\n \\=") | st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read_as_a_rule(text: str) -> None:
    names_old_self(text)
    assert for_library(text, optional_old=True).replace("(oldSelf.?value)", "oldSelf") == for_library(text)
