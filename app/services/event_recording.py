"""Recording events: what is told again is counted, whoever tells it, and whoever tells much is slowed down.

Equal reports have one ``Event``, whose name is made of what they say. What waits for an event's writing is counted
together and written once, so a server writes no event more often than ten times a second.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from app.errors import Conflict, Unavailable
from app.resources.decisions import Decision, Rules, decide_create, decide_update
from app.resources.events import Similar, event_name, event_spec, repeated_spec
from app.resources.times import utc_now
from app.services.commits import Target
from app.services.naming import DEFAULT_NAMESPACE
from app.tasks import end_tasks

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from app.kinds.registry import Registry
    from app.resources.states import State
    from app.services.commits import Commits
    from schema_builder.backend import EventReport, RequestScope, Resource

__all__ = ["EVENT_KIND", "EventRecording"]

EVENT_KIND: Final = "Event"
_PAUSE_SECONDS: Final = 0.1
_ATTEMPTS: Final = 8
"""How often a write that lost to other servers is tried again, each of which tries several times."""


class _Key(NamedTuple):
    """Where an event is."""

    namespace: str
    name: str


class _Position:
    """The scope of a write that several requests wait for."""

    def __init__(self) -> None:
        self.position = 0

    def committed(self, position: int) -> None:
        """Note the commit."""
        self.position = position


@dataclass(slots=True)
class _Tally:
    """What is to be counted of one event.

    Attributes:
        report: The newest of the reports, all of which say the same.
        count: How many there are.
        answer: The event with all of them, and its position.
    """

    report: EventReport
    count: int = 0
    answer: asyncio.Future[tuple[Resource, int]] = field(default_factory=asyncio.Future)


class EventRecording:
    """Counts what happens to resources."""

    def __init__(self, registry: Registry, commits: Commits, *, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self._registry = registry
        self._commits = commits
        self._now = now
        self._similar = Similar()
        self._waiting: dict[_Key, _Tally] = {}
        self._tasks: dict[_Key, asyncio.Task[None]] = {}

    async def stop(self) -> None:
        """End what is being written."""
        await end_tasks(self._tasks.values())

    async def record(self, scope: RequestScope, report: EventReport) -> Resource:
        """Count one report; answer its event as it is then.

        Raises:
            Invalid: It is none.
            Conflict: Other servers keep writing the same event.
        """
        report = self._similar.combined(report, now=self._now())
        key = _Key(report.namespace or DEFAULT_NAMESPACE, event_name(report))
        tally = self._waiting.get(key)
        if tally is None:
            tally = self._waiting[key] = _Tally(report)
            tally.answer.add_done_callback(_heard)
        tally.report, tally.count = report, tally.count + 1
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._write_all(key), name=f"event {key.name}")
        resource, position = await asyncio.shield(tally.answer)
        scope.committed(position)
        return resource

    async def _write_all(self, key: _Key) -> None:
        """Write one event until nobody waits for it any more, with a pause after each time."""
        try:
            while (tally := self._waiting.pop(key, None)) is not None:
                await self._settle(key, tally)
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            del self._tasks[key]
            if (left := self._waiting.pop(key, None)) is not None:
                left.answer.set_exception(Unavailable("The server is shutting down."))

    async def _settle(self, key: _Key, tally: _Tally) -> None:
        """Write what a tally has, and answer all who wait for it."""
        try:
            answer = await self._write(key, tally)
        except asyncio.CancelledError:
            tally.answer.set_exception(Unavailable("The server is shutting down."))
            raise
        except Exception as error:
            tally.answer.set_exception(error)
        else:
            tally.answer.set_result(answer)

    async def _write(self, key: _Key, tally: _Tally) -> tuple[Resource, int]:
        scope = _Position()
        served = self._registry.find(EVENT_KIND)
        assert served is not None
        target = Target(served.kind, key.name, key.namespace)
        decide = partial(self._decide, key, tally)
        for left in reversed(range(_ATTEMPTS)):
            try:
                resource = await self._commits.write(cast("Any", scope), target, decide, given=None, dry_run=False)
            except Conflict:
                if not left:
                    raise
            else:
                return resource, scope.position
        raise AssertionError("the last attempt answers or raises")

    def _decide(self, key: _Key, tally: _Tally, rules: Rules, current: State | None) -> Decision:
        report, now = tally.report, self._now()
        if current is None:
            given = {"spec": event_spec(report, count=tally.count, now=now)}
            return decide_create(rules, given, name=key.name, namespace=key.namespace, uid=str(uuid.uuid4()), now=now)
        spec = current.body.get("spec") or {}
        patch = repeated_spec(report, count=spec.get("count", 0) + tally.count, now=now)
        return decide_update(rules, current, {"spec": patch}, now=now)


def _heard(answer: asyncio.Future[Any]) -> None:
    """Take note of an answer that everybody who waited for it may have given up."""
    if not answer.cancelled():
        answer.exception()
