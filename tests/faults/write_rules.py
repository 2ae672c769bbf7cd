"""What must hold of writes: each acknowledged one is there, once, whole, and saw its predecessor; no other is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from tests.faults.acknowledged import Acknowledged
from tests.faults.history import Action, History, Key, Outcome, State, Write
from tests.faults.meaning import content_of, meant
from tests.faults.truth import UNKNOWN, Commit, Truth
from tests.faults.violations import Violation

__all__ = ["attribute", "judge_writes"]

_REFUSALS: Final = frozenset({"ALREADY_EXISTS", "NOT_FOUND", "CONFLICT", "UNSENT"})
_UNCERTAIN: Final = frozenset({"UNAVAILABLE", "UNANSWERED"})


def attribute(history: History, truth: Truth) -> Iterator[Violation]:
    """Find the commit of each write, and the write of each commit."""
    yield from _acknowledged(history, truth)
    left = _marks(truth)
    for write in history.writes:
        found = left.get((write.key, write.id), [])
        if len(found) > 1:
            yield Violation("repeated write", f"{_told(write)} was committed at {[one.position for one in found]}")
        if found and (write.outcome is Outcome.REFUSED or not write.commits):
            yield Violation("refused write", f"{_told(write)} was committed at {found[0].position} all the same")
        for commit in found:
            commit.write = commit.write or write
    _attribute_deletions(history.writes, truth)
    for commit in truth.commits:
        if commit.write is None and commit.after is not UNKNOWN:
            yield Violation("unasked commit", f"nobody asked for {commit.name}: {commit.after}")


def judge_writes(history: History, truth: Truth) -> Iterator[Violation]:
    """Hold writes, which have been attributed, against what was committed."""
    yield from _codes(history.writes)
    for commit in truth.commits:
        yield from _judge_chain(commit, truth)
        yield from _judge_meaning(commit)
        yield from _judge_restriction(commit, truth)
    yield from _judge_order(Acknowledged(history.writes))
    for write in history.writes:
        yield from _judge_answer(write, truth)
        yield from _judge_refusal(write, truth)


def _told(write: Write) -> str:
    code = f" {write.code}" if write.code else ""
    return f"the {write.outcome}{code} {write.action} {write.id} of {'/'.join(write.key)} by {write.writer}"


def _acknowledged(history: History, truth: Truth) -> Iterator[Violation]:
    for write in history.writes:
        if write.outcome is not Outcome.DONE or not write.commits:
            continue
        commit = truth.by_position.get(write.position or -1)
        if commit is None or commit.key != write.key:
            yield Violation(
                "lost write", f"{_told(write)} was acknowledged at {write.position}: there is no such commit"
            )
        elif commit.write is not None:
            yield Violation("shared position", f"{_told(write)} and {commit.write.id} both have {write.position}")
        else:
            commit.write = write


def _marks(truth: Truth) -> dict[tuple[Key, str], list[Commit]]:
    """Return the commits that brought each token."""
    marks: defaultdict[tuple[Key, str], list[Commit]] = defaultdict(list)
    for commit in truth.commits:
        if isinstance(commit.after, State):
            old = commit.follows.tokens if isinstance(commit.follows, State) else set()
            for token in commit.after.tokens - old:
                marks[commit.key, token].append(commit)
    return marks


def _attribute_deletions(writes: Iterable[Write], truth: Truth) -> None:
    """Give each removal that nobody was answered for to a deletion that may have done it: they leave no token."""
    uncertain = sorted(
        (write for write in writes if write.action is Action.DELETE and write.outcome is Outcome.UNKNOWN),
        key=lambda write: write.called,
    )
    spent: set[str] = set()
    for commit in truth.commits:
        if commit.write is not None or commit.after is not None:
            continue
        for write in uncertain:
            fits = write.key == commit.key and write.commits and write.called <= commit.observed
            seen = commit.follows.version if isinstance(commit.follows, State) else None
            if fits and write.id not in spent and write.seen in (None, seen):
                spent.add(write.id)
                commit.write = write
                break


def _codes(writes: Iterable[Write]) -> Iterator[Violation]:
    for write in writes:
        known = {Outcome.REFUSED: _REFUSALS, Outcome.UNKNOWN: _UNCERTAIN, Outcome.DONE: {None}}[write.outcome]
        if write.code not in known:
            yield Violation("code", _told(write))


def _judge_chain(commit: Commit, truth: Truth) -> Iterator[Violation]:
    """Each state follows the one before it: versions rise, and lie between the two commits."""
    if UNKNOWN not in (commit.before, commit.follows) and commit.before != commit.follows:
        yield Violation("predecessor", f"{commit.name} follows {commit.follows}, and is told to follow {commit.before}")
    if not isinstance(commit.after, State):
        if commit.after is None and commit.follows is None:
            yield Violation("predecessor", f"{commit.name} removes what is not there")
        return
    version = commit.after.version
    if commit.version not in (None, version):
        yield Violation("version", f"{commit.name} has the version {commit.version}, and is told to have {version}")
    predecessor = truth.predecessor(commit)
    least = 0 if predecessor is None else predecessor.position
    if not least <= version < commit.position:
        yield Violation("version", f"{commit.name} has the version {version}, which is not from {least} on")
    if isinstance(commit.follows, State):
        yield from _judge_identity(commit, commit.follows, commit.after)


def _judge_identity(commit: Commit, old: State, new: State) -> Iterator[Violation]:
    if new.version <= old.version:
        yield Violation("version", f"{commit.name} has the version {new.version} after {old.version}")
    for name in ("uid", "createdAt"):
        if old.metadata[name] != new.metadata[name]:
            yield Violation("identity", f"{commit.name} changed {name}")
    expected = old.metadata["generation"] + (old.spec != new.spec)
    if new.metadata["generation"] != expected:
        yield Violation("generation", f"{commit.name} has {new.metadata['generation']}, not {expected}")


def _judge_meaning(commit: Commit) -> Iterator[Violation]:
    """The state after a write is what the write makes of the state before it, and of no other."""
    write, before, after = commit.write, commit.follows, commit.after
    if write is None or before is UNKNOWN or after is UNKNOWN:
        return
    assert not isinstance(before, type(UNKNOWN))
    assert not isinstance(after, type(UNKNOWN))
    if write.seen is not None and (before is None or before.version != write.seen):
        yield Violation("unseen predecessor", f"{_told(write)} demanded the version {write.seen} of {before}")
    try:
        expected = meant(write, before)
    except ValueError as error:
        yield Violation("meaning", f"{_told(write)} at {commit.position}: {error}")
        return
    actual = None if after is None else content_of(after)
    if actual != expected:
        yield Violation("meaning", f"{_told(write)} at {commit.position} made {actual} of {before}, not {expected}")


def _judge_restriction(commit: Commit, truth: Truth) -> Iterator[Violation]:
    """Nobody is deleted while another names it: those who name and those who delete see each other."""
    if commit.after is not None:
        return
    for key in truth.of_key:
        state = truth.state_of(key, commit.position - 1)
        if isinstance(state, State) and _names(state, commit.key):
            yield Violation("restriction", f"{commit.name} was deleted, and is named by {state}")


def _names(state: State, key: Key) -> bool:
    """Tell whether a resource restricts the deletion of another."""
    namespace, name = key
    return state.key != key and state.key[0] == namespace and state.spec.get("leader") == name


def _judge_answer(write: Write, truth: Truth) -> Iterator[Violation]:
    """What a writer was answered is what was committed."""
    if write.outcome is not Outcome.DONE or write.position is None:
        return
    commit = truth.by_position.get(write.position) if write.commits else None
    if write.action is Action.DELETE and not write.dry:
        actual = UNKNOWN if commit is None else commit.follows
    elif write.commits:
        actual = UNKNOWN if commit is None else commit.after
    elif write.action is Action.NOTHING:
        actual = truth.state_of(write.key, write.position)
    else:
        return
    if actual is not UNKNOWN and write.object != actual:
        yield Violation("answer", f"{_told(write)} was answered {write.object}; at {write.position} is {actual}")


def _judge_order(acknowledged: Acknowledged) -> Iterator[Violation]:
    """A write that was called after another had returned has a later position."""
    for write in acknowledged.writes:
        earlier = acknowledged.newest_before(write.called)
        if earlier is not None and (earlier.position or 0) >= (write.position or 0):
            text = f"{_told(write)} at {write.position} began after {earlier.id} was done at {earlier.position}"
            yield Violation("real time", text)


def _judge_refusal(write: Write, truth: Truth) -> Iterator[Violation]:
    """What was refused must have been impossible at some moment between the call and the return."""
    if write.outcome is not Outcome.REFUSED or write.code not in ("ALREADY_EXISTS", "NOT_FOUND", "CONFLICT"):
        return
    states = truth.possible(write.key, write.called, write.returned or write.called)
    if UNKNOWN in states:
        return
    versions = {state.version if isinstance(state, State) else None for state in states}
    if write.code == "CONFLICT" and write.action is Action.DELETE and _is_restricted(write, truth):
        return
    if write.code == "CONFLICT":
        fits = len(states) > 1 if write.seen is None else versions != {write.seen}
    else:
        fits = (None in versions) if write.code == "NOT_FOUND" else versions != {None}
    if not fits:
        yield Violation("refusal", f"{_told(write)}: all the while it was {states[0]}")


def _is_restricted(write: Write, truth: Truth) -> bool:
    """Tell whether others may have named a resource while its deletion was tried."""
    others = (truth.possible(key, write.called, write.returned or write.called) for key in truth.of_key)
    return any(
        state is UNKNOWN or (isinstance(state, State) and _names(state, write.key)) for one in others for state in one
    )
