"""What a change becomes for those who watch."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from app.errors import Expired, KindRemoved
from app.resources.keys import DEFINITIONS_KEY
from app.watch.turns import Turn
from schema_builder.backend import KindChanged, WatchEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.watch.events import Change, States
    from app.watch.index import Index
    from app.watch.kinds import KindsInStream
    from app.watch.selection import Filter
    from app.watch.watcher import Watcher
    from schema_builder.compile import CompiledKind
    from schema_builder.errors import KindgraphError

__all__ = ["Delivery"]

_AT_A_TIME: Final = 250
"""Watchers that are woken before others have their turn."""

_logger = logging.getLogger(__name__)


class Delivery:
    """Decides changes and offers what they mean to watchers; never waits for any of them."""

    def __init__(self, index: Index, kinds: KindsInStream) -> None:
        self._index = index
        self._kinds = kinds
        self._turn = Turn()

    async def to_all(self, change: Change) -> None:
        """Offer a change to all who follow the live stream."""
        kind = self._kinds.get(change.storage_key)
        if kind is not None:
            for group in self._index.groups(change, partial(_states, change, kind)):
                outcome = _decide(group.filter, change, kind)
                if outcome is not None:
                    await _offer(list(group.watchers), outcome, change)
                await self._turn.pass_on()
        if change.storage_key == DEFINITIONS_KEY:
            for watcher in self._index.watchers_of_kind(change.name):
                self._tell_of_definition(watcher, change)
        await self._turn.pass_on()

    def to_one(self, watcher: Watcher, change: Change) -> None:
        """Offer a change of the past to one who catches up."""
        selection = watcher.selection
        if selection.covers(change):
            kind = self._kinds.get(change.storage_key) or change.kind
            if kind is None and selection.kinds is not None:
                kind = selection.kinds[change.storage_key]
            if kind is None:
                watcher.end(Expired("resources of a kind that is gone have changed since"))
                return
            outcome = _decide(selection.filter, change, kind)
            if outcome is not None:
                _offer_one(watcher, outcome, change)
        if change.storage_key == DEFINITIONS_KEY and selection.concerns(change):
            self._tell_of_definition(watcher, change)

    def _tell_of_definition(self, watcher: Watcher, change: Change) -> None:
        if change.position <= watcher.begins_after:
            return
        if change.is_removal:
            if watcher.selection.kinds is not None:
                extensions = {"resourceVersion": str(change.position)}
                watcher.end(KindRemoved(f"the kind {change.name} was removed", extensions=extensions))
        elif change.position > watcher.served_from:
            kind = self._kinds.named(change.name)
            if kind is not None:
                watcher.mark(KindChanged(change.position, kind))


def _states(change: Change, kind: CompiledKind) -> States | None:
    """Return what a change was about; None where that cannot be told, and everybody has to hear of it."""
    try:
        return change.states(kind) if change.is_complete else None
    except Exception:  # told, and logged, where the change is decided
        return None


def _decide(filter_: Filter, change: Change, kind: CompiledKind) -> WatchEvent | KindgraphError | None:
    if not change.is_complete:
        return Expired("the database no longer has the state before a change")
    try:
        return filter_.decide(change, kind)
    except Exception:  # one unreadable document must not end the watches of all others
        _logger.exception("cannot read %r", change)
        return Expired("a change could not be read")


async def _offer(watchers: Iterable[Watcher], outcome: WatchEvent | KindgraphError, change: Change) -> None:
    for number, watcher in enumerate(watchers, 1):
        _offer_one(watcher, outcome, change)
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)


def _offer_one(watcher: Watcher, outcome: WatchEvent | KindgraphError, change: Change) -> None:
    if isinstance(outcome, WatchEvent):
        watcher.offer(outcome, weight=change.weight)
    elif change.position > watcher.offered:
        watcher.end(outcome)
