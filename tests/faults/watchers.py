"""Watchers of a run: each follows a filter through broken connections, from server to server, and begins anew."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tests.faults.clients import Broken, Ended, Servers, Unsent, state_of
from tests.faults.history import End, Event, Filter, Session
from tests.faults.recording import Recorder, now
from tests.faults.writers import KEYS, NAMESPACES, TEAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.readers import Reader

__all__ = ["Watcher", "random_filter"]

_PAUSE_SECONDS: Final = 0.1
_TRANSPORTS: Final = ("websocket", "websocket", "sse", "sse-id")
_MOST_SECONDS: Final = 8.0
_MOST_FOLLOWED: Final = 12
"""Sessions after which a watcher begins anew."""


def random_filter(randomly: random.Random) -> Filter:
    """Return a filter, often the one that takes all."""
    namespace = randomly.choice([None, None, randomly.choice(NAMESPACES)])
    match randomly.randrange(8):
        case 0 | 1 | 2:
            return Filter(namespace=namespace)
        case 3 | 4:
            return Filter(namespace=namespace, team=randomly.choice(TEAMS))
        case 5:
            return Filter(namespace=namespace, least=randomly.randrange(20, 80))
        case 6:
            return Filter(namespace=namespace, team=randomly.choice(TEAMS), least=randomly.randrange(20, 60))
        case _:
            namespace, name = randomly.choice(KEYS)
            return Filter(namespace=namespace, name=name)


class Watcher:
    """One of them.

    Args:
        faithful: Takes everything from the beginning to the end, and only changes servers.
        positions: Where commits were: a watch may begin at any of them.
        goal: Returns the position at which it may stop, once there is one.
    """

    def __init__(
        self,
        name: str,
        *,
        servers: Servers,
        recorder: Recorder,
        reader: Reader,
        seed: str,
        faithful: bool,
        positions: list[int],
        goal: Callable[[], int | None],
    ) -> None:
        self._name = name
        self._servers = servers
        self._recorder = recorder
        self._reader = reader
        self._random = random.Random(f"{seed}/{name}")
        self._faithful = faithful
        self._positions = positions
        self._goal = goal

    async def run(self) -> None:
        """Watch until the goal is reached."""
        session: Session | None = None
        followed = 0
        while not self._is_done(session):
            anew = session is None or session.reached is None or _is_expired(session)
            if anew or (not self._faithful and followed > self._random.randrange(_MOST_FOLLOWED)):
                session, followed = await self._begin(), 0
            else:
                assert session is not None
                session, followed = self._resume(session), followed + 1
            if session is not None:
                session = await self._follow(session)
            await asyncio.sleep(self._random.uniform(0, 2 * _PAUSE_SECONDS))

    def _is_done(self, session: Session | None) -> bool:
        goal = self._goal()
        return goal is not None and session is not None and (session.reached or 0) >= goal

    async def _begin(self) -> Session | None:
        """Return a session that begins anew, None where it cannot now."""
        wanted = Filter() if self._faithful else random_filter(self._random)
        session = self._session(wanted)
        match self._random.randrange(9):
            case 0 | 1:
                listing = await self._reader.read(session.server, wanted)
                return None if listing is None else replace(session, position=listing.position)
            case 2 | 3:
                return replace(session, initial=True)
            case 4 if self._positions:
                return replace(session, initial=True, position=self._random.choice(self._positions[-100:]))
            case 5 | 6 | 7 if self._positions:  # mostly before what the servers still hold: from the oplog
                return replace(session, position=self._random.choice(self._positions))
            case _:
                return session

    def _resume(self, earlier: Session) -> Session:
        """Return the session that goes on from where another was, mostly on another server."""
        others = [number for number in range(len(self._servers.urls)) if number != earlier.server]
        elsewhere = bool(others) and self._random.random() < 0.7
        server = self._random.choice(others) if elsewhere else earlier.server
        return replace(self._session(earlier.filter), server=server, position=earlier.reached, resumes=earlier.id)

    def _session(self, wanted: Filter) -> Session:
        return Session(
            id=self._recorder.number("s"),
            watcher=self._name,
            filter=wanted,
            opened=now(),
            server=self._random.randrange(len(self._servers.urls)),
            transport=self._random.choice(_TRANSPORTS),
        )

    async def _follow(self, session: Session) -> Session:
        """Watch until the server, the network or the watcher itself ends it; return what was seen."""
        session = replace(session, opened=now())
        self._recorder.watched(session)
        events: list[Event] = []
        lifetime = self._random.uniform(0, _MOST_SECONDS) * (4 if self._faithful else 1)
        code = position = message = None
        try:
            async with asyncio.timeout(lifetime + 2), self._servers.watch(session) as stream:
                async with contextlib.aclosing(stream):
                    async for raw in stream:
                        events.append(_event(raw))
                        self._recorder.event(session, events[-1])
                        if self._goes(session, events, lifetime):
                            break
        except Ended as ended:
            code, position, message = ended.code, ended.position, str(ended)
        except (Unsent, Broken, TimeoutError) as error:
            message = f"{type(error).__name__} {error}"
        end = End(at=now(), code=code, position=position, message=message)
        self._recorder.ended(session, end)
        return replace(session, events=tuple(events), end=end)

    def _goes(self, session: Session, events: list[Event], lifetime: float) -> bool:
        goal = self._goal()
        if goal is not None:
            return (events[-1].position or 0) >= goal
        return now() > session.opened + lifetime


def _is_expired(session: Session) -> bool:
    return session.end is not None and session.end.code == "EXPIRED"


def _event(raw: dict[str, Any]) -> Event:
    position = raw["resourceVersion"]
    return Event(
        type=raw["type"],
        at=now(),
        position=None if position is None else int(position),
        object=state_of(raw["object"]),
        previous=state_of(raw["previous"]),
        paths=tuple(raw["changedPaths"] or ()),
    )
