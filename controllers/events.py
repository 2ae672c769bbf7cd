"""Telling what happens to resources, as resources of the built-in kind ``Event``.

The same thing that happens again is counted, not told again. Telling never holds a reconcile up: it happens in the
background, and where too much happens the oldest is not told.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from controllers.clock import timestamp
from controllers.errors import ControllerError
from controllers.resource import Key, Resource

if TYPE_CHECKING:
    from controllers.clock import Clock
    from controllers.resources import Resources

__all__ = ["EVENT_KIND", "EventRecorder"]

EVENT_KIND: Final = "Event"
_LOG: Final = logging.getLogger("controllers.events")
_MOST_WAITING: Final = 1_000
_MOST_NOTE: Final = 4_000
_DEFAULT_NAMESPACE: Final = "default"


@dataclass
class _Told:
    key: Key
    spec: dict[str, Any]
    count: int


class EventRecorder:
    """Tells events of one controller.

    Args:
        controller: Its name.
        resources: The server.
        clock: The time.

    Attributes:
        dropped: How many events were not told.
    """

    def __init__(self, controller: str, *, resources: Resources, clock: Clock) -> None:
        self.dropped = 0
        self._controller = controller
        self._resources = resources
        self._clock = clock
        self._waiting: dict[Key, _Told] = {}
        self._some = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def record(self, resource: Resource, *, type_: str, reason: str, note: str) -> None:
        """Have something told."""
        now = timestamp(self._clock)
        regarding = {"kind": resource.kind, "name": resource.name, "uid": resource.uid}
        if resource.namespace is not None:
            regarding["namespace"] = resource.namespace
        identity = "\0".join((resource.kind, resource.uid, type_, reason, note, self._controller))
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        key = Key(resource.namespace or _DEFAULT_NAMESPACE, f"{resource.name[:200].rstrip('-.')}.{digest}")
        told = self._waiting.pop(key, None)
        spec = {
            "regarding": regarding,
            "type": type_,
            "reason": reason[:128],
            "note": note[:_MOST_NOTE],
            "reportingController": self._controller,
            "firstTimestamp": told.spec["firstTimestamp"] if told else now,
            "lastTimestamp": now,
        }
        self._waiting[key] = _Told(key, spec, (told.count if told else 0) + 1)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            self.dropped += 1
        self._idle.clear()
        self._some.set()

    async def run(self) -> None:
        """Tell what is recorded, for ever."""
        while True:
            if not self._waiting:
                self._some.clear()
                self._idle.set()
                await self._some.wait()
            told = self._waiting.pop(next(iter(self._waiting)))
            try:
                await self._write(told)
            except ControllerError as error:
                self.dropped += 1
                _LOG.warning("an event was not told: %s", error)

    @property
    def is_idle(self) -> bool:
        """Whether everything is told."""
        return self._idle.is_set()

    async def flush(self, seconds: float) -> None:
        """Return when everything is told, or the time is up."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            _LOG.warning("%d events were not told", len(self._waiting))

    async def _write(self, told: _Told) -> None:
        before = await self._resources.find(EVENT_KIND, told.key)
        spec: Mapping[str, Any] = {**told.spec, "count": told.count}
        if before is not None:
            first = before.spec.get("firstTimestamp") or spec["firstTimestamp"]
            spec = {**spec, "firstTimestamp": first, "count": told.count + int(before.spec.get("count") or 0)}
        body = {"metadata": {"namespace": told.key.namespace, "name": told.key.name}, "spec": spec}
        await self._resources.apply(EVENT_KIND, body)
