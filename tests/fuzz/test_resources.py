"""What is decided of any resource is what the reference implementation decides, with every failure at its place."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.dialect import Dialect
from schema_builder.errors import DefinitionRefused
from schema_builder.validation.compiler import compile_validator
from tests.fuzz.instances import instances
from tests.fuzz.profile import fuzzed
from tests.fuzz.schemas import modern_documents, mutated, plain_documents
from tests.support.reference import REFERENCES, disagreements

PLAIN = plain_documents()
MODERN = modern_documents()


def check(schema: Any, instance: Any, dialect: Dialect) -> None:
    """Assert that our verdict on an instance is that of the reference, and so are the places of failures."""
    try:
        failures = compile_validator(schema, dialect=dialect, assert_formats=False)(instance)
    except DefinitionRefused as refused:
        assert_endless(refused)
        return
    event("invalid" if failures else "valid")
    assert disagreements(failures, REFERENCES[dialect](schema).iter_errors(instance)) == []


def assert_endless(refused: DefinitionRefused) -> None:
    """Assert that a schema is refused for a cycle alone, from which the reference would not come back."""
    event("refused")
    assert all("cycle" in failure.message for failure in refused.failures), refused.failures


def drawn(data: st.DataObject, schemas: st.SearchStrategy[Any]) -> tuple[Any, Any]:
    """Draw a schema and an instance: one that follows it, or one after an accident."""
    schema = data.draw(schemas, label="schema")
    following = instances(schema)
    return schema, data.draw(following | mutated(following), label="instance")


@fuzzed(50)
@given(data=st.data())
def test_decisions_in_draft_2020_12_are_those_of_the_reference(data: st.DataObject) -> None:
    check(*drawn(data, MODERN), Dialect.DRAFT_2020_12)


@fuzzed(50)
@given(data=st.data())
def test_decisions_in_draft_7_are_those_of_the_reference(data: st.DataObject) -> None:
    check(*drawn(data, PLAIN), Dialect.DRAFT_7)


@fuzzed(50)
@given(data=st.data())
def test_a_resource_is_accepted_as_it_was_written_or_refused_as_the_reference_refuses_it(data: st.DataObject) -> None:
    schema, spec = drawn(data, PLAIN)
    try:
        body = BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))
    except DefinitionRefused:
        event("refused")
        return
    before = copy.deepcopy(spec)
    completed = body.complete({"spec": spec})
    assert spec == before
    failures = [failure for failure in body.failures(completed) if failure.keyword != "unknownField"]
    if "spec" not in completed:
        assert spec is None
        return
    event("invalid" if failures else "valid")
    assert {failure.path.split("/")[1] for failure in failures} <= {"spec"}
    accepted = REFERENCES[Dialect.DRAFT_2020_12](schema).is_valid(completed["spec"]) and has_safe_integers(spec)
    assert (failures == []) == accepted, failures
    assert_kept(spec, completed["spec"])


def has_safe_integers(value: Any) -> bool:
    """Tell whether every integer of a JSON value fits 64 bits: all others are refused, whatever the schema says."""
    if isinstance(value, dict | list):
        return all(map(has_safe_integers, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def assert_kept(before: Any, after: Any) -> None:
    """Assert that nothing but nulls has gone."""
    if isinstance(before, dict):
        assert isinstance(after, dict)
        for name, value in before.items():
            assert name in after or value is None
            if name in after:
                assert_kept(value, after[name])
    elif isinstance(before, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            assert_kept(one, other)
    else:
        assert type(before) is type(after)
        assert before == after
