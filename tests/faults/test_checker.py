"""The checker accepts right histories, and finds whatever is wrong in others."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.checker import check
from tests.faults.history import Action, Event, Filter, History, Outcome, Session, State, Write
from tests.faults.simulated import simulated
from tests.faults.spoilers import SPOILERS, lost_event, repeated_event, swapped_events, wrong_state

_SEEDS = st.integers(0, 2**32)


def spoiled(spoiler, *, witnessed, start=0):
    """Return the first history of a run of seeds that has a place for a fault, with the fault."""
    for seed in range(start, start + 50):
        randomly = random.Random(seed)
        history = spoiler(simulated(randomly, witnessed=witnessed), randomly)
        if history is not None:
            return history
    raise AssertionError("no history has a place for it")


@given(_SEEDS, st.booleans(), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_right_histories_are_accepted(seed, witnessed, writes):
    assert check(simulated(random.Random(seed), writes=writes, witnessed=witnessed)) == []


def test_an_empty_history_is_accepted():
    assert check(History()) == []


@pytest.mark.parametrize("spoiler", SPOILERS, ids=lambda spoiler: spoiler.__name__)
def test_each_fault_is_found_by_its_name(spoiler):
    for start in range(0, 200, 50):
        violations = check(spoiled(spoiler, witnessed=True, start=start))
        assert SPOILERS[spoiler] & {violation.rule for violation in violations}, violations


@pytest.mark.parametrize("spoiler", SPOILERS, ids=lambda spoiler: spoiler.__name__)
def test_each_fault_is_found_without_the_oplog(spoiler):
    assert check(spoiled(spoiler, witnessed=False))


@given(_SEEDS, st.sampled_from(list(SPOILERS)), st.integers(5, 60))
@settings(max_examples=100, deadline=None)
def test_spoiled_histories_are_refused(seed, spoiler, writes):
    randomly = random.Random(seed)
    history = spoiler(simulated(randomly, writes=writes), randomly)
    assert history is None or check(history)


@pytest.mark.parametrize("spoiler", [lost_event, repeated_event, swapped_events, wrong_state])
def test_what_is_found_says_who_was_told_what(spoiler):
    history = spoiled(spoiler, witnessed=True)
    watchers = {session.watcher for session in history.sessions}
    (first, *_) = [one for one in check(history) if one.rule in SPOILERS[spoiler]]
    assert any(f" of {watcher} on server" in first.text for watcher in watchers)


def state(name, *, version, size, token):
    metadata = {
        "namespace": "north",
        "name": name,
        "uid": f"uid-{name}",
        "createdAt": "then",
        "generation": 1,
        "resourceVersion": str(version),
    }
    return State({"metadata": metadata, "spec": {"size": size, "token": token}})


def create(token, name, *, called, size=1, **outcome):
    return Write(
        id=token,
        writer="w",
        action=Action.CREATE,
        key=("north", name),
        called=called,
        spec={"size": size, "token": token},
        **{"outcome": Outcome.UNKNOWN, "code": "UNANSWERED", **outcome},
    )


def done(position, made):
    return {"outcome": Outcome.DONE, "code": None, "returned": position, "position": position, "object": made}


def watch(*events, **given):
    fields = {"id": "s", "watcher": "v", "filter": Filter(), "opened": 0, "position": 0, **given}
    return Session(events=events, **fields)


def added(position, made):
    return Event(type="ADDED", at=position, position=position, object=made)


def test_an_unanswered_write_may_have_been_committed():
    made = state("a", version=5, size=1, token="t")
    history = History(writes=(create("t", "a", called=1),), sessions=(watch(added(9, made)),))
    assert check(history) == []


def test_an_unanswered_write_may_not_have_been_committed():
    assert check(History(writes=(create("t", "a", called=1),), sessions=(watch(),))) == []


def test_an_unanswered_write_is_committed_once():
    first = state("a", version=5, size=1, token="t")
    gone = Event(type="DELETED", at=10, position=10, object=first)
    again = state("a", version=10, size=1, token="t")
    delete = Write(id="d", writer="w", action=Action.DELETE, key=("north", "a"), called=9, **done(10, first))
    history = History(
        writes=(create("t", "a", called=1), delete), sessions=(watch(added(9, first), gone, added(11, again)),)
    )
    assert {violation.rule for violation in check(history)} == {"repeated write"}


def test_a_lost_update_is_found():
    """Two writers read the same state, and the second undoes what the first has done."""
    first, second, third = (state("a", version=version, size=1, token="t") for version in (5, 9, 10))
    marked = State({**second.raw, "metadata": {**second.metadata, "labels": {"team": "red", "token": "u"}}})
    undone = State({**third.raw, "status": {"token": "v"}})
    label = Write(
        id="u", writer="w", action=Action.PATCH, key=first.key, called=6, labels={"team": "red", "token": "u"},
        **done(10, marked),
    )  # fmt: skip
    status = Write(
        id="v", writer="x", action=Action.STATUS, key=first.key, called=6, status={"token": "v"}, **done(11, undone)
    )
    history = History(writes=(create("t", "a", called=1, **done(9, first)), label, status), sessions=())
    assert [violation.rule for violation in check(history)] == ["meaning"]


def test_a_deletion_of_what_another_names_is_found():
    named = state("a", version=5, size=1, token="t")
    leader = State({**state("b", version=9, size=1, token="u").raw, "spec": {"size": 1, "token": "u", "leader": "a"}})
    namer = replace(create("u", "b", called=9, **done(10, leader)), spec=leader.spec)
    delete = Write(id="d", writer="w", action=Action.DELETE, key=named.key, called=10.5, **done(11, named))
    refused = replace(delete, outcome=Outcome.REFUSED, code="CONFLICT", position=None, object=None)
    writes = (create("t", "a", called=1, **done(9, named)), namer)
    assert [violation.rule for violation in check(History(writes=(*writes, delete)))] == ["restriction"]
    assert check(History(writes=(*writes, refused))) == []
    assert [violation.rule for violation in check(History(writes=(writes[0], refused)))] == ["refusal"]


def test_a_newest_list_that_is_older_than_an_acknowledged_write_is_stale():
    history = spoiled(lambda history, _: history, witnessed=True)
    (final,) = [listing for listing in history.lists if listing.final]

    older = replace(final, position=1_000, objects=(), called=10_000.0)
    assert "stale" in {violation.rule for violation in check(replace(history, lists=(older,)))}


def test_numbers_of_other_types_are_other_states():
    assert State({"size": 1}) != State({"size": 1.0})
    assert State({"size": 1}) != State({"size": True})
    assert State({"a": 1, "b": 2}) == State({"b": 2, "a": 1})
