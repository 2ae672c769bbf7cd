"""The record of a run, in JSON lines: written as it happens, so that it is whole up to whatever ended it.

A state of a resource has a line of its own when somebody is first told of it, and its number wherever it is told again.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from tests.faults.history import (
    Action,
    End,
    Event,
    Filter,
    History,
    Listing,
    Outcome,
    Reading,
    Session,
    State,
    Witnessed,
    Write,
    canonical,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Recorder", "append_witness", "load", "now"]


def now() -> float:
    """Return the time of the record."""
    return time.monotonic()


class Recorder:
    """Writes down what happens.

    Attributes:
        counts: How many of what.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._states: dict[str, int] = {}
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self.counts: defaultdict[str, int] = defaultdict(int)

    def close(self) -> None:
        self._file.close()

    def number(self, prefix: str) -> str:
        """Return an id that nothing else has."""
        self._numbers[prefix] += 1
        return f"{prefix}{self._numbers[prefix]}"

    def called(self, write: Write) -> None:
        given = asdict(write)
        del given["outcome"], given["returned"], given["position"], given["object"], given["code"]
        self._line("call", **given)

    def returned(self, write: Write) -> None:
        self.counts[write.outcome] += 1
        self._line(
            "return",
            id=write.id,
            outcome=write.outcome,
            code=write.code,
            at=write.returned,
            position=write.position,
            object=self._state(write.object),
        )

    def watched(self, session: Session) -> None:
        self.counts["watches"] += 1
        given = asdict(session)
        del given["events"], given["end"]
        self._line("watch", **given)

    def event(self, session: Session, event: Event) -> None:
        self.counts["events"] += 1
        given = {name: getattr(event, name) for name in ("type", "at", "position", "paths")}
        states = {"object": self._state(event.object), "previous": self._state(event.previous)}
        self._line("event", session=session.id, **given, **states)

    def ended(self, session: Session, end: End) -> None:
        self.counts[f"end {end.code}"] += 1
        self._line("end", session=session.id, **asdict(end))

    def listed(self, listing: Listing) -> None:
        self.counts["lists"] += 1
        given = {name: getattr(listing, name) for name in Listing.__slots__ if name not in ("filter", "objects")}
        objects = [self._state(state) for state in listing.objects]
        self._line("list", filter=asdict(listing.filter), objects=objects, **given)

    def read(self, reading: Reading) -> None:
        self.counts["reads"] += 1
        given = {name: getattr(reading, name) for name in Reading.__slots__ if name != "object"}
        self._line("read", object=self._state(reading.object), **given)

    def goal(self, position: int) -> None:
        self._line("goal", position=position)

    def odd(self, text: str) -> None:
        """Write down an answer that nobody may get."""
        self._line("odd", text=text)

    def note(self, text: str) -> None:
        """Write down something for those who read the record."""
        self._line("note", at=now(), text=text)

    def _state(self, state: State | None) -> int | None:
        if state is None:
            return None
        number = self._states.get(state.text)
        if number is None:
            number = self._states[state.text] = len(self._states)
            self._file.write(f'{{"what":"state","number":{number},"raw":{state.text}}}\n')
        return number

    def _line(self, what: str, **fields: Any) -> None:
        self._file.write(canonical({"what": what, **fields}) + "\n")
        self._file.flush()


def append_witness(path: Path, witness: Iterable[Witnessed]) -> None:
    """Add what the oplog says to a record that nobody writes to any more."""
    with path.open("a", encoding="utf-8") as file:
        for one in witness:
            file.write(canonical({"what": "witness", **asdict(one)}) + "\n")
        file.write(canonical({"what": "witnessed"}) + "\n")


def load(path: Path) -> History:
    """Read a record; a last line that was cut off is left out."""
    reader = _Reader()
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                reader.take(json.loads(line))
    return reader.history()


class _Reader:
    def __init__(self) -> None:
        self._states: list[State] = []
        self._writes: dict[str, Write] = {}
        self._sessions: dict[str, Session] = {}
        self._events: defaultdict[str, list[Event]] = defaultdict(list)
        self._lists: list[Listing] = []
        self._readings: list[Reading] = []
        self._witness: list[Witnessed] = []
        self._is_witnessed = False
        self._odd: list[str] = []
        self._goal: int | None = None

    def take(self, line: dict[str, Any]) -> None:
        what = line.pop("what")
        if what != "note":
            getattr(self, f"_take_{what}")(**line)

    def history(self) -> History:
        return History(
            writes=tuple(self._writes.values()),
            sessions=tuple(replace(one, events=tuple(self._events[one.id])) for one in self._sessions.values()),
            lists=tuple(self._lists),
            readings=tuple(self._readings),
            witness=tuple(self._witness) if self._is_witnessed else None,
            odd=tuple(self._odd),
            goal=self._goal,
        )

    def _take_state(self, *, number: int, raw: dict[str, Any]) -> None:
        assert number == len(self._states)
        self._states.append(State(raw))

    def _take_call(self, *, action: str, key: list[str], **given: Any) -> None:
        write = Write(action=Action(action), key=(key[0], key[1]), outcome=Outcome.UNKNOWN, code="UNANSWERED", **given)
        self._writes[write.id] = write

    def _take_return(self, *, id: str, at: float, outcome: str, object: int | None, **given: Any) -> None:  # noqa: A002
        answered = {"outcome": Outcome(outcome), "returned": at, "object": self._of(object), **given}
        self._writes[id] = replace(self._writes[id], **answered)

    def _take_watch(self, *, filter: Mapping[str, Any], **given: Any) -> None:  # noqa: A002
        session = Session(filter=Filter(**filter), **given)
        self._sessions[session.id] = session

    def _take_event(
        self,
        *,
        session: str,
        object: int | None,  # noqa: A002
        previous: int | None,
        paths: list[str],
        **given: Any,
    ) -> None:
        states = {"object": self._of(object), "previous": self._of(previous)}
        self._events[session].append(Event(paths=tuple(paths), **states, **given))

    def _take_end(self, *, session: str, **given: Any) -> None:
        self._sessions[session] = replace(self._sessions[session], end=End(**given))

    def _take_list(self, *, filter: Mapping[str, Any], objects: list[int], **given: Any) -> None:  # noqa: A002
        states = tuple(self._states[number] for number in objects)
        self._lists.append(Listing(filter=Filter(**filter), objects=states, **given))

    def _take_read(self, *, key: list[str], object: int | None, **given: Any) -> None:  # noqa: A002
        self._readings.append(Reading(key=(key[0], key[1]), object=self._of(object), **given))

    def _take_witness(self, *, key: list[str], **given: Any) -> None:
        self._witness.append(Witnessed(key=(key[0], key[1]), **given))

    def _take_witnessed(self) -> None:
        self._is_witnessed = True

    def _take_odd(self, *, text: str) -> None:
        self._odd.append(text)

    def _take_goal(self, *, position: int) -> None:
        self._goal = position

    def _of(self, number: int | None) -> State | None:
        return None if number is None else self._states[number]
