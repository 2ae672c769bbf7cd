"""Right histories, made up: of one imaginary server that does all that it promises."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from tests.faults.history import (
    Action,
    End,
    Event,
    Filter,
    History,
    Key,
    Listing,
    Outcome,
    Reading,
    Session,
    State,
    Witnessed,
    Write,
)
from tests.faults.meaning import Content, content_of, differing_paths, meant

__all__ = ["simulated"]

_KEYS = [(namespace, name) for namespace in ("north", "south") for name in ("a", "b", "c")]
_TEAMS = ("red", "green")


class _World:
    """The imaginary server.

    Attributes:
        commits: (position, key, before, after) of each.
    """

    def __init__(self, randomly: random.Random) -> None:
        self.random = randomly
        self.time = 0.0
        self.position = 1_000
        self.states: dict[Key, State] = {}
        self.commits: list[tuple[int, Key, State | None, State | None]] = []
        self.writes: list[Write] = []

    def tick(self) -> float:
        self.time += 1
        return self.time

    def write(self, action: Action | None = None) -> None:
        key = self.random.choice(_KEYS)
        before = self.states.get(key)
        chosen = action or self.random.choice(list(Action))
        write = self._content(chosen, key, before)
        try:
            content = meant(write, before)
        except ValueError:
            code = "NOT_FOUND" if before is None else "ALREADY_EXISTS"
            self.writes.append(replace(write, outcome=Outcome.REFUSED, code=code, returned=self.tick()))
            return
        if write.seen is not None and before is not None and write.seen != before.version:
            self.writes.append(replace(write, outcome=Outcome.REFUSED, code="CONFLICT", returned=self.tick()))
            return
        luck = self.random.random()
        if luck < 0.1:
            self.writes.append(replace(write, code="UNANSWERED"))
            if luck < 0.05:
                return
        state, position = before, self.position
        if write.commits:
            state, position = self._commit(key, before, content)
        if luck >= 0.1:
            done = replace(write, outcome=Outcome.DONE, position=position, object=state, returned=self.tick())
            self.writes.append(done)

    def _content(self, action: Action, key: Key, before: State | None) -> Write:
        number = f"t{len(self.writes)}"
        spec: dict[str, Any] = {"token": number, "size": self.random.randrange(10)}
        given: dict[str, Any] = {"spec": spec, "labels": {"team": self.random.choice(_TEAMS)}}
        if action in (Action.DELETE, Action.NOTHING):
            given = {}
        elif action is Action.STATUS:
            given = {"status": {"token": number}}
        elif action is Action.PATCH and self.random.random() < 0.5:
            given = {"labels": {"team": self.random.choice([*_TEAMS, None]), "token": number}}
        seen = None
        if before is not None and action is not Action.CREATE and self.random.random() < 0.4:
            seen = self.random.choice([before.version, before.version, before.version - 1])
        called = self.tick()
        return Write(
            id=number, writer="w", action=action, key=key, called=called, outcome=Outcome.UNKNOWN, seen=seen, **given
        )

    def _commit(self, key: Key, before: State | None, content: Content | None) -> tuple[State | None, int]:
        """Commit; return the state that is answered, and the position."""
        version = self.position
        self.position += self.random.randrange(1, 4)
        after = None if content is None else _state(key, before, content, version)
        self.commits.append((self.position, key, before, after))
        if after is None:
            del self.states[key]
            return before, self.position
        self.states[key] = after
        return after, self.position

    def state_at(self, position: int) -> dict[Key, State]:
        states: dict[Key, State] = {}
        for at, key, _, after in self.commits:
            if at <= position:
                states.pop(key, None)
                if after is not None:
                    states[key] = after
        return states

    def listing(self, position: int, wanted: Filter, **given: Any) -> Listing:
        taken = [state for _, state in sorted(self.state_at(position).items()) if wanted.takes(state)]
        return Listing(
            filter=wanted, called=self.time, returned=self.time, position=position, objects=tuple(taken), **given
        )

    def events(self, wanted: Filter, after: int, upto: int) -> list[Event]:
        told = []
        for position, _, before, state in self.commits:
            if after < position <= upto and (wanted.takes(before) or wanted.takes(state)):
                told.append(_event(wanted, position, before, state, at=self.time))
        return told

    def everything(self, name: str) -> list[Session]:
        """Return the session of a watcher of everything, from the beginning to the end."""
        events = (
            *self.events(Filter(), 0, self.position),
            Event(type="BOOKMARK", at=self.time, position=self.position),
        )
        return [Session(id=name, watcher=name, filter=Filter(), opened=0, position=0, events=events)]

    def watcher(self, name: str) -> list[Session]:
        """Return the sessions of a watcher, from some position to the end, each resuming the last."""
        wanted = self.random.choice(
            [
                Filter(),
                Filter(),
                Filter(namespace="north"),
                Filter(team="red"),
                Filter(least=5),
                Filter(team="green", least=3),
            ]
        )
        start = self.random.randrange(1_000, self.position + 1)
        begin = self.random.choice(["list", "initial", "now"])
        sessions: list[Session] = []
        while not sessions or start < self.position:
            upto = self.random.choice([self.random.randrange(start, self.position + 1), self.position])
            session = Session(id=f"{name}.{len(sessions)}", watcher=name, filter=wanted, opened=0)
            events = self.events(wanted, start, upto)
            if sessions:
                session = replace(session, position=start, resumes=sessions[-1].id)
            elif begin == "initial":
                states = [state for state in self.state_at(start).values() if wanted.takes(state)]
                initial = [Event(type="ADDED", at=0, object=state) for state in states]
                events = [*initial, Event(type="SYNCED", at=0, position=start), *events]
                session = replace(session, initial=True)
            elif begin == "now":
                events = [Event(type="BOOKMARK", at=0, position=start), *events]
            else:
                session = replace(session, position=start)
            end = End(at=self.time, code="UNAVAILABLE", position=upto)
            if self.random.random() < 0.7:
                events.append(Event(type="BOOKMARK", at=self.time, position=upto))
                end = End(at=self.time)
            sessions.append(replace(session, events=tuple(events), end=end))
            start = upto
        return sessions


def simulated(randomly: random.Random, *, writes: int = 40, witnessed: bool = True) -> History:
    """Return a right history.

    Args:
        randomly: Decides what happens.
        writes: How many are tried.
        witnessed: Whether the oplog was read.
    """
    world = _World(randomly)
    for _ in range(6):
        world.write(Action.CREATE)
    readings: list[Reading] = []
    for _ in range(writes):
        world.write()
        key = randomly.choice(_KEYS)
        readings.append(Reading(key=key, called=world.tick(), returned=world.tick(), object=world.states.get(key)))
    watchers = [world.everything("all"), *(world.watcher(f"v{number}") for number in range(4))]
    lists = [
        world.listing(position := randomly.randrange(1_000, world.position + 1), Filter(), asked=position)
        for _ in range(3)
    ]
    lists.append(world.listing(world.position, Filter(), final=True))
    witness = tuple(
        Witnessed(position=position, key=key, version=None if after is None else after.version)
        for position, key, _, after in world.commits
    )
    return History(
        writes=tuple(world.writes),
        sessions=tuple(session for sessions in watchers for session in sessions),
        lists=tuple(lists),
        readings=tuple(readings),
        witness=witness if witnessed else None,
        goal=world.position,
    )


def _state(key: Key, before: State | None, content: Content, version: int) -> State:
    old = {} if before is None else before.metadata
    changed = before is not None and content_of(before).spec != content.spec
    metadata = {
        "namespace": key[0],
        "name": key[1],
        "uid": old.get("uid", f"uid-{version}"),
        "createdAt": old.get("createdAt", f"time-{version}"),
        "updatedAt": f"time-{version}",
        "labels": dict(content.labels),
        "generation": old.get("generation", 1) + changed,
        "resourceVersion": str(version),
    }
    return State({"metadata": metadata, "spec": dict(content.spec), "status": dict(content.status)})


def _event(wanted: Filter, position: int, before: State | None, after: State | None, *, at: float) -> Event:
    if after is None:
        return Event(type="DELETED", at=at, position=position, object=before)
    paths: tuple[str, ...] = ()
    if before is not None:
        told = [{**state.raw, "metadata": _told(state)} for state in (before, after)]
        paths = tuple(sorted(differing_paths(*told)))
    kind = "LEFT" if not wanted.takes(after) else "MODIFIED" if wanted.takes(before) else "ADDED"
    return Event(type=kind, at=at, position=position, object=after, previous=before, paths=paths)


def _told(state: State) -> dict[str, Any]:
    return {name: value for name, value in state.metadata.items() if name not in ("resourceVersion", "updatedAt")}
