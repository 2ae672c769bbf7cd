"""Laws of decisions, over drawn states and changes of a kind that takes anything."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from bson.int64 import Int64
from hypothesis import given
from hypothesis import strategies as st

from app.resources.decisions import (
    Action,
    Rules,
    decide_apply,
    decide_create,
    decide_replace,
    decide_status,
    decide_update,
)
from app.resources.deletion import decide_delete
from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.differences import identical

if TYPE_CHECKING:
    from app.resources.states import State

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(seconds=5)
SCHEMA = {"type": "object", "additionalProperties": True}
RULES = Rules("Thing", BodySchema(parse_definition({"kind": "Thing", "schema": SCHEMA}, name=None)), namespaced=True)

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.0, "", "a"])
objects = st.recursive(
    st.dictionaries(st.sampled_from("abc"), scalars, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.lists(inner, max_size=2), max_size=3),
    max_leaves=6,
)
finalizers = st.lists(st.sampled_from(["x", "y"]), unique=True)
maps = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2"]), max_size=3)
metadata = st.fixed_dictionaries({"labels": maps, "annotations": maps, "finalizers": finalizers})
inputs = st.fixed_dictionaries({"metadata": metadata, "spec": objects})
patches = st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.fixed_dictionaries(
            {}, optional={"labels": maps | st.none(), "finalizers": finalizers | st.none()}
        ),
        "spec": objects,
    },
)


def _stored(given_input: Any) -> State:
    decision = decide_create(RULES, given_input, name="a", namespace="default", uid="u", now=NOW)
    assert decision.action is Action.INSERT
    return decision.state._replace(version=7)


@given(inputs, patches)
def test_a_patch_applied_again_changes_nothing(given_input: Any, patch: Any) -> None:
    first = decide_update(RULES, _stored(given_input), patch, now=LATER)
    assert decide_update(RULES, first.state, patch, now=LATER).action is Action.NOTHING


@given(inputs, inputs)
def test_an_apply_applied_again_changes_nothing(given_input: Any, applied: Any) -> None:
    first = decide_apply(RULES, _stored(given_input), applied, now=LATER)
    assert decide_apply(RULES, first.state, applied, now=LATER).action is Action.NOTHING


@given(inputs, inputs)
def test_a_replacement_is_what_was_given_and_the_same_again(given_input: Any, wanted: Any) -> None:
    replaced = decide_replace(RULES, _stored(given_input), wanted, now=LATER).state
    assert identical(replaced.body, _stored(wanted).body)
    assert replaced.metadata["uid"] == "u"
    assert decide_replace(RULES, replaced, wanted, now=LATER).action is Action.NOTHING


@given(inputs, patches)
def test_the_generation_counts_changes_of_the_body_alone(given_input: Any, patch: Any) -> None:
    current = _stored(given_input)
    decision = decide_update(RULES, current, patch, now=LATER)
    changed = not identical(decision.state.body, current.body)
    assert decision.state.metadata["generation"] == current.metadata["generation"] + changed
    if decision.action is Action.NOTHING:
        assert decision.state is current


@given(inputs, objects | st.none())
def test_status_changes_nothing_else(given_input: Any, status: Any) -> None:
    current = _stored(given_input)
    state = decide_status(RULES, current, status, now=LATER).state
    assert identical(state.body.get("spec"), current.body.get("spec"))
    assert {**state.metadata, "updatedAt": ""} == {**current.metadata, "updatedAt": ""}


@given(inputs)
def test_deletion_waits_for_finalizers_and_is_asked_for_once(given_input: Any) -> None:
    current = _stored(given_input)
    decision = decide_delete(current, now=LATER)
    if not current.metadata["finalizers"]:
        assert decision.action is Action.DELETE
        return
    assert decision.action is Action.REPLACE
    assert decision.state.metadata["generation"] == 2
    assert decide_delete(decision.state, now=LATER).action is Action.NOTHING
    last = decide_update(RULES, decision.state, {"metadata": {"finalizers": None}}, now=LATER)
    assert last.action is Action.DELETE


@given(inputs, patches)
def test_decisions_change_nothing_that_they_are_given(given_input: Any, patch: Any) -> None:
    current = _stored(given_input)
    before = repr((current, patch))
    decide_update(RULES, current, patch, now=LATER)
    assert repr((current, patch)) == before


def test_an_integer_is_the_same_whatever_width_it_was_stored_in() -> None:
    assert identical({"n": Int64(5)}, {"n": 5})
    assert identical(5, Int64(5))
    assert not identical(Int64(1), True)
    assert not identical(Int64(1), 1.0)
