"""Writers of a run: each issues random writes, one after another, to random servers."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tests.faults.clients import Answer, Broken, Servers, Unsent, state_of
from tests.faults.graphql import mutation
from tests.faults.history import Action, Key, Outcome, State, Write
from tests.faults.recording import Recorder, now

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KEYS", "NAMESPACES", "TEAMS", "Writer"]

NAMESPACES: Final = ("north", "south", "west")
TEAMS: Final = ("red", "green", "blue")
KEYS: Final[Sequence[Key]] = [(namespace, f"part-{number}") for namespace in NAMESPACES for number in range(12)]
"""Few enough that writers meet."""

_REFUSED_SECONDS: Final = 0.3

_DEFINITE: Final = frozenset({"ALREADY_EXISTS", "NOT_FOUND", "CONFLICT"})
_ON_PRESENT: Final = {
    Action.PATCH: 40, Action.STATUS: 20, Action.REPLACE: 12, Action.APPLY: 12, Action.DELETE: 12, Action.NOTHING: 3,
    Action.CREATE: 1,
}  # fmt: skip
_ON_ABSENT: Final = {Action.CREATE: 60, Action.APPLY: 34, Action.PATCH: 2, Action.DELETE: 2, Action.STATUS: 2}


class Writer:
    """One of them.

    Args:
        known: What writers were last told of each resource, shared: they choose by it, and it may be wrong.
        positions: Takes the position of each commit.
    """

    def __init__(
        self,
        name: str,
        *,
        servers: Servers,
        recorder: Recorder,
        seed: str,
        pause_seconds: float,
        known: dict[Key, State],
        positions: list[int],
    ) -> None:
        self._name = name
        self._servers = servers
        self._recorder = recorder
        self._random = random.Random(f"{seed}/{name}")
        self._pause_seconds = pause_seconds
        self._known = known
        self._positions = positions

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            sent = await self._write(self._chosen())
            await asyncio.sleep(self._random.uniform(0, 2 * self._pause_seconds) if sent else _REFUSED_SECONDS)

    def _chosen(self) -> Write:
        key = self._random.choice(KEYS)
        known = self._known.get(key)
        weights = _ON_ABSENT if known is None else _ON_PRESENT
        (action,) = self._random.choices(list(weights), list(weights.values()))
        demands = known is not None and action is not Action.CREATE and self._random.random() < 0.25
        write = Write(
            id=self._recorder.number(f"{self._name}-"),
            writer=self._name,
            server=self._random.randrange(len(self._servers.urls)),
            action=action,
            key=key,
            seen=known.version if known is not None and demands else None,
            dry=self._random.random() < 0.03,
            called=now(),
            outcome=Outcome.UNKNOWN,
        )
        return replace(write, **self._content(write))

    def _content(self, write: Write) -> dict[str, Any]:
        """Return what a write gives; its token is in it, so that it can be told whose a commit is."""
        team = self._random.choice(TEAMS)
        marks = {self._name: write.id}
        spec = {"token": write.id, "size": self._random.randrange(100), "marks": marks}
        match write.action:
            case Action.CREATE | Action.REPLACE | Action.APPLY:
                spec |= self._leader()
                return {"labels": {"team": team}, "spec": spec}
            case Action.PATCH if self._random.random() < 0.4:
                return {"labels": {"team": self._random.choice([team, None]), "token": write.id}}
            case Action.PATCH:
                return {"spec": {**spec, **self._leader(), **({"leader": None} if self._random.random() < 0.3 else {})}}
            case Action.STATUS:
                return {"status": {"token": write.id, "marks": marks}}
            case _:
                return {}

    def _leader(self) -> dict[str, Any]:
        """Return what names another resource, or nothing."""
        return {"leader": self._random.choice(KEYS)[1]} if self._random.random() < 0.15 else {}

    async def _write(self, write: Write) -> bool:
        """Write; say whether there was a server to send it to."""
        write = replace(write, called=now())
        self._recorder.called(write)
        try:
            returned = _returned(write, await self._servers.request(write.server, mutation(write)))
        except Unsent:
            returned = replace(write, outcome=Outcome.REFUSED, code="UNSENT", returned=now())
        except Broken:
            returned = replace(write, code="UNANSWERED", returned=now())
        self._recorder.returned(returned)
        self._learn(returned)
        return returned.code != "UNSENT"

    def _learn(self, write: Write) -> None:
        gone = write.code == "NOT_FOUND" or (write.outcome is Outcome.DONE and write.action is Action.DELETE)
        if write.dry:
            return
        if gone:
            self._known.pop(write.key, None)
        elif write.object is not None:
            self._known[write.key] = write.object
        if write.outcome is Outcome.DONE and write.commits and write.position is not None:
            self._positions.append(write.position)


def _returned(write: Write, answer: Answer) -> Write:
    if answer.code is None and answer.data is not None:
        state = state_of(answer.data["done"])
        return replace(write, outcome=Outcome.DONE, position=answer.position, object=state, returned=now())
    outcome = Outcome.REFUSED if answer.code in _DEFINITE else Outcome.UNKNOWN
    return replace(write, outcome=outcome, code=answer.code, returned=now())
