"""Filters select at least what conditions hold for, on a real mongod; exact ones nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from app.resources.states import State
from app.store.documents import to_document
from app.store.lookups import slot_filter
from app.store.pushdown import narrow
from app.store.slots import IndexField, Slot, slot_failures, slot_values
from schema_builder.conditions import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Entries,
    Exists,
    Field,
    Items,
    Membership,
    Not,
    decider,
)

if TYPE_CHECKING:
    from pymongo.collection import Collection

NAMES = ["a", "b", "0", "$where", "a.b", ""]
TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.5Z", "nonsense"]
SCALARS: list[Any] = [
    None, True, False, 0, 1, 2, 1.0, 1.5, -3, 2**53, 2**53 + 1,
    "", "a", "ab", "b", "A", "^a", "a\n", "\0", "é", "😀", *TIMES,
]  # fmt: skip
SLOTS = [
    Slot("x0", "k:1", (IndexField(("spec", "a")), IndexField(("spec", "b"))), unique=False, since=0),
    Slot("x1", "k:2", (IndexField(("spec", "a"), instant=True),), unique=False, since=0),
]

operands = st.sampled_from([*SCALARS, 2**70, "\ud800"])
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        Comparison, st.sampled_from(["eq", "lt", "lte", "gt", "gte"]), operands.filter(lambda one: one is not None)
    ),
    st.builds(Comparison, st.just("eq"), st.none()),
    st.builds(
        Comparison, st.sampled_from(["startsWith", "substring"]), operands.filter(lambda one: isinstance(one, str))
    ),
    st.builds(Comparison, st.just("in"), st.lists(operands, max_size=3).map(tuple)),
    st.builds(Comparison, st.sampled_from(["eq", "lt", "gte"]), st.sampled_from(TIMES), st.just(True)),
    st.builds(Membership, operands.filter(lambda one: one is not None)),
    st.just(Exists()),
)


def _within(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Field, st.sampled_from(NAMES), inner),
        st.builds(Field, st.sampled_from(NAMES), st.builds(Entries, st.builds(Field, st.just("value"), inner))),
        st.builds(Field, st.sampled_from(NAMES), st.builds(Items, inner)),
        st.builds(All, several),
        st.builds(AnyOf, several),
    )


fields = st.builds(
    Field, st.just("spec"), st.builds(Field, st.sampled_from(NAMES), st.recursive(leaves, _within, max_leaves=4))
)
names = st.builds(Comparison, st.sampled_from(["eq", "startsWith"]), st.sampled_from(["r1", "r"]))
moments = st.sampled_from(["2026-01-01T00:00:00.1234Z", "2026-01-01T00:00:00.123Z", "9999-12-31T23:59:59.9999Z"])
times = st.builds(Comparison, st.sampled_from(["eq", "lt", "lte", "gt", "gte"]), moments, st.just(True))
metadata_leaves = st.one_of(
    st.builds(Field, st.just("name"), names),
    st.builds(Field, st.just("createdAt"), times),
    st.builds(Field, st.just("labels"), st.just(Exists())),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        fields, st.builds(Field, st.just("metadata"), st.builds(All, st.lists(metadata_leaves, max_size=2).map(tuple)))
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)

SPECS: list[Any] = [
    {}, {"a": None}, {"a": []}, {"a": [None]}, {"a": [1, "a"]}, {"a": [[1]]}, {"a": {"b": 1}}, {"a": [{"b": 1}, {}]},
    {"a": [{"b": 1}, {"b": "a"}]}, {"a": [{"b": [1, 2]}, 5]}, {"a": {"b": [{"a": 1}]}}, {"0": 1}, {"a": {"0": 1}},
    {"$where": "a"}, {"a.b": 1}, {"a": {"a.b": "ab"}}, {"": 1}, {"a": {"": {"b": 1}}}, "a", None, 5,
    [{"a": 1, "b": 2}, {"a": 2}],
    *({"a": scalar, "b": 1} for scalar in SCALARS), *({"b": scalar} for scalar in SCALARS),
    *({"a": [first, {"b": second}], "b": [[first], second]} for first in SCALARS[:14:3] for second in SCALARS[1:14:3]),
]  # fmt: skip


def _state(number: int, spec: Any) -> State:
    metadata = {
        "name": f"r{number}", "namespace": "n", "uid": "u", "annotations": {},
        "labels": {"a": "b"} if number % 2 else {},
        "createdAt": f"2026-01-01T00:00:00.{number % 1000:03d}Z",
    }  # fmt: skip
    return State(metadata, {"spec": spec} if spec != {} else {}, number)


@pytest.fixture(scope="module")
def stored(mongo_uri: str) -> Iterator[tuple[Collection[dict[str, Any]], dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        collection = client["test_pushdown"]["resources"]
        wholes = {}
        for number, spec in enumerate(SPECS):
            state = _state(number, spec)
            document = to_document(state, storage="000001")
            if isinstance(spec, dict) and not list(slot_failures(SLOTS, state.body)):
                document.update(slot_values(SLOTS, state.metadata, state.body, key=document["_id"]))
            collection.insert_one(document)
            wholes[document["_id"]] = {**state.body, "metadata": state.metadata}
        yield collection, wholes
        client.drop_database("test_pushdown")


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(condition=conditions)
def test_a_filter_selects_at_least_what_the_condition_holds_for(stored: Any, condition: Condition) -> None:
    collection, wholes = stored
    narrowing = narrow(condition)
    wanted = {key for key, whole in wholes.items() if decider(condition)(whole)}
    if narrowing.filter is None:
        return
    selected = {document["_id"] for document in collection.find(narrowing.filter)}
    assert wanted <= selected, (narrowing, wanted - selected)
    if narrowing.exact:
        doubtful = {"$or": [{path: {"$type": "array"}} for path in narrowing.objects]} if narrowing.objects else None
        odd = {one["_id"] for one in collection.find(doubtful)} if doubtful else set()
        assert selected - odd == wanted - odd, (narrowing, selected - wanted)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=st.lists(st.tuples(st.sampled_from(["a", "b"]), leaves), max_size=3))
def test_a_lookup_selects_at_least_what_the_condition_holds_for(
    stored: Any, asked: list[tuple[str, Condition]]
) -> None:
    collection, wholes = stored
    condition = Field("spec", All(tuple(Field(name, leaf) for name, leaf in asked)))
    looked_up = slot_filter(condition, SLOTS)
    if looked_up is None:
        return
    indexed = {one["_id"] for one in collection.find({"x0.k": "k:1"})}
    wanted = {key for key, whole in wholes.items() if key in indexed and decider(condition)(whole)}
    assert wanted <= {document["_id"] for document in collection.find(looked_up)}
