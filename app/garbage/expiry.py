"""Events that have had their time are deleted, some at a time."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final

from app.errors import Conflict, NotFound
from app.garbage.nobody import NOBODY
from app.resources.keys import split_key
from app.resources.times import utc_now
from app.store.errors import driver_errors
from app.store.slots import IndexState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.store.mongo import Document, Store
    from app.store.slots import Slot
    from schema_builder.backend import Backend

__all__ = ["Expiry"]

_INDEX: Final = (("spec", "ttlSeconds"), ("spec", "lastTimestamp"))
_AT_ONCE: Final = 500
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)


class Expiry:
    """Deletes events by the index of how long they are kept, and when they happened last."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        backend: Backend,
        *,
        ttl_seconds: float,
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: Knows the kind of events.
            backend: Deletes events that others name.
            ttl_seconds: How long events are kept that do not say so themselves.
            now: The clock.
        """
        self._store = store
        self._registry = registry
        self._backend = backend
        self._ttl_seconds = ttl_seconds
        self._now = now

    async def expire(self) -> int:
        """Delete every event whose time has passed; returns how many those were."""
        served = self._registry.find("Event")
        slot = None if served is None else _slot(served)
        if served is None or slot is None:
            return 0
        deleted = 0
        async for ttl in self._lifetimes(slot):
            seconds = self._ttl_seconds if ttl is None else ttl
            before = (self._now() - datetime.timedelta(seconds=seconds) - _EPOCH) // _MICROSECOND
            while keys := await self._expired(slot, ttl, before=before):
                count = await self._delete(served, keys, {f"{slot.name}.b": {"$lt": before}})
                deleted += count
                if not count:
                    break
        return deleted

    async def _lifetimes(self, slot: Slot) -> AsyncIterator[int | None]:
        """Yield each length of time that some event is to be kept for: one look-up for each."""
        last: Any = None
        yield None
        while True:
            with driver_errors():
                longer = {f"{slot.name}.k": slot.key, f"{slot.name}.a": {"$gt": -1 if last is None else last}}
                found = self._store.resources.find(longer, {f"{slot.name}.a": 1}, hint=slot.name)
                documents = await found.sort(f"{slot.name}.a", 1).limit(1).to_list()
            if not documents:
                return
            last = documents[0][slot.name]["a"]
            yield last

    async def _expired(self, slot: Slot, ttl: int | None, *, before: int) -> list[str]:
        chosen = {f"{slot.name}.k": slot.key, f"{slot.name}.a": ttl, f"{slot.name}.b": {"$lt": before}}
        with driver_errors():
            found = self._store.resources.find({**chosen, "metadata.finalizers": []}, {"_id": 1}, hint=slot.name)
            return [document["_id"] for document in await found.limit(_AT_ONCE).to_list()]

    async def _delete(self, served: Served, keys: Sequence[str], still: Document) -> int:
        """Delete events that have not happened again meanwhile."""
        if self._registry.referrers(served.rules.type_name):
            return sum([await self._delete_one(served, key) for key in keys])
        with driver_errors():
            chosen = {"_id": {"$in": list(keys)}, "metadata.finalizers": [], **still}
            return (await self._store.resources.delete_many(chosen)).deleted_count

    async def _delete_one(self, served: Served, key: str) -> int:
        _, namespace, name = split_key(key)
        try:
            await self._backend.delete(
                NOBODY, served.kind, name=name, namespace=namespace, resource_version=None, dry_run=False
            )
        except (NotFound, Conflict):
            return 0
        return 1


def _slot(served: Served) -> Slot | None:
    """Return the index that events are found by; None while it is built."""
    for slot in served.storage.slots:
        if tuple(field.path for field in slot.fields) == _INDEX and slot.state is IndexState.READY:
            return slot
    return None
