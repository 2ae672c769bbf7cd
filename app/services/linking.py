"""Finding out what the resources of a kind name, after its schema has got references with consequences.

Every write notes what its resource names. Resources that were there before are looked at in the background: at once,
and once more when no write can come any more that does not know of the references. Until then, deletions that such
references may concern are answered by UNAVAILABLE. Several servers may do the same: it does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from app.errors import Unavailable
from app.resources.keys import kind_range
from app.resources.times import utc_now
from app.services.amending import amend
from app.services.commits import OUTDATED_WRITES_SECONDS
from app.services.links import link_terms
from app.services.per_kind import PerKind
from app.store.errors import LostRace
from app.store.links import fill_links

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.store.definitions import LinkSlot, StoredDefinition
    from app.store.mongo import Store

__all__ = ["Linking"]

_RETRY_SECONDS: Final = 1.0
_DEFECT_SECONDS: Final = 30.0
_log = logging.getLogger(__name__)


class Linking:
    """Looks at the resources of kinds with new references, while it is started."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        *,
        now: Callable[[], datetime.datetime] = utc_now,
        outdated_seconds: float = OUTDATED_WRITES_SECONDS,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: What is served.
            now: The clock.
            outdated_seconds: How long after a definition was committed a write may come that does not know of it.
        """
        self._store = store
        self._registry = registry
        self._now = now
        self._outdated_seconds = outdated_seconds
        self._tasks = PerKind("linking", registry, wanted=lambda: registry.unlinked, work=self._persist)

    def start(self) -> None:
        """Begin to look for kinds whose resources are to be looked at."""
        self._tasks.start()

    async def stop(self) -> None:
        """End the work; this server or another takes it up again."""
        await self._tasks.stop()

    async def _persist(self, name: str) -> None:
        """Stay with a kind until it is known what its resources name."""
        while name in self._registry.unlinked:
            try:
                await self._link(name)
            except (Unavailable, LostRace):
                _log.warning("the references of %s: the database does not answer; trying again", name)
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception:
                _log.exception("the references of %s cannot be looked at; trying again", name)
                await asyncio.sleep(_DEFECT_SECONDS)

    async def _link(self, name: str) -> None:
        served = self._registry.find(name)
        if served is None or served.storage.links is None:
            return
        slot = served.storage.links
        await self._fill(served, slot)
        await asyncio.sleep(self._outdated_seconds)
        if name not in self._registry.unlinked:
            return
        await self._fill(served, slot)
        ready = replace(slot, ready=True)

        def settled(stored: StoredDefinition) -> StoredDefinition | None:
            storage = stored.storage
            return replace(stored, storage=replace(storage, links=ready)) if storage.links == slot else None

        await amend(self._store, self._registry, name, settled, storage=served.storage.key, now=self._now)

    async def _fill(self, served: Served, slot: LinkSlot) -> None:
        terms_of = partial(link_terms, served.kind)
        await fill_links(self._store, kind_range(served.storage.key), key=slot.key, terms_of=terms_of)
