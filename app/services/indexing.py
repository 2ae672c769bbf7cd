"""Building declared indexes in the background: by one server of those that share the database, resumable by another.

    BUILDING   every write gives the index values; the builder gives them to all other resources, and when no write
               can come any more that does not know of the index, to those that such writes have left without
    READY      every resource has its values: lists may use it, and a unique one is kept by the database
    FAILED     something stands in its way; it is looked at again every now and then

Everything can be begun again after a crash: ``app.store.claims`` has how far it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from app.errors import Unavailable
from app.resources.keys import KeyRange, kind_range
from app.resources.times import utc_now
from app.services.amending import amend
from app.services.commits import OUTDATED_WRITES_SECONDS
from app.services.definition_status import with_index_status
from app.services.per_kind import PerKind
from app.store.errors import LostRace
from app.store.filling import Filled, Obstacle, fill_some, find_obstacle
from app.store.slots import IndexState, Slot
from app.store.sweeping import count_unindexed

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence

    from app.kinds.registry import Registry
    from app.store.claims import Build
    from app.store.definitions import StoredDefinition
    from app.store.mongo import Store

__all__ = ["Indexing"]

_LOOK_SECONDS: Final = 1.0
_HOLD_SECONDS: Final = 2.0
_DEFECT_SECONDS: Final = 30.0
_REST: Final = 20
"""Looking at a large kind again takes at most one part in so many of the time."""
_AT_ONCE: Final = 2
_log = logging.getLogger(__name__)


class Indexing:
    """Builds what the registry's definitions declare, while it is started."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        *,
        now: Callable[[], datetime.datetime] = utc_now,
        outdated_seconds: float = OUTDATED_WRITES_SECONDS,
        again_seconds: float = 60.0,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: What is served.
            now: The clock.
            outdated_seconds: How long after an index was declared a write may come that does not know of it.
            again_seconds: How often a failed one is looked at again.
        """
        self._store = store
        self._registry = registry
        self._now = now
        self._outdated_seconds = outdated_seconds
        self._again_seconds = again_seconds
        self._owner = uuid.uuid4().hex
        self._filling = asyncio.Semaphore(_AT_ONCE)
        self._tasks = PerKind("indexing", registry, wanted=lambda: registry.unfinished, work=self._persist)

    def start(self) -> None:
        """Begin to look for indexes that are to be built."""
        self._tasks.start()

    async def stop(self) -> None:
        """End the work; this server or another takes it up again."""
        await self._tasks.stop()

    async def _persist(self, name: str) -> None:
        """Stay with a kind until nothing is left to do."""
        again_at = time.monotonic() + self._again_seconds
        while name in self._registry.unfinished:
            began = time.monotonic()
            try:
                if await self.build(name):
                    continue
                if time.monotonic() >= again_at:
                    await self.look_again(name)
                    ended = time.monotonic()
                    again_at = ended + max(self._again_seconds, _REST * (ended - began))
            except (Unavailable, LostRace):
                _log.warning("the indexes of %s: the database does not answer; trying again", name)
            except Exception:
                _log.exception("the indexes of %s cannot be built; trying again", name)
                await asyncio.sleep(_DEFECT_SECONDS)
            await asyncio.sleep(_LOOK_SECONDS)

    async def look_again(self, name: str) -> None:
        """Build those failed indexes of a kind that nothing stands in the way of any more."""
        served = self._registry.find(name)
        failed = [] if served is None else [one for one in served.storage.slots if one.state is IndexState.FAILED]
        if served is None or not failed:
            return
        storage = served.storage.key
        since = await self._store.latest_position()
        changed = {}
        for slot in failed:
            wanted = replace(slot, state=IndexState.BUILDING, key=f"{storage}:{since}", message="")
            obstacle = await find_obstacle(self._store, kind_range(storage), [wanted])
            if obstacle is None:
                changed[slot] = wanted
            elif obstacle.message != slot.message:
                changed[slot] = replace(slot, message=obstacle.message)
        if changed:
            await self._settle(name, storage, changed)

    async def build(self, name: str) -> bool:
        """Build the indexes of a kind that are to be built; tells whether it came to an end.

        Args:
            name: The kind's.
        """
        served = self._registry.find(name)
        if served is None or served.going or not served.storage.building:
            return False
        storage, slots = served.storage.key, served.storage.building
        claim = partial(self._store.builds.claim, storage, [f"{slot.name} {slot.key}" for slot in slots])
        build = await claim(owner=self._owner, fence_seconds=self._outdated_seconds)
        if build is None:
            return False
        holding = asyncio.create_task(self._hold(storage))
        try:
            found = await self._fill(name, storage, slots, build)
        except asyncio.CancelledError:
            await asyncio.shield(self._store.builds.release(storage, owner=self._owner))
            raise
        finally:
            holding.cancel()
        if isinstance(found, Obstacle):
            failed = replace(found.slot, state=IndexState.FAILED, message=found.message)
            await self._settle(name, storage, {found.slot: failed})
        elif found:
            since = await self._store.latest_position()
            ready = {slot: replace(slot, state=IndexState.READY, since=since) for slot in slots}
            await self._settle(name, storage, ready)
        if found or not self._is_wanted(name, slots):
            await self._store.builds.forget(storage, owner=self._owner)
        return bool(found)

    async def _hold(self, storage: str) -> None:
        """Keep other builders away, however long one step of this one takes."""
        while True:
            await asyncio.sleep(_HOLD_SECONDS)
            with contextlib.suppress(Unavailable):
                await self._store.builds.renew(storage, owner=self._owner)

    async def _fill(self, name: str, storage: str, slots: Sequence[Slot], build: Build) -> bool | Obstacle:
        """Give every resource its values; tells whether they all have them, or why they cannot."""
        keys = kind_range(storage)
        if build.total is None:
            build = replace(build, total=await count_unindexed(self._store, storage, slots))
        is_last = False  # whether it began when no outdated write could come any more
        while self._is_wanted(name, slots):
            if not build.after:
                is_last = await self._store.clock.now() > build.fenced
            async with self._filling:
                step = await fill_some(self._store, KeyRange(build.after or keys.after, keys.before), slots)
            if isinstance(step, Obstacle) or (step.is_end and is_last):
                return True if isinstance(step, Filled) else step
            after = "" if step.is_end else step.last
            build = replace(build, after=after, indexed=build.indexed + step.count)
            if not await self._store.builds.advance(storage, build, owner=self._owner):
                return False
            while step.is_end and await self._store.clock.now() <= build.fenced:
                await asyncio.sleep(min(_LOOK_SECONDS, self._outdated_seconds))
                if not await self._store.builds.advance(storage, build, owner=self._owner):
                    return False
        return False

    def _is_wanted(self, name: str, slots: Sequence[Slot]) -> bool:
        served = self._registry.find(name)
        return served is not None and not served.going and served.storage.building == tuple(slots)

    async def _settle(self, name: str, storage: str, changed: Mapping[Slot, Slot]) -> None:
        """Commit what has become of some indexes, and publish it."""

        def settled(stored: StoredDefinition) -> StoredDefinition:
            slots = stored.storage.with_slots(changed)
            return replace(stored, state=with_index_status(stored.state, slots), storage=slots)

        await amend(self._store, self._registry, name, settled, storage=storage, now=self._now)
