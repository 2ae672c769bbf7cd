"""Brings a watcher from its position to the live stream: through the oplog, then the history, then it joins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from app.errors import LimitExceeded, Unavailable
from app.resources.keys import DEFINITIONS_KEY
from schema_builder.errors import KindgraphError

if TYPE_CHECKING:
    from app.watch.catch_up import CatchUp
    from app.watch.delivery import Delivery
    from app.watch.events import Change
    from app.watch.history import History
    from app.watch.limits import WatchLimits
    from app.watch.watcher import Watcher

__all__ = ["Replay"]

_AT_A_TIME: Final = 256

_logger = logging.getLogger(__name__)


class Replay:
    """Delivers the past, as fast as the watcher takes it.

    Joining is one step of the event loop: what the history holds is offered and the watcher enters the live stream
    before anything else can happen, so nothing falls between and nothing comes twice.
    """

    def __init__(
        self,
        history: History,
        *,
        catch_up: CatchUp,
        delivery: Delivery,
        limits: WatchLimits,
        join: Callable[[Watcher], None],
    ) -> None:
        self._history = history
        self._catch_up = catch_up
        self._delivery = delivery
        self._queue_bytes = limits.queue_bytes
        self._at_a_time = max(1, min(_AT_A_TIME, limits.queue_events // 2))
        self._join = join

    def try_join(self, watcher: Watcher, position: int) -> bool:
        """Let a watcher join where what it has missed is held and fits into its queue; say whether it did."""
        if not self._history.covers(position):
            return False
        missed = self._missed(watcher, position)
        weight = sum(change.weight for change in missed)
        if len(missed) > self._at_a_time or (len(missed) > 1 and weight * 2 > self._queue_bytes):
            return False
        for change in missed:
            self._delivery.to_one(watcher, change)
        if not watcher.has_ended:
            watcher.reached(self._history.end)
            self._join(watcher)
        return True

    async def run(self, watcher: Watcher, position: int) -> None:
        """Deliver what came after a position until the watcher joins or ends."""
        try:
            await self._run(watcher, position)
        except KindgraphError as error:
            watcher.end(error)
        except Exception:
            _logger.exception("a watch failed to catch up")
            watcher.end(Unavailable("the watch failed to catch up"))
            raise

    async def _run(self, watcher: Watcher, position: int) -> None:
        was_near = False
        while not watcher.has_ended:
            await watcher.room()
            changes: Sequence[Change]
            if self._history.covers(position):
                if self.try_join(watcher, position):
                    return
                was_near = True
                changes = self._missed(watcher, position, at_most=self._at_a_time)
                reached = changes[-1].position if changes else position
            elif was_near:
                watcher.end(LimitExceeded("the watch was too slow for its events", retryable=True))
                return
            else:
                changes, reached = await self._catch_up.read(position, watcher.selection, until=self._history.end)
            for change in changes:
                await watcher.room()
                self._delivery.to_one(watcher, change)
            watcher.reached(reached)
            position = reached

    def _missed(self, watcher: Watcher, position: int, *, at_most: int | None = None) -> Sequence[Change]:
        selection = watcher.selection
        keys = None if selection.kinds is None else {*selection.kinds, DEFINITIONS_KEY}
        concerned = filter(selection.concerns, self._history.since(position, keys=keys))
        return list(islice(concerned, at_most))
