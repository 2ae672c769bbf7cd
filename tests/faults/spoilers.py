"""Ways to break one promise in a right history.

Each returns the history with the fault, None where it has no place for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

from tests.faults.history import Action, End, Event, History, Listing, Outcome, Session, State, Write

__all__ = ["SPOILERS"]

Spoiler: TypeAlias = Callable[[History, random.Random], History | None]
_T = TypeVar("_T")


def _replaced(values: tuple[_T, ...], old: _T, *new: _T) -> tuple[_T, ...]:
    index = next(index for index, value in enumerate(values) if value is old)
    return (*values[:index], *new, *values[index + 1 :])


def _changes(session: Session) -> list[int]:
    """Return the places of the events that tell of changes."""
    return [index for index, event in enumerate(session.events) if event.object and event.position is not None]


def _spoil_events(
    history: History,
    randomly: random.Random,
    spoil: Callable[[list[Event], int], None],
    *,
    least: int = 1,
    fits: Callable[[Event], bool] = lambda _: True,
) -> History | None:
    """Break the events of one session at a place that fits, not its last so many places less one."""
    found = [
        (session, index)
        for session in history.sessions
        for index in _changes(session)[: len(_changes(session)) - least + 1]
        if fits(session.events[index])
    ]
    if not found:
        return None
    session, index = randomly.choice(found)
    events = list(session.events)
    spoil(events, index)
    return replace(history, sessions=_replaced(history.sessions, session, replace(session, events=tuple(events))))


def _other(state: State | None) -> State:
    assert state is not None
    return State({**state.raw, "spec": {**state.spec, "size": 77}})


def lost_event(history: History, randomly: random.Random) -> History | None:
    return _spoil_events(history, randomly, lambda events, index: events.__delitem__(index), least=2)


def repeated_event(history: History, randomly: random.Random) -> History | None:
    return _spoil_events(history, randomly, lambda events, index: events.insert(index, events[index]))


def swapped_events(history: History, randomly: random.Random) -> History | None:
    def spoil(events: list[Event], index: int) -> None:
        later = next(place for place in range(index + 1, len(events)) if events[place].object)
        events[index], events[later] = events[later], events[index]

    return _spoil_events(history, randomly, spoil, least=2)


def _altered(**changes: Callable[[Event], Any]) -> Callable[[list[Event], int], None]:
    def spoil(events: list[Event], index: int) -> None:
        event = events[index]
        events[index] = replace(event, **{name: change(event) for name, change in changes.items()})

    return spoil


def wrong_state(history: History, randomly: random.Random) -> History | None:
    return _spoil_events(history, randomly, _altered(object=lambda event: _other(event.object)))


def wrong_previous(history: History, randomly: random.Random) -> History | None:
    altered = _altered(previous=lambda event: _other(event.previous))
    return _spoil_events(history, randomly, altered, fits=lambda event: event.previous is not None)


def missing_previous(history: History, randomly: random.Random) -> History | None:
    altered = _altered(previous=lambda _: None)
    return _spoil_events(history, randomly, altered, fits=lambda event: event.previous is not None)


def wrong_type(history: History, randomly: random.Random) -> History | None:
    altered = _altered(type=lambda event: "MODIFIED" if event.type == "ADDED" else "ADDED")
    return _spoil_events(history, randomly, altered, fits=lambda event: event.type in ("ADDED", "MODIFIED"))


def wrong_paths(history: History, randomly: random.Random) -> History | None:
    altered = _altered(paths=lambda event: event.paths[1:])
    return _spoil_events(history, randomly, altered, fits=lambda event: bool(event.paths))


def foreign_event(history: History, randomly: random.Random) -> History | None:
    """An event of what the filter does not take."""
    told = [event for session in history.sessions for event in session.events if event.object and event.position]
    for session in randomly.sample(history.sessions, len(history.sessions)):
        wanted, places = session.filter, _changes(session)
        foreign = [event for event in told if not (wanted.takes(event.object) or wanted.takes(event.previous))]
        for index, later in pairwise(places):
            begin, end = session.events[index].position or 0, session.events[later].position or 0
            between = [event for event in foreign if begin < (event.position or 0) < end]
            if between:
                events = (*session.events[: index + 1], between[0], *session.events[index + 1 :])
                return replace(history, sessions=_replaced(history.sessions, session, replace(session, events=events)))
    return None


def unknown_position(history: History, randomly: random.Random) -> History | None:
    """An event at a position where nothing was committed."""
    taken = {one.position for one in history.witness or ()}
    altered = _altered(position=lambda event: (event.position or 0) - 1)
    return _spoil_events(history, randomly, altered, fits=lambda event: (event.position or 0) - 1 not in taken)


def _spoil_sessions(
    history: History, randomly: random.Random, sessions: Iterable[Session], spoil: Callable[[Session], Session]
) -> History | None:
    found = list(sessions)
    if not found:
        return None
    session = randomly.choice(found)
    return replace(history, sessions=_replaced(history.sessions, session, spoil(session)))


def skipping_resume(history: History, randomly: random.Random) -> History | None:
    """The first change after a resume is not told."""

    def spoil(session: Session) -> Session:
        first = _changes(session)[0]
        return replace(session, events=session.events[:first] + session.events[first + 1 :])

    fits = (one for one in history.sessions if one.resumes and (len(_changes(one)) > 1 or _marked(one, 1)))
    return _spoil_sessions(history, randomly, fits, spoil)


def _marked(session: Session, least: int) -> bool:
    """Whether something after its changes tells how far it has come."""
    end = session.end is not None and session.end.position is not None
    return len(_changes(session)) >= least and (end or session.events[-1].type == "BOOKMARK")


def hasty_bookmark(history: History, randomly: random.Random) -> History | None:
    """A bookmark comes before a change that it covers."""

    def spoil(session: Session) -> Session:
        last = _changes(session)[-1]
        event = session.events[last]
        bookmark = Event(type="BOOKMARK", at=event.at, position=event.position)
        return replace(session, events=(*session.events[:last], bookmark, *session.events[last:]))

    return _spoil_sessions(history, randomly, (one for one in history.sessions if _changes(one)), spoil)


def hasty_end(history: History, randomly: random.Random) -> History | None:
    """An end says to go on from after what was never told."""

    def spoil(session: Session) -> Session:
        last = _changes(session)[-1]
        end = End(at=0, code="UNAVAILABLE", position=session.events[last].position)
        return replace(session, events=session.events[:last], end=end)

    return _spoil_sessions(history, randomly, (one for one in history.sessions if _changes(one)), spoil)


def incomplete_snapshot(history: History, randomly: random.Random) -> History | None:
    fits = (one for one in history.sessions if one.initial and one.events[0].type == "ADDED")
    return _spoil_sessions(history, randomly, fits, lambda session: replace(session, events=session.events[1:]))


def odd_end(history: History, randomly: random.Random) -> History | None:
    end = End(at=0, code="INTERNAL", message="Something went wrong")
    return _spoil_sessions(history, randomly, history.sessions, lambda session: replace(session, end=end))


def stuck_watcher(history: History, randomly: random.Random) -> History | None:
    """The last session of a watcher never gets anything."""
    last = {session.watcher: session for session in history.sessions}
    fits = (one for one in last.values() if one.position is not None and one.position < (history.goal or 0))
    return _spoil_sessions(history, randomly, fits, lambda session: replace(session, events=(), end=None))


def _spoil_lists(
    history: History, randomly: random.Random, *, final: bool, spoil: Callable[[Listing], Listing]
) -> History | None:
    found = [one for one in history.lists if one.final is final and len(one.objects) > 1]
    if not found:
        return None
    listing = randomly.choice(found)
    return replace(history, lists=_replaced(history.lists, listing, spoil(listing)))


def incomplete_list(history: History, randomly: random.Random) -> History | None:
    shorter: Callable[[Listing], Listing] = lambda listing: replace(listing, objects=listing.objects[1:])  # noqa: E731
    return _spoil_lists(history, randomly, final=False, spoil=shorter)


def disordered_list(history: History, randomly: random.Random) -> History | None:
    turned: Callable[[Listing], Listing] = lambda listing: replace(listing, objects=listing.objects[::-1])  # noqa: E731
    return _spoil_lists(history, randomly, final=False, spoil=turned)


def stale_final_list(history: History, randomly: random.Random) -> History | None:
    """The final list holds a state that was replaced."""
    told = [event for session in history.sessions for event in session.events if event.previous and event.object]

    def spoil(listing: Listing) -> Listing:
        for event in reversed(told):
            if event.object in listing.objects and event.previous is not None:
                older = _replaced(
                    listing.objects, next(one for one in listing.objects if one == event.object), event.previous
                )
                return replace(listing, objects=older)
        return replace(listing, objects=listing.objects[1:])

    return _spoil_lists(history, randomly, final=True, spoil=spoil)


def stale_reading(history: History, randomly: random.Random) -> History | None:
    """What is read is a state that was replaced long before."""
    unsure = {write.key for write in history.writes if write.outcome is Outcome.UNKNOWN}
    newest = {reading.key: reading for reading in history.readings}
    last = max((write.called for write in history.writes), default=0) + 100
    for reading in randomly.sample(history.readings, len(history.readings)):
        if reading.key not in unsure and reading.object != newest[reading.key].object:
            stale = replace(reading, called=last, returned=last)
            return replace(history, readings=(*history.readings, stale))
    return None


def _spoil_writes(
    history: History, randomly: random.Random, fits: Callable[[Write], bool], **changes: Callable[[Write], Any]
) -> History | None:
    found = [write for write in history.writes if fits(write)]
    if not found:
        return None
    write = randomly.choice(found)
    spoiled = replace(write, **{name: change(write) for name, change in changes.items()})
    return replace(history, writes=_replaced(history.writes, write, spoiled))


def _is_done(write: Write) -> bool:
    return write.outcome is Outcome.DONE and write.commits


def lost_write(history: History, randomly: random.Random) -> History | None:
    """An acknowledged write of a name of its own is nowhere else."""
    state = State(
        {"metadata": {"namespace": "north", "name": "lost", "resourceVersion": "1"}, "spec": {"token": "lost"}}
    )
    position = randomly.randrange(1_000, 2_000) * 2_000
    write = Write(
        id="lost",
        writer="w",
        action=Action.CREATE,
        key=state.key,
        called=0.1,
        outcome=Outcome.DONE,
        returned=0.2,
        position=position,
        object=state,
        spec={"token": "lost"},
    )
    return replace(history, writes=(*history.writes, write), goal=position)


def other_position(history: History, randomly: random.Random) -> History | None:
    """A writer is told a position that is later than its commit's."""
    return _spoil_writes(history, randomly, _is_done, position=lambda write: (write.position or 0) + 10_000)


def other_answer(history: History, randomly: random.Random) -> History | None:
    return _spoil_writes(history, randomly, _is_done, object=lambda write: _other(write.object))


def denied_write(history: History, randomly: random.Random) -> History | None:
    """A write is refused, and committed all the same."""
    fits: Callable[[Write], bool] = lambda write: _is_done(write) and write.action is not Action.DELETE  # noqa: E731
    return _spoil_writes(history, randomly, fits, outcome=lambda _: Outcome.REFUSED, code=lambda _: "CONFLICT")


def disobeyed_write(history: History, randomly: random.Random) -> History | None:
    """A write that was to change a value has lost it."""
    fits: Callable[[Write], bool] = lambda write: _is_done(write) and bool(write.spec)  # noqa: E731
    return _spoil_writes(history, randomly, fits, spec=lambda write: {**write.spec, "size": 99})


def unseen_predecessor(history: History, randomly: random.Random) -> History | None:
    """A write demands another version than it was made on."""
    fits: Callable[[Write], bool] = lambda write: _is_done(write) and write.action is Action.PATCH  # noqa: E731
    return _spoil_writes(history, randomly, fits, seen=lambda _: 999)


def groundless_refusal(history: History, randomly: random.Random) -> History | None:
    unsure = {write.key for write in history.writes if write.outcome is Outcome.UNKNOWN}
    fits: Callable[[Write], bool] = lambda write: write.code == "NOT_FOUND" and write.key not in unsure  # noqa: E731
    return _spoil_writes(history, randomly, fits, code=lambda _: "ALREADY_EXISTS")


def odd_refusal(history: History, randomly: random.Random) -> History | None:
    fits: Callable[[Write], bool] = lambda write: write.outcome is Outcome.REFUSED  # noqa: E731
    return _spoil_writes(history, randomly, fits, code=lambda _: "INTERNAL")


def unasked_commit(history: History, randomly: random.Random) -> History | None:
    """Nobody has called for what was committed."""
    done = [write for write in history.writes if _is_done(write)]
    if not done:
        return None
    return replace(history, writes=_replaced(history.writes, randomly.choice(done)))


def early_write(history: History, randomly: random.Random) -> History | None:
    """A write was called after a later one had returned."""
    done = [write for write in history.writes if _is_done(write)]
    if len(done) < 2:
        return None
    late = replace(done[0], called=10_000.0, returned=10_001.0)
    return replace(history, writes=_replaced(history.writes, done[0], late))


SPOILERS: dict[Spoiler, set[str]] = {
    lost_event: {"gap"},
    repeated_event: {"repeat"},
    swapped_events: {"gap", "order"},
    wrong_state: {"state"},
    wrong_previous: {"previous"},
    missing_previous: {"previous"},
    wrong_type: {"type"},
    wrong_paths: {"paths"},
    foreign_event: {"filter"},
    unknown_position: {"no such commit"},
    skipping_resume: {"gap"},
    hasty_bookmark: {"gap"},
    hasty_end: {"gap"},
    incomplete_snapshot: {"snapshot"},
    odd_end: {"code"},
    stuck_watcher: {"stuck"},
    incomplete_list: {"list"},
    disordered_list: {"list"},
    stale_final_list: {"final"},
    stale_reading: {"reading"},
    lost_write: {"lost write"},
    other_position: {"lost write"},
    other_answer: {"answer", "meaning", "identity", "generation"},
    denied_write: {"refused write"},
    disobeyed_write: {"meaning"},
    unseen_predecessor: {"unseen predecessor"},
    groundless_refusal: {"refusal"},
    odd_refusal: {"code"},
    unasked_commit: {"unasked commit"},
    early_write: {"real time"},
}
"""Each, with the rules by one of which it is to be found, where the oplog was read."""
