"""Telling what happens to resources: the server counts what happens again in one resource of the kind ``Event``.

Telling never holds a reconcile up: it happens in the background, and where too much happens the oldest is not told.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from controllers.errors import ControllerError

if TYPE_CHECKING:
    from controllers.client import Client
    from controllers.resource import Resource

__all__ = ["EventRecorder"]

_LOG: Final = logging.getLogger("controllers.events")
_RECORD: Final = """mutation Record($input: RecordEventInput!) {
  result: recordEvent(input: $input) { metadata { name } }
}"""
_MOST_WAITING: Final = 1_000
_AT_ONCE: Final = 8
_MOST_REASON: Final = 128
_MOST_NOTE: Final = 4_000


class EventRecorder:
    """Tells events of one controller.

    Args:
        controller: Its name.
        client: The server.

    Attributes:
        dropped: How many events were not told.
    """

    def __init__(self, controller: str, *, client: Client) -> None:
        self.dropped = 0
        self._controller = controller
        self._client = client
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._telling = 0
        self._changed = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether everything is told."""
        return not self._waiting and not self._telling

    def record(self, resource: Resource, *, type_: str, reason: str, note: str) -> None:
        """Have something told."""
        regarding = {"kind": resource.kind, "name": resource.name, "uid": resource.uid}
        if resource.namespace is not None:
            regarding["namespace"] = resource.namespace
        said = {"type": type_, "reason": reason[:_MOST_REASON], "note": note[:_MOST_NOTE]}
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append({"regarding": regarding, **said, "reportingController": self._controller})
        self._changed.set()

    async def run(self) -> None:
        """Tell what is recorded, for ever."""
        await asyncio.gather(*(self._tell() for _ in range(_AT_ONCE)))

    async def flush(self, seconds: float) -> None:
        """Return when everything is told, or the time is up."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_idle:
                    await self._wait()
        except TimeoutError:
            _LOG.warning("%d events were not told", len(self._waiting) + self._telling)

    async def _tell(self) -> None:
        while True:
            while not self._waiting:
                await self._wait()
            told = self._waiting.popleft()
            self._telling += 1
            try:
                await self._client.execute(_RECORD, {"input": told})
            except ControllerError as error:
                self.dropped += 1
                _LOG.warning("an event was not told: %s", error)
            finally:
                self._telling -= 1
                self._changed.set()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
