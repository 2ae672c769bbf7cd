"""What was committed, in order, put together from everything that anybody was told.

Writers are told the position and the state of what they commit, watchers the position and the states around it; the
oplog, where it was read, has every position, and no other. What most say of a commit is taken for true, the writer's
word first; whoever says otherwise is found when each answer is held against it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tests.faults.history import Action, History, Key, Outcome, State, Write

__all__ = ["UNKNOWN", "Commit", "Truth", "reconstruct"]


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = _Unknown()

Known = State | _Unknown | None
"""A state, None for absence, or UNKNOWN."""

_WRITERS_WORD: Final = 1_000


@dataclass(slots=True, kw_only=True)
class Commit:
    """One commit of one resource.

    Attributes:
        before: The state before it, by the word of those who were told of it.
        follows: The state that its predecessor left; equal to ``before``, or something is wrong.
        observed: When somebody was first told of it.
        version: By the oplog; None where it is not known.
        write: The write that it is of, as far as it is known.
    """

    position: int
    key: Key
    before: Known = UNKNOWN
    after: Known = UNKNOWN
    follows: Known = UNKNOWN
    observed: float = float("inf")
    version: int | None = None
    write: Write | None = None

    @property
    def name(self) -> str:
        return f"{'/'.join(self.key)} at {self.position}"

    @property
    def earliest(self) -> float:
        """Before this time it was not committed."""
        return float("-inf") if self.write is None else self.write.called

    @property
    def latest(self) -> float:
        """At this time it was committed."""
        returned = None if self.write is None or self.write.outcome is not Outcome.DONE else self.write.returned
        return self.observed if returned is None else min(returned, self.observed)


@dataclass(slots=True)
class Truth:
    """All commits, by position and by resource."""

    commits: list[Commit] = field(default_factory=list)
    of_key: dict[Key, list[Commit]] = field(default_factory=dict)
    by_position: dict[int, Commit] = field(default_factory=dict)

    def between(self, after: int, upto: int) -> list[Commit]:
        """Return the commits after a position and up to another, in order."""
        begin = bisect_right(self.commits, after, key=lambda commit: commit.position)
        end = bisect_right(self.commits, upto, key=lambda commit: commit.position)
        return self.commits[begin:end]

    def state_of(self, key: Key, position: int) -> Known:
        """Return the state of one resource at a position."""
        commits = self.of_key.get(key, [])
        index = bisect_right(commits, position, key=lambda commit: commit.position)
        return commits[index - 1].after if index else None

    def state(self, position: int) -> dict[Key, Known]:
        """Return the resources that exist at a position."""
        states = {key: self.state_of(key, position) for key in self.of_key}
        return {key: state for key, state in states.items() if state is not None}

    def possible(self, key: Key, called: float, returned: float) -> list[Known]:
        """Return the states that a resource may have had at some moment of an interval of time."""
        commits = self.of_key.get(key, [])
        ends = [commit.latest for commit in commits] + [float("inf")]
        found: list[Known] = [None] if ends[0] >= called else []
        found += [
            commit.after
            for commit, gone in zip(commits, ends[1:], strict=True)
            if commit.earliest <= returned and gone >= called
        ]
        return found

    def predecessor(self, commit: Commit) -> Commit | None:
        commits = self.of_key[commit.key]
        index = bisect_left(commits, commit.position, key=lambda other: other.position)
        return commits[index - 1] if index else None


@dataclass(slots=True)
class _Claims:
    """What is said of one position: each field's values, with how often."""

    keys: Counter[Key] = field(default_factory=Counter)
    before: Counter[State | None] = field(default_factory=Counter)
    after: Counter[State | None] = field(default_factory=Counter)
    observed: float = float("inf")


def reconstruct(history: History) -> Truth:
    """Put the commits together."""
    claims: defaultdict[int, _Claims] = defaultdict(_Claims)
    _from_writes(history.writes, claims)
    _from_events(history, claims)
    commits = [_commit(position, said) for position, said in sorted(claims.items())]
    if history.witness is not None:
        told = {commit.position: commit for commit in commits}
        commits = []
        for seen in sorted(history.witness, key=lambda one: one.position):
            commit = told.get(seen.position)
            if commit is None or commit.key != seen.key:
                commit = Commit(position=seen.position, key=seen.key)
            if seen.version is None:
                commit.after = None
            commit.version = seen.version
            commits.append(commit)
    return _chained(commits)


def _from_writes(writes: Iterable[Write], claims: defaultdict[int, _Claims]) -> None:
    for write in writes:
        if write.outcome is not Outcome.DONE or not write.commits or write.position is None or write.object is None:
            continue
        said = claims[write.position]
        said.keys[write.key] += _WRITERS_WORD
        if write.action is Action.DELETE:
            said.before[write.object] += _WRITERS_WORD
            said.after[None] += _WRITERS_WORD
        else:
            said.after[write.object] += _WRITERS_WORD


def _from_events(history: History, claims: defaultdict[int, _Claims]) -> None:
    for session in history.sessions:
        for event in session.events:
            if event.position is None or event.object is None:
                continue
            said = claims[event.position]
            said.keys[event.object.key] += 1
            said.observed = min(said.observed, event.at)
            gone = event.type == "DELETED"
            said.after[None if gone else event.object] += 1
            said.before[event.object if gone else event.previous] += 1


def _commit(position: int, said: _Claims) -> Commit:
    return Commit(
        position=position,
        key=said.keys.most_common(1)[0][0],
        before=_most(said.before),
        after=_most(said.after),
        observed=said.observed,
    )


def _most(values: Counter[State | None]) -> Known:
    return values.most_common(1)[0][0] if values else UNKNOWN


def _chained(commits: list[Commit]) -> Truth:
    """Link each commit to its predecessor; what nobody was told of one is told by the other."""
    of_key: defaultdict[Key, list[Commit]] = defaultdict(list)
    for commit in commits:
        chain = of_key[commit.key]
        if chain and chain[-1].after is UNKNOWN:
            chain[-1].after = commit.before
        commit.follows = chain[-1].after if chain else None
        chain.append(commit)
    return Truth(commits, dict(of_key), {commit.position: commit for commit in commits})
