"""What must hold of watches: every change that matches, exactly once, in order, with its exact states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.faults.acknowledged import Acknowledged
from tests.faults.history import State
from tests.faults.meaning import differing_paths
from tests.faults.snapshots import compare_states, judge_freshness
from tests.faults.truth import UNKNOWN, Commit, Truth
from tests.faults.violations import Violation

if TYPE_CHECKING:
    from tests.faults.history import Event, Filter, History, Session

__all__ = ["expected_event", "judge_watches"]

_ENDS: Final = frozenset({None, "UNAVAILABLE", "LIMIT_EXCEEDED"})
_Told: TypeAlias = tuple[str, State | None, State | None]
"""(type, object, previous)"""

_UNTOLD: Final = ("resourceVersion", "updatedAt")
"""Parts of metadata that changedPaths leaves out: every commit changes them."""


def expected_event(commit: Commit, wanted: Filter) -> _Told | None:
    """Return what a commit is to those who want what a filter takes, None where nothing."""
    before, after = commit.follows, commit.after
    assert not isinstance(before, type(UNKNOWN))
    assert not isinstance(after, type(UNKNOWN))
    had, has = wanted.takes(before), wanted.takes(after)
    if has:
        return ("MODIFIED" if had else "ADDED"), after, before
    if had:
        return ("DELETED", before, None) if after is None else ("LEFT", after, before)
    return None


def judge_watches(history: History, truth: Truth) -> Iterator[Violation]:
    """Hold every session against what was committed."""
    sessions = {session.id: session for session in history.sessions}
    acknowledged = Acknowledged(history.writes)
    for session in history.sessions:
        yield from _Session(session, acknowledged, truth).judge()
        earlier = sessions.get(session.resumes or "")
        if earlier is not None and session.position != earlier.reached:
            yield Violation("recording", f"{_told(session)} begins at {session.position}, not at {earlier.reached}")
    yield from _judge_liveness(history)


def _told(session: Session) -> str:
    begins = "the state" if session.initial else "now" if session.position is None else str(session.position)
    resumed = f", resuming {session.resumes}" if session.resumes else ""
    who = f"watch {session.id} of {session.watcher} on server {session.server} ({session.transport})"
    return f"{who} with {session.filter} from {begins}{resumed}"


class _Session:
    """Judges one session."""

    def __init__(self, session: Session, acknowledged: Acknowledged, truth: Truth) -> None:
        self.session = session
        self.acknowledged = acknowledged
        self.truth = truth
        self.told = _told(session)

    def judge(self) -> Iterator[Violation]:
        end = self.session.end
        if end is not None and end.code not in _ENDS:
            yield Violation("code", f"{self.told} ended with {end.code}: {end.message}")
        changes, start, found = self._beginning()
        yield from found
        if start is not None:
            yield from self._changes(changes, start)

    def _beginning(self) -> tuple[list[Event], int | None, list[Violation]]:
        """Return (the events that are changes or bookmarks, the position before them, what is wrong with the rest)."""
        events = list(self.session.events)
        if self.session.initial:
            synced = next((index for index, event in enumerate(events) if event.type == "SYNCED"), None)
            if synced is None:
                odd = [event for event in events if event.type != "ADDED" or event.position is not None]
                return [], None, [self._violation("snapshot", f"has {odd[0]} before SYNCED")] if odd else []
            return events[synced + 1 :], events[synced].position, list(self._snapshot(events[: synced + 1]))
        if self.session.position is not None:
            return events, self.session.position, []
        if not events:
            return [], None, []
        if events[0].type != "BOOKMARK":
            return [], None, [self._violation("beginning", f"begins with {events[0]}, not with a BOOKMARK")]
        return events, events[0].position, list(self._freshness(events[0].position or 0))

    def _snapshot(self, events: list[Event]) -> Iterator[Violation]:
        *initial, synced = events
        position = synced.position or 0
        if self.session.position is not None and position < self.session.position:
            yield self._violation("snapshot", f"is of {position}, older than was asked for")
        yield from self._freshness(position)
        odd = [event for event in initial if event.type != "ADDED" or event.position or event.previous]
        for event in odd:
            yield self._violation("snapshot", f"has {event} before SYNCED")
        yield from compare_states(
            [event.object for event in initial if event.object],
            self.truth,
            wanted=self.session.filter,
            position=position,
            rule="snapshot",
            who=self.told,
        )

    def _freshness(self, position: int) -> Iterator[Violation]:
        yield from judge_freshness(self.acknowledged, position, asked=self.session.opened, who=self.told)

    def _changes(self, events: list[Event], start: int) -> Iterator[Violation]:
        due = list(self._due(start))
        places = {commit.position: number for number, (commit, _) in enumerate(due)}
        given, reached = 0, start
        for number, event in enumerate(events):
            position = event.position
            if position is None or event.type == "SYNCED":
                yield self._violation("beginning", f"has {event} among the changes")
                continue
            if event.type == "BOOKMARK":
                if position < reached:
                    yield self._violation("order", f"has a bookmark of {position} after {reached}")
                place = next((place for place in range(given, len(due)) if due[place][0].position > position), len(due))
                yield from self._gaps(due[given:place], f"the bookmark of {position}")
                given = max(given, place)
            elif (place := places.get(position, -1)) < 0:
                yield from self._unexpected(event, start)
            elif place < given:
                rule = "repeat" if any(one.position == position for one in events[:number]) else "order"
                yield self._violation(rule, f"has {event} after {reached}")
            else:
                yield from self._gaps(due[given:place], f"the event of {position}")
                given = place + 1
                yield from self._compare_event(event, *due[place])
            reached = max(reached, position)
        yield from self._judge_end(due[given:], reached)

    def _due(self, start: int) -> Iterator[tuple[Commit, _Told | None]]:
        """Yield what must be told between a position and the last that the session names.

        Where it must be told is all that is known, the rest is None.
        """
        wanted = self.session.filter
        ends = [event.position or 0 for event in self.session.events]
        if self.session.end is not None:
            ends.append(self.session.end.position or 0)
        for commit in self.truth.between(start, max(ends, default=0)):
            if UNKNOWN not in (commit.after, commit.follows):
                if told := expected_event(commit, wanted):
                    yield commit, told
            elif wanted.team is None and wanted.least is None:
                namespace, name = commit.key
                if wanted.namespace in (None, namespace) and wanted.name in (None, name):
                    yield commit, None

    def _judge_end(self, left: list[tuple[Commit, _Told | None]], reached: int) -> Iterator[Violation]:
        end = self.session.end
        if end is None or end.position is None:
            return
        if end.position < reached:
            yield self._violation("end", f"is to go on from {end.position}, and had reached {reached}")
        missed = [one for one in left if one[0].position <= end.position]
        yield from self._gaps(missed, f"the end, which says to go on from {end.position}")

    def _gaps(self, missed: list[tuple[Commit, _Told | None]], before: str) -> Iterator[Violation]:
        for commit, _ in missed:
            action = "?" if commit.write is None else commit.write.action
            yield self._violation("gap", f"misses {commit.name} ({action}) before {before}")

    def _unexpected(self, event: Event, start: int) -> Iterator[Violation]:
        position = event.position or 0
        commit = self.truth.by_position.get(position)
        if commit is None:
            yield self._violation("no such commit", f"has {event}")
        elif position <= start:
            yield self._violation("repeat", f"has {event}, which is not after its start")
        elif UNKNOWN not in (commit.after, commit.follows):
            yield self._violation("filter", f"has {event}, which is no event of its filter")

    def _compare_event(self, event: Event, commit: Commit, expected: _Told | None) -> Iterator[Violation]:
        if expected is None:
            return
        kind, state, previous = expected
        if event.type != kind:
            yield self._violation("type", f"has {event.type} of {commit.name}, which is {kind}")
        if event.object != state:
            yield self._violation("state", f"has {event.object} of {commit.name}, which is {state}")
        if event.previous != previous:
            yield self._violation("previous", f"has {event.previous} of {commit.name}, which is {previous}")
        elif set(event.paths) != _paths(previous, state):
            yield self._violation("paths", f"has {event.paths} of {commit.name}, not {_paths(previous, state)}")

    def _violation(self, rule: str, text: str) -> Violation:
        return Violation(rule, f"{self.told} {text}")


def _paths(previous: State | None, state: State | None) -> set[str]:
    if previous is None or state is None:
        return set()
    return differing_paths(_stable(previous), _stable(state))


def _stable(state: State) -> dict[str, object]:
    metadata = {name: value for name, value in state.metadata.items() if name not in _UNTOLD}
    return {**state.raw, "metadata": metadata}


def _judge_liveness(history: History) -> Iterator[Violation]:
    """Nobody is left hanging: at the end every watcher reaches the newest position."""
    if history.goal is None:
        return
    last = {session.watcher: session for session in history.sessions}
    for session in last.values():
        if (session.reached or 0) < history.goal:
            yield Violation("stuck", f"{_told(session)} reached {session.reached} and never {history.goal}")
