"""Filters are found by what they need to be there; nothing that could take a state is ever missed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.resources.selectors import Requirement, Selector
from app.watch.anchors import Anchor, anchor_of, values_at
from app.watch.index import Index
from app.watch.limits import WatchLimits
from app.watch.selection import Filter, Selection
from app.watch.watcher import Watcher
from schema_builder.backend import Resource
from schema_builder.conditions import All, AnyOf, Comparison, Condition, Exists, Field, Membership, Not

scalars = st.sampled_from([None, True, False, 0, 1, 1.0, 2, 2.5, -1, 2**53 + 1, "", "a", "ab", "b", "\ud800"])
operands = scalars.filter(lambda operand: operand is not None)
texts = st.sampled_from(["", "a", "ab", "b"])
names = st.sampled_from(["a", "b"])
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Comparison, st.sampled_from(["eq", "lt", "lte", "gt", "gte"]), operands),
    st.builds(Comparison, st.sampled_from(["startsWith", "substring"]), texts),
    st.builds(Comparison, st.just("in"), st.lists(operands, max_size=3).map(tuple)),
    st.builds(Comparison, st.just("eq"), st.sampled_from(["2026-01-01T00:00:00Z"]), st.just(True)),
    st.builds(Membership, operands),
    st.just(Exists()),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    st.builds(Field, names, leaves),
    lambda inner: st.one_of(
        st.builds(Field, names, inner),
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)
values = st.recursive(
    scalars | st.just("2026-01-01T01:00:00+01:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=2),
    max_leaves=8,
)
labels = st.dictionaries(st.sampled_from(["app", "env"]), texts, max_size=2)
requirements = st.builds(
    Requirement,
    st.sampled_from(["app", "env"]),
    st.sampled_from(["in", "notin", "exists", "absent"]),
    st.lists(texts, max_size=2).map(tuple),
)
filters = st.builds(
    Filter,
    st.none() | conditions,
    st.none() | st.builds(Selector, st.lists(requirements, max_size=2).map(tuple)),
)


def _watcher(filter_: Filter) -> Watcher:
    selection = Selection(kinds=None, filter=filter_)
    return Watcher(selection, position=0, served_from=0, limits=WatchLimits(), on_close=lambda _: None)


def _change() -> Any:
    return SimpleNamespace(storage_key="k", namespace="n", name="r")


def _states(before: Any, after: Any) -> Any:
    return lambda: SimpleNamespace(root_before=before, root_after=after)


def _root(state: Any, labelled: dict[str, str]) -> dict[str, Any]:
    body = state if isinstance(state, dict) else {"a": state}
    return {**body, "metadata": {"labels": labelled}}


@settings(max_examples=300, deadline=None)
@given(
    wanted=st.lists(filters, min_size=1, max_size=6),
    states=st.tuples(values, values),
    labelled=st.tuples(labels, labels),
    leaving=st.sets(st.integers(0, 5)),
)
def test_every_filter_that_takes_a_state_is_found(
    wanted: list[Filter], states: tuple[Any, Any], labelled: tuple[Any, Any], leaving: set[int]
) -> None:
    index = Index()
    watchers = [_watcher(filter_) for filter_ in wanted]
    for watcher in watchers:
        index.add(watcher)
    for number in leaving & set(range(len(watchers))):
        index.remove(watchers[number])
    roots = [_root(state, of) for state, of in zip(states, labelled, strict=True)]
    found = {id(one) for group in index.groups(_change(), _states(*roots)) for one in group.watchers}
    for number, watcher in enumerate(watchers):
        filter_ = watcher.selection.filter
        takes = any(
            filter_.takes(Resource("K", root["metadata"], {name: root[name] for name in root if name != "metadata"}))
            for root in roots
        )
        assert number in leaving or not takes or id(watcher) in found
        assert number not in leaving or id(watcher) not in found
    for watcher in watchers:
        index.remove(watcher)
    assert index.groups(_change(), _states(*roots)) == []


def test_a_change_touches_only_the_filters_that_its_states_can_satisfy() -> None:
    index = Index()
    for number in range(200):
        index.add(_watcher(Filter(Field("spec", Field("port", Comparison("eq", number))))))
        index.add(_watcher(Filter(Field("spec", Field("host", Comparison("startsWith", f"db-{number:03}"))))))
        index.add(_watcher(Filter(Field("spec", Field("size", Comparison("gt", number))))))
        index.add(_watcher(Filter(labels=Selector((Requirement("app", "in", (f"a{number}",)),)))))
    before = {"metadata": {"labels": {"app": "a7"}}, "spec": {"port": 7, "host": "web", "size": 2}}
    after = {"metadata": {"labels": {"app": "a8"}}, "spec": {"port": 8, "host": "db-0091", "size": 0}}
    found = index.groups(_change(), _states(before, after))
    assert len(found) == 2 + 1 + 3 + 2


def test_states_are_not_read_where_no_filter_depends_on_them() -> None:
    index = Index()
    index.add(_watcher(Filter()))

    def unread() -> Any:
        raise AssertionError("states were read")

    assert len(index.groups(_change(), unread)) == 1


def test_all_hear_of_a_change_whose_states_cannot_be_told() -> None:
    index = Index()
    for number in range(3):
        index.add(_watcher(Filter(Field("spec", Field("port", Comparison("eq", number))))))
    assert len(index.groups(_change(), lambda: None)) == 3


def test_a_filter_is_anchored_by_what_the_fewest_states_satisfy() -> None:
    where = All((Field("spec", Field("size", Comparison("gt", 1))), Field("spec", Field("port", Comparison("eq", 5)))))
    assert anchor_of(Filter(where)) == Anchor(("spec", "port"), "equal", (5,))
    assert anchor_of(Filter(AnyOf((where, where)))) is None
    assert anchor_of(Filter(Not(where))) is None


def test_values_are_found_through_lists() -> None:
    root = {"spec": [{"ports": [1, {"n": 2}, None]}, {"ports": 3}, 4]}
    assert list(values_at(root, ("spec", "ports"))) == [1, 3]
