"""What was done and what was answered, as the clients of a run saw it: what the checker judges.

All times are seconds of one clock, that of the process which recorded them; all positions are commit times of MongoDB.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

__all__ = [
    "Action", "End", "Event", "Filter", "History", "Key", "Listing", "Outcome", "Reading", "Session", "State",
    "Witnessed", "Write", "canonical",
]  # fmt: skip

Key: TypeAlias = tuple[str, str]
"""(namespace, name)"""


def canonical(value: Any) -> str:
    """Return the one text of a JSON value; unlike ``==``, it tells 1, 1.0 and true apart."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class State:
    """One state of a resource, whole: equal only where every value is.

    Attributes:
        text: Its canonical JSON.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.text = canonical(raw)

    @cached_property
    def raw(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.text)
        return value

    @property
    def metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = self.raw["metadata"]
        return metadata

    @property
    def key(self) -> Key:
        return self.metadata["namespace"], self.metadata["name"]

    @property
    def version(self) -> int:
        return int(self.metadata["resourceVersion"])

    @property
    def labels(self) -> dict[str, str]:
        return self.metadata.get("labels") or {}

    @property
    def spec(self) -> dict[str, Any]:
        return self.raw.get("spec") or {}

    @property
    def status(self) -> dict[str, Any]:
        return self.raw.get("status") or {}

    @property
    def tokens(self) -> set[str]:
        """The tokens of the writes that left something in it."""
        places = (self.labels, self.spec, self.status)
        return {place["token"] for place in places if "token" in place}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which resources a list or a watch is about; what is None takes all.

    Attributes:
        team: The value of the label ``team``.
        least: The least ``spec.size``.
    """

    namespace: str | None = None
    name: str | None = None
    team: str | None = None
    least: int | None = None

    def takes(self, state: State | None) -> bool:
        if state is None:
            return False
        namespace, name = state.key
        return (
            self.namespace in (None, namespace)
            and self.name in (None, name)
            and (self.team is None or state.labels.get("team") == self.team)
            and (self.least is None or (state.spec.get("size") is not None and state.spec["size"] >= self.least))
        )


class Action(StrEnum):
    CREATE = "create"
    PATCH = "patch"
    REPLACE = "replace"
    APPLY = "apply"
    STATUS = "status"
    DELETE = "delete"
    NOTHING = "nothing"
    """A patch that changes nothing."""


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    """It was answered, or known never to have been sent, that nothing was committed."""
    UNKNOWN = "unknown"
    """The connection died, time ran out, or the server could not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write, from the call to the return.

    Attributes:
        id: Unique in the history; also the token that the write leaves in what it writes.
        seen: The version that it demands to be the current one, None where it demands none.
        dry: It must commit nothing.
        labels: What it gives, by the rules of its action; so ``spec`` and ``status``.
        returned: None where there was no return.
        position: The commit's position, as answered.
        object: The state after it, as answered; of a deletion, the last one.
        code: Why it was refused, or its outcome is unknown.
    """

    id: str
    writer: str
    action: Action
    key: Key
    called: float
    outcome: Outcome
    server: int = 0
    seen: int | None = None
    dry: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    status: Mapping[str, Any] = field(default_factory=dict)
    returned: float | None = None
    position: int | None = None
    object: State | None = None
    code: str | None = None

    @property
    def commits(self) -> bool:
        """Whether it commits something if it is done."""
        return not self.dry and self.action is not Action.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    type: str
    at: float
    position: int | None = None
    object: State | None = None
    previous: State | None = None
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a watch ended.

    Attributes:
        code: What the server said; None where the client went, or the connection broke.
        position: The position that the server gave to go on from.
    """

    at: float
    code: str | None = None
    position: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One subscription.

    Attributes:
        watcher: Who watches; the sessions of a watcher follow one another.
        opened: When it was asked for.
        position: Where it was to begin; None begins now.
        initial: Whether the state was asked for first.
        resumes: The session of the same watcher that it goes on from.
        end: None where it was open to the last.
    """

    id: str
    watcher: str
    filter: Filter
    opened: float
    server: int = 0
    transport: str = "websocket"
    position: int | None = None
    initial: bool = False
    resumes: str | None = None
    events: tuple[Event, ...] = ()
    end: End | None = None

    @property
    def reached(self) -> int | None:
        """Where a client goes on from; None where it cannot, since it has not seen the whole state yet."""
        told = [event.position for event in self.events if event.position is not None]
        if self.initial and not told:
            return None
        ends = [] if self.end is None or self.end.position is None else [self.end.position]
        return next(reversed([*told, *ends]), self.position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list, whole.

    Attributes:
        asked: The position that was asked for; None takes the newest state.
        final: After everything else.
    """

    filter: Filter
    called: float
    returned: float
    position: int
    server: int = 0
    asked: int | None = None
    objects: tuple[State, ...] = ()
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One resource, read by its name.

    Attributes:
        object: None where there was none.
    """

    key: Key
    called: float
    returned: float
    server: int = 0
    object: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """One commit as MongoDB's oplog has it, read when all was over: the server has no part in it.

    Attributes:
        version: The resource's version after it; None of a removal.
    """

    position: int
    key: Key
    version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A run.

    Attributes:
        witness: None where nobody has read the oplog.
        odd: Answers to readers that nobody may get, in words.
        goal: The position that every watcher had to reach before the end, None where there was none.
    """

    writes: tuple[Write, ...] = ()
    sessions: tuple[Session, ...] = ()
    lists: tuple[Listing, ...] = ()
    readings: tuple[Reading, ...] = ()
    witness: tuple[Witnessed, ...] | None = None
    odd: tuple[str, ...] = ()
    goal: int | None = None
