"""Migrating stored resources in the background: by one server of those that share the database, resumable by another.

    RUNNING     the new schema is served; every write of a resource migrates it first, and one server migrates the rest
    BLOCKED     all others are through: these cannot be migrated as they are; they are tried again every now and then
    SUCCEEDED   every resource is through

Each rewritten resource is an ordinary write: an event, a new resourceVersion, a new generation where spec changed. A
resource goes through each run once: its document has the number of the newest run that it has gone through. A pass that
began when no write could come any more that does not know of the run, and that found nothing to do, is the last.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.errors import Unavailable
from app.resources.keys import kind_range, split_key
from app.resources.migrating import newest
from app.resources.times import utc_now
from app.services.amending import amend
from app.services.commits import DECISION_SECONDS, OUTDATED_WRITES_SECONDS
from app.services.migration_status import with_migration_status
from app.services.per_kind import PerKind
from app.services.rewriting import Rewriting, Stuck, rewrite
from app.store.errors import LostRace
from app.store.sweeping import count_resources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.resources.migrating import Run
    from app.services.gates import Gates
    from app.store.claims import Migration
    from app.store.definitions import StoredDefinition
    from app.store.mongo import Document, Store

__all__ = ["Migrating"]

_AT_ONCE: Final = 100
_SIDE_BY_SIDE: Final = 8
_LISTED: Final = 20
_LOOK_SECONDS: Final = 1.0
_DEFECT_SECONDS: Final = 30.0
_log = logging.getLogger(__name__)


class Migrating:
    """Migrates what the registry's definitions ask for, while it is started."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        gates: Gates,
        *,
        now: Callable[[], datetime.datetime] = utc_now,
        outdated_seconds: float = OUTDATED_WRITES_SECONDS,
        again_seconds: float = 60.0,
        batch_size: int = _AT_ONCE,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: What is served.
            gates: Where writers of a kind stand aside while it is changed.
            now: The clock.
            outdated_seconds: How long after a run was declared a write may come that does not know of it.
            again_seconds: How often what cannot be migrated is tried again.
            batch_size: How many resources are read at once; progress is noted after each such batch.
        """
        self._store = store
        self._registry = registry
        self._gates = gates
        self._now = now
        self._outdated_seconds = outdated_seconds
        self._again_seconds = again_seconds
        self._batch_size = batch_size
        self._owner = uuid.uuid4().hex
        self._tasks = PerKind("migrating", registry, wanted=lambda: registry.migrating, work=self._persist)

    def start(self) -> None:
        """Begin to look for kinds with pending migrations."""
        self._tasks.start()

    async def stop(self) -> None:
        """End the work; this server or another takes it up again."""
        await self._tasks.stop()

    async def _persist(self, name: str) -> None:
        """Stay with a kind until nothing is left to do."""
        while name in self._registry.migrating:
            wait = _LOOK_SECONDS
            try:
                if await self.migrate(name) is False:
                    wait = self._again_seconds
            except (Unavailable, LostRace):
                _log.warning("the migration of %s: the database does not answer; trying again", name)
            except Exception:
                _log.exception("the migration of %s cannot go on; trying again", name)
                wait = _DEFECT_SECONDS
            served = self._registry.find(name)
            await self._rest(name, served, wait)

    async def _rest(self, name: str, served: Served | None, seconds: float) -> None:
        """Wait, unless another run comes."""
        known = () if served is None else served.storage.runs
        for _ in range(max(1, round(seconds / _LOOK_SECONDS))):
            await asyncio.sleep(min(_LOOK_SECONDS, seconds))
            present = self._registry.find(name)
            if present is None or present.storage.runs != known:
                return

    async def migrate(self, name: str) -> bool | None:
        """Migrate the resources of a kind.

        Returns:
            Whether all are through, or None where another server is at it, or the runs have become others.
        """
        served = self._registry.find(name)
        if served is None or served.going or not served.storage.runs:
            return None
        storage, runs = served.storage.key, served.storage.runs
        claim = partial(self._store.migrations.claim, storage, newest(runs), owner=self._owner)
        progress = await claim(fence_seconds=self._outdated_seconds)
        if progress is None:
            return None
        try:
            ended = await self._passes(name, storage, runs, progress)
        except asyncio.CancelledError:
            await asyncio.shield(self._store.migrations.release(storage, owner=self._owner))
            raise
        if ended is None:
            if not self._is_wanted(name, runs):
                await self._store.migrations.forget(storage, owner=self._owner)
            return None
        await self._settle(name, storage, runs, ended)
        await self._store.migrations.forget(storage, owner=self._owner)
        return not ended.failed

    async def _passes(self, name: str, storage: str, runs: Sequence[Run], progress: Migration) -> Migration | None:
        """Go over the resources until a whole pass that began late enough is done; None where it is not ours."""
        if progress.total is None:
            progress = replace(progress, total=await count_resources(self._store, storage))
        is_first = True
        while self._is_wanted(name, runs):
            is_last = await self._store.clock.now() > progress.fenced
            began_at_start = not progress.after
            found = await self._pass(name, storage, runs, progress, counting=is_first)
            if found is None:
                return None
            if is_last and began_at_start:
                return found
            is_first = False
            progress = replace(found, after="", failed=0, failures=())
            while await self._store.clock.now() <= progress.fenced:
                await asyncio.sleep(min(_LOOK_SECONDS, self._outdated_seconds))
                if not await self._store.migrations.advance(storage, progress, owner=self._owner):
                    return None
        return None

    async def _pass(
        self, name: str, storage: str, runs: Sequence[Run], progress: Migration, *, counting: bool
    ) -> Migration | None:
        """Go once over the resources that are not through, from where a pass stands; None where it is not ours."""
        keys, number = kind_range(storage), newest(runs)
        while self._is_wanted(name, runs):
            after = progress.after or keys.after
            batch, _, cut = await self._store.read(
                {"_id": {"$gt": after, "$lt": keys.before}, "migrated": {"$not": {"$gte": number}}},
                limit=self._batch_size,
            )
            stuck = await self._rewrite(name, batch)
            failures = (*progress.failures, *map(_told, stuck))[:_LISTED]
            done = min(progress.done + len(batch) * counting, progress.total or 0)
            is_end = len(batch) < self._batch_size and not cut
            progress = replace(
                progress,
                after=progress.after if is_end else batch[-1]["_id"],
                done=(progress.total or 0) if is_end else done,
                failed=progress.failed + len(stuck),
                failures=failures,
            )
            if not await self._store.migrations.advance(storage, progress, owner=self._owner):
                return None
            if is_end:
                return progress
        return None

    async def _rewrite(self, name: str, batch: Sequence[Document]) -> list[Stuck]:
        """Rewrite some resources, several side by side; returns those that cannot be."""
        served = self._registry.find(name)
        if served is None or not batch:
            return []
        stuck: list[Stuck] = []
        async with self._gates.passing(served.storage.key):
            served = self._registry.find(name)
            if served is None or served.going:
                return []
            for start in range(0, len(batch), _SIDE_BY_SIDE):
                until = await self._store.clock.now() + datetime.timedelta(seconds=DECISION_SECONDS)
                rewriting = Rewriting(self._store, served, until=until, now=self._now)
                some = batch[start : start + _SIDE_BY_SIDE]
                found = await asyncio.gather(*(rewrite(rewriting, document) for document in some))
                stuck += [one for one in found if one is not None]
        return stuck

    def _is_wanted(self, name: str, runs: Sequence[Run]) -> bool:
        served = self._registry.find(name)
        return served is not None and not served.going and served.storage.runs == tuple(runs)

    async def _settle(self, name: str, storage: str, runs: Sequence[Run], ended: Migration) -> None:
        """Commit how the runs have ended, and publish it."""

        def settled(stored: StoredDefinition) -> StoredDefinition | None:
            if stored.storage.runs != tuple(runs):
                return None
            kept = stored.storage if ended.failed else replace(stored.storage, runs=())
            state = with_migration_status(stored.state, ended, now=self._now())
            same = kept == stored.storage and state.body["status"] == stored.state.body["status"]
            return None if same else replace(stored, state=state, storage=kept)

        await amend(self._store, self._registry, name, settled, storage=storage, now=self._now)


def _told(stuck: Stuck) -> Mapping[str, Any]:
    _, namespace, name = split_key(stuck.key)
    where = {"namespace": namespace} if namespace else {}
    return {**where, "name": name, "path": stuck.path, "message": stuck.message}
