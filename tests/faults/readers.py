"""Readers of a run: lists of the newest state and of past ones, whole."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Final

from tests.faults.clients import Answer, Broken, Servers, Unsent, state_of
from tests.faults.graphql import LIST, READ, filter_variables
from tests.faults.history import Filter, Key, Listing, Reading, State
from tests.faults.recording import Recorder, now
from tests.faults.writers import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Reader"]

_HARMLESS: Final = frozenset({"UNAVAILABLE", "EXPIRED"})
_READ_BY_NAME: Final = 3
"""So many resources are read by name for each list."""
_PAUSE_SECONDS: Final = 0.4


class Reader:
    """Reads lists and writes them down."""

    def __init__(self, *, servers: Servers, recorder: Recorder, seed: str, positions: list[int]) -> None:
        self._servers = servers
        self._recorder = recorder
        self._random = random.Random(f"{seed}/reader")
        self._positions = positions

    async def run(self, stopping: asyncio.Event, *, choose: Callable[[random.Random], Filter]) -> None:
        """Read random lists of random servers, half of them as of some position of the past."""
        while not stopping.is_set():
            server = self._random.randrange(len(self._servers.urls))
            past = self._positions[-1000:] if self._random.random() < 0.5 else []
            asked = self._random.choice(past) if past else None
            await self.read(server, choose(self._random), asked=asked)
            for _ in range(_READ_BY_NAME):
                await self._read_one(self._random.randrange(len(self._servers.urls)), self._random.choice(KEYS))
            await asyncio.sleep(self._random.uniform(0, 2 * _PAUSE_SECONDS))

    async def _read_one(self, server: int, key: Key) -> None:
        """Read a resource by its name."""
        called = now()
        variables = {"namespace": key[0], "name": key[1]}
        try:
            answer = await self._servers.request(server, {"query": READ, "variables": variables})
        except (Unsent, Broken):
            return
        if answer.code is not None or answer.data is None:
            self._refused(f"a resource on server {server}", answer)
            return
        found = state_of(answer.data["part"])
        self._recorder.read(Reading(key=key, called=called, returned=now(), server=server, object=found))

    def _refused(self, what: str, answer: Answer) -> None:
        if answer.code not in _HARMLESS:
            self._recorder.odd(f"{what}: {answer.code} {answer.message}")

    async def read(
        self, server: int, wanted: Filter, *, asked: int | None = None, final: bool = False
    ) -> Listing | None:
        """Return a list, all of its pages at one position, None where it cannot be had now."""
        called = now()
        states: list[State] = []
        position, after = asked, None
        while True:
            variables = {**filter_variables(wanted, position=position), "after": after}
            try:
                answer = await self._servers.request(server, {"query": LIST, "variables": variables})
            except (Unsent, Broken):
                return None
            if answer.code is not None or answer.data is None:
                self._refused(f"a list on server {server}", answer)
                return None
            page: dict[str, Any] = answer.data["parts"]
            position, after = int(page["resourceVersion"]), page["pageInfo"]["endCursor"]
            states += [state for node in page["nodes"] if (state := state_of(node)) is not None]
            if not page["pageInfo"]["hasNextPage"]:
                break
        listing = Listing(
            filter=wanted,
            called=called,
            returned=now(),
            position=position,
            server=server,
            asked=asked,
            objects=tuple(states),
            final=final,
        )
        self._recorder.listed(listing)
        return listing
