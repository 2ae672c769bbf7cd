"""What must hold of states that are told whole: lists, the beginnings of watches, and what watchers make of events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tests.faults.acknowledged import Acknowledged
from tests.faults.history import Filter, History, Key, Listing, Session, State
from tests.faults.violations import Violation

if TYPE_CHECKING:
    from tests.faults.truth import Truth

__all__ = ["compare_states", "judge_freshness", "judge_lists", "judge_readings", "judge_replays"]


def compare_states(
    told: Iterable[State], truth: Truth, *, wanted: Filter, position: int, rule: str, who: str
) -> Iterator[Violation]:
    """Hold the resources of a snapshot against all that a filter takes at its position."""
    given: dict[Key, State] = {}
    for state in told:
        if state.key in given:
            yield Violation(rule, f"{who} has {'/'.join(state.key)} twice")
        given[state.key] = state
    actual = truth.state(position)
    for key in sorted(given.keys() | actual.keys()):
        known = actual.get(key)
        if known is not None and not isinstance(known, State):
            continue
        expected = known if wanted.takes(known) else None
        if given.get(key) != expected:
            yield Violation(rule, f"{who} has {'/'.join(key)} at {position} as {given.get(key)}: it is {expected}")


def judge_freshness(acknowledged: Acknowledged, position: int, *, asked: float, who: str) -> Iterator[Violation]:
    """The newest state has every write that was acknowledged before it was asked for."""
    newest = acknowledged.newest_before(asked)
    if newest is not None and (newest.position or 0) > position:
        yield Violation("stale", f"{who} is of {position}, and {newest.id} was done at {newest.position} before")


def judge_lists(history: History, truth: Truth) -> Iterator[Violation]:
    """Hold every list against what was committed."""
    acknowledged = Acknowledged(history.writes)
    for listing in history.lists:
        who = f"{_kind_of(listing)} on server {listing.server} with {listing.filter}"
        if listing.asked is None:
            yield from judge_freshness(acknowledged, listing.position, asked=listing.called, who=who)
        elif listing.asked != listing.position:
            yield Violation("list", f"{who} is of {listing.position}, and was asked for {listing.asked}")
        keys = [state.key for state in listing.objects]
        if keys != sorted(keys):
            yield Violation("list", f"{who} at {listing.position} is not in order: {keys}")
        yield from compare_states(
            listing.objects, truth, wanted=listing.filter, position=listing.position, rule=_rule_of(listing), who=who
        )


def _kind_of(listing: Listing) -> str:
    return "the final list" if listing.final else "the list"


def _rule_of(listing: Listing) -> str:
    return "final" if listing.final else "list"


def judge_readings(history: History, truth: Truth) -> Iterator[Violation]:
    """What is read by name is a state that was there at some moment between the call and the return."""
    for reading in history.readings:
        possible = truth.possible(reading.key, reading.called, reading.returned)
        if reading.object not in possible and all(state is None or isinstance(state, State) for state in possible):
            name = "/".join(reading.key)
            text = f"{name} was read on server {reading.server} at {reading.called:.3f} as {reading.object}"
            yield Violation("reading", f"{text}: it was {possible}")


def judge_replays(history: History, truth: Truth) -> Iterator[Violation]:
    """Whoever applies all events to a copy has the state: over every resume, and to the end."""
    sessions = {session.id: session for session in history.sessions}
    copies: dict[str, dict[Key, State]] = {}
    for session in history.sessions:
        who = f"the copy of watcher {session.watcher} after session {session.id}"
        copy = _beginning(session, sessions, copies, history, truth)
        if copy is None:
            continue
        yield from _apply(session, copy, who)
        copies[session.id] = copy
        if session.reached is not None:
            yield from compare_states(
                copy.values(), truth, wanted=session.filter, position=session.reached, rule="replay", who=who
            )


def _beginning(
    session: Session,
    sessions: dict[str, Session],
    copies: dict[str, dict[Key, State]],
    history: History,
    truth: Truth,
) -> dict[Key, State] | None:
    """Return what a watcher knows when a session begins, None where it begins with nothing that it could know."""
    if session.initial:
        return {}
    if session.resumes in sessions:
        return copies.get(session.resumes or "")
    listed = (one for one in history.lists if one.position == session.position and one.filter == session.filter)
    listing = next(listed, None)
    if listing is not None:
        return {state.key: state for state in listing.objects}
    start = session.position if session.position is not None else next((one.position for one in session.events), None)
    if start is None:
        return None
    states = truth.state(start).values()
    known = [state for state in states if isinstance(state, State)]
    return {state.key: state for state in known if session.filter.takes(state)} if len(known) == len(states) else None


def _apply(session: Session, copy: dict[Key, State], who: str) -> Iterator[Violation]:
    for event in session.events:
        if event.object is None:
            continue
        key, held = event.object.key, copy.get(event.object.key)
        if (event.type == "ADDED") != (held is None):
            yield Violation("replay", f"{who} gets {event.type} of {'/'.join(key)} at {event.position}, and has {held}")
        last = event.object if event.type == "DELETED" else event.previous
        if held is not None and event.type != "ADDED" and held != last:
            yield Violation("replay", f"{who} has {held} at {event.position}, which is told to be {last}")
        if event.type in ("ADDED", "MODIFIED"):
            copy[key] = event.object
        else:
            copy.pop(key, None)
