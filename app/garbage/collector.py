"""The collector: hears what is deleted and what is owned, and looks at what that may leave to be done.

It keeps no picture of who owns whom: the database's index does (``app.store.owners``). A server does nothing at all
while no resource has an owner, none waits for what it owns, and there are no events; once there is something, it stands
for election, and collects while it leads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from app.errors import Unavailable
from app.garbage.deletions import Deletions
from app.garbage.election import Election
from app.garbage.expiry import Expiry
from app.garbage.queue import WorkQueue
from app.kinds.builtins import builtin_key
from app.pacing import Pace
from app.resources.deletion import held_by_collector
from app.store.errors import LostRace
from app.store.owners import dependents, has_owned, owned, waiting
from app.store.sweeping import has_resources
from app.tasks import end_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from app.kinds.registry import Registry
    from app.store.mongo import Document, Store
    from app.watch.events import Change
    from schema_builder.backend import Backend

__all__ = ["Collector"]

_WORKERS: Final = 8
_SCAN_SECONDS: Final = 900.0
_IDLE_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 1.0
_GATHER_SECONDS: Final = 0.2
"""How long a resource that waits is left alone when one of those that it waits for goes: the next may follow."""
_UIDS_AT_ONCE: Final = 200
_MOST_UIDS: Final = 20_000
_LONGEST_BETWEEN_SWEEPS: Final = 30.0
_EVENTS: Final = builtin_key("Event")
_log = logging.getLogger(__name__)


class Collector:
    """This server's collector. Implements ``app.watch.hub.Listener``."""

    def __init__(
        self, store: Store, registry: Registry, backend: Backend, *, lease_seconds: float, event_ttl_seconds: float
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: The kinds.
            backend: Writes as clients do.
            lease_seconds: How long a collector that died keeps others away.
            event_ttl_seconds: How long events are kept that do not say so themselves.
        """
        self._store = store
        self._registry = registry
        self._election = Election(backend, registry, lease_seconds=lease_seconds)
        self._deletions = Deletions(store, registry, backend)
        self._expiry = Expiry(store, registry, backend, ttl_seconds=event_ttl_seconds)
        self._sweep_seconds = min(_LONGEST_BETWEEN_SWEEPS, max(event_ttl_seconds / 10, 0.2))
        self._needed = asyncio.Event()
        self._queue = WorkQueue()
        self._gone: set[str] = set()
        self._some_gone = asyncio.Event()
        self._rescan = asyncio.Event()
        self._leads = False
        self._has_owned = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to stand by."""
        self._task = asyncio.create_task(self._run(), name="garbage collector")

    async def stop(self) -> None:
        """End; another server takes over at once."""
        await end_tasks([self._task])

    def heard(self, change: Change) -> None:
        """Take note of a change."""
        if self._leads:
            try:
                self._hear(change)
            except Exception:
                _log.exception("%r cannot be judged; all that has owners is looked at", change)
                self._rescan.set()
        elif not self._needed.is_set() and (change.storage_key == _EVENTS or change.concerns_owners):
            self._needed.set()

    def _hear(self, change: Change) -> None:
        concerns_owners = change.concerns_owners
        self._has_owned = self._has_owned or concerns_owners
        if not self._has_owned or not (concerns_owners or change.is_removal):
            return
        if not change.is_complete:
            self._rescan.set()
            return
        before, after = change.metadata()
        if before is not None and after is None:
            self._note_gone(before["uid"])
        if concerns_owners:
            self._note_owners(change.key, before, after)

    def missed(self) -> None:
        """Take note that changes may have been lost."""
        self._needed.set()
        self._rescan.set()

    def _note_gone(self, uid: str) -> None:
        if len(self._gone) >= _MOST_UIDS:
            self._rescan.set()
        else:
            self._gone.add(uid)
            self._some_gone.set()

    def _note_owners(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        former = [] if before is None else before["ownerReferences"]
        present = [] if after is None else after["ownerReferences"]
        if former != present:
            for one in former:
                if (waits := self._deletions.waiting.get(one["uid"])) is not None:
                    self._queue.add(waits, after_seconds=_GATHER_SECONDS)
        if after is None:
            return
        is_new = former != present and bool(present)
        waits_now = held_by_collector(after)
        if is_new or (waits_now is not None and (before is None or held_by_collector(before) != waits_now)):
            self._queue.add(key)

    async def _run(self) -> None:
        """Lead whenever there is something to do and nobody else does."""
        while True:
            try:
                self._needed.clear()
                if not await self._has_work():
                    await self._needed.wait()
                    continue
                await self._election.acquire()
                await self._lead()
            except (Unavailable, LostRace) as error:
                _log.warning("garbage is not collected now: %s", error)
            except Exception:
                _log.exception("the garbage collector failed; it begins again")
            await asyncio.sleep(_RETRY_SECONDS)

    async def _has_work(self) -> bool:
        return await has_owned(self._store) or await has_resources(self._store, _EVENTS)

    async def _lead(self) -> None:
        """Collect until another leads, or nothing is left to do."""
        self._queue, self._leads = WorkQueue(), True
        self._deletions.waiting.clear()
        self._rescan.set()
        parts: list[Coroutine[Any, Any, None]] = [
            self._election.keep(),
            self._wait_for_nothing(),
            self._persist(self._scan),
            self._persist(self._find_left_behind),
            self._persist(self._sweep_events),
            *(self._work() for _ in range(_WORKERS)),
        ]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._leads = False
            await end_tasks(tasks)
            await self._election.release()

    async def _wait_for_nothing(self) -> None:
        """Return once there is nothing to do any more."""
        while True:
            await asyncio.sleep(_IDLE_SECONDS)
            with contextlib.suppress(Unavailable):
                if not len(self._queue) and not await self._has_work():
                    return

    async def _persist(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await act()
            except (Unavailable, LostRace) as error:
                _log.warning("garbage is not collected now: %s; trying again", error)
            except Exception:
                _log.exception("a part of the garbage collector failed; trying again")
            await asyncio.sleep(_RETRY_SECONDS)

    async def _scan(self) -> None:
        """Look once, and then now and then, at all that has owners, so that nothing that was missed stays missed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SCAN_SECONDS):
                await self._rescan.wait()
        self._rescan.clear()
        try:
            await self._scan_all()
        except BaseException:
            self._rescan.set()
            raise

    async def _scan_all(self) -> None:
        for key in await waiting(self._store):
            self._queue.add(key)
        pace = Pace()
        some: list[Document] = []
        async for document in owned(self._store):
            self._has_owned = True
            some.append(document)
            if len(some) >= _UIDS_AT_ONCE:
                await self._note_suspicious(some)
                some = []
            await pace.keep()
        await self._note_suspicious(some)

    async def _note_suspicious(self, documents: list[Document]) -> None:
        """Have those looked at whose owners are not all seen to be there; what is concluded is read again then."""
        for document in await self._deletions.suspicious(documents):
            await self._queue.put(document["_id"])

    async def _find_left_behind(self) -> None:
        """Have those looked at that were owned by what is gone."""
        await self._some_gone.wait()
        self._some_gone.clear()
        while self._gone:
            uids = [self._gone.pop() for _ in range(min(_UIDS_AT_ONCE, len(self._gone)))]
            try:
                async for document in dependents(self._store, uids):
                    await self._queue.put(document["_id"])
            except BaseException:
                self._gone.update(uids)
                self._some_gone.set()
                raise

    async def _sweep_events(self) -> None:
        await self._expiry.expire()
        await asyncio.sleep(self._sweep_seconds)

    async def _work(self) -> None:
        while True:
            key = await self._queue.take()
            done = False
            try:
                done = await self._deletions.look_at(key)
            except (Unavailable, LostRace) as error:
                _log.info("%s: %s; trying again", key, error)
            except Exception:
                _log.exception("%s cannot be looked at; trying again", key)
            finally:
                self._queue.finish(key, again=not done)
            if self._queue.overflowed and not len(self._queue):
                self._queue.overflowed = False
                self._rescan.set()
