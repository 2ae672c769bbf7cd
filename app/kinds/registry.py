"""The registry: an immutable snapshot of all kinds, swapped whole, and the storage of each.

Requests read ``snapshot`` once and finish on it. Everything here happens between two awaits or under the lock, so
no one ever sees half a change.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from app.errors import KindRemoved
from app.kinds.builtins import BUILTIN_NAMES, builtin_storage, compile_builtin, displacement, is_displaced
from app.kinds.compiling import compile_stored
from app.kinds.served import Refused, Served
from app.pacing import Pace
from app.store.definitions import (
    StoredDefinition,
    all_definitions,
    definition_key,
    definition_versions,
    find_definitions,
)
from app.store.slots import IndexState
from schema_builder.errors import DefinitionRefused
from schema_builder.snapshot import Snapshot, base_snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app.store.mongo import Store
    from schema_builder.compile import CompiledKind

__all__ = ["Registry"]

_MAX_PAST = 64
"""Former shapes of kinds that requests may still be finishing on."""


class Registry:
    """The kinds that one server serves.

    Attributes:
        snapshot: The published schema and its kinds.
        refused: Stored definitions that cannot be served, by name.
        lock: Held by whoever changes definitions, from the commit to the publication; so the change stream, which
            tells of the commit as well, finds it published.
    """

    def __init__(self, store: Store) -> None:
        self.snapshot: Snapshot = base_snapshot()
        self.refused: dict[str, Refused] = {}
        self.lock = asyncio.Lock()
        self._store = store
        self._version = -1
        self._by_name: dict[str, Served] = {}
        self._by_key: dict[str, Served] = {}
        self._past: OrderedDict[CompiledKind, str] = OrderedDict()
        self._unfinished: set[str] = set()
        self._migrating: set[str] = set()
        self._referrers: dict[str, set[str]] = {}
        self._unlinked: set[str] = set()
        self._listeners: set[asyncio.Event] = set()
        self._awaited: set[asyncio.Future[None]] = set()

    @property
    def version(self) -> int:
        """Return the count of definition writes that this snapshot has."""
        return self._version

    def served(self, kind: CompiledKind) -> Served:
        """Return the newest state of a compiled kind's incarnation.

        Raises:
            KindRemoved: The kind was deleted, even where another of its name is served now.
        """
        served = self._by_name.get(kind.names.type_name)
        if served is not None and served.kind is not kind:
            served = self._by_key.get(self._past.get(kind, ""))
        if served is None:
            raise KindRemoved(f"The kind {kind.names.type_name} was removed.")
        return served

    def find(self, name: str) -> Served | None:
        """Return what is served under a name."""
        return self._by_name.get(name)

    def knows(self, name: str) -> bool:
        """Tell whether there is a definition of a name, served or refused, as of ``version``."""
        return name in self._by_name or name in self.refused

    def storage_key(self, name: str) -> str | None:
        """Return the storage key of the kind that is served under a name."""
        served = self._by_name.get(name)
        return None if served is None else served.storage.key

    def kind_by_storage_key(self, key: str) -> CompiledKind | None:
        """Return the kind whose resources have this storage key, None where it is not served."""
        served = self._by_key.get(key)
        return None if served is None else served.kind

    @property
    def unlinked(self) -> frozenset[str]:
        """Return the names of kinds of which it is not known yet what all their resources name."""
        return frozenset(self._unlinked)

    def referrers(self, name: str) -> frozenset[str]:
        """Return the names of the kinds whose resources name those of a kind with consequences."""
        return frozenset(self._referrers.get(name, ()))

    @property
    def unfinished(self) -> frozenset[str]:
        """Return the names of the kinds with a declared index that is not READY."""
        return frozenset(self._unfinished)

    @property
    def migrating(self) -> frozenset[str]:
        """Return the names of the kinds with pending migrations."""
        return frozenset(self._migrating)

    async def subscribe(self) -> AsyncIterator[Snapshot]:
        """Yield the snapshot, and each later one; whoever is slow gets only the newest."""
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            while True:
                changed.clear()
                yield self.snapshot
                while not changed.is_set():
                    await changed.wait()
        finally:
            self._listeners.discard(changed)

    def publish(self, kind: CompiledKind, stored: StoredDefinition) -> None:
        """Serve a kind, in place of what was served under its name."""
        present = self._by_name.get(stored.name)
        if present is None or present.kind is not kind:
            self.snapshot = self.snapshot.with_kind(kind)
        self.refused.pop(stored.name, None)
        self._enter(Served.of(kind, stored, built_in=stored.name in BUILTIN_NAMES))
        self._tell()

    def refuse(self, stored: StoredDefinition, reason: DefinitionRefused) -> None:
        """Keep a definition that cannot be served."""
        if not is_displaced(stored):
            self.withdraw(stored.name)
        self.refused[stored.name] = Refused(stored, reason)
        self._tell()

    def withdraw(self, name: str) -> None:
        """Serve a kind no more; a built-in one is always served, whatever is stored under its name."""
        self.refused.pop(name, None)
        if name in BUILTIN_NAMES:
            self._tell()
            return
        served = self._by_name.pop(name, None)
        self._unfinished.discard(name)
        self._migrating.discard(name)
        self._unlinked.discard(name)
        if served is not None:
            self._by_key.pop(served.storage.key, None)
            self._forget_links(served)
            self.snapshot = self.snapshot.without_kind(name)
            self._tell()

    def advance(self, version: int) -> None:
        """Note that a definition write of this server is in the snapshot; the lock is held."""
        self._version = version

    async def load(self) -> None:
        """Read and compile every stored definition."""
        async with self.lock:
            version = await self._store.identities.version()
            await self._take(find_definitions(self._store, [definition_key(name) for name in BUILTIN_NAMES]))
            await self._take(all_definitions(self._store))
            self._version = version

    async def refresh(self) -> bool:
        """Take over what other servers have defined; tells whether there was anything."""
        if await self._store.identities.version() == self._version:
            return False
        async with self.lock:
            return await self.refresh_locked()

    async def refresh_locked(self) -> bool:
        """Do what ``refresh`` does, for one who holds the lock."""
        version = await self._store.identities.version()
        if version == self._version:
            return False
        stored = await definition_versions(self._store)
        known = {definition_key(name): served.version for name, served in self._by_name.items()}
        known |= {definition_key(name): refused.stored.state.version for name, refused in self.refused.items()}
        for key in known.keys() - stored.keys():
            self.withdraw(key.rpartition(" ")[2])
        changed = [key for key, found in stored.items() if known.get(key) != found]
        await self._take(find_definitions(self._store, changed))
        self._version = version
        return True

    async def definition_changed(self, name: str, *, version: int) -> None:
        """Follow a change of a definition that the stream tells of; nothing where this server made it."""

        def is_known() -> bool:
            served, refused = self._by_name.get(name), self.refused.get(name)
            known = served.version if served is not None else refused.stored.state.version if refused else -1
            return known >= version

        await self._follow(is_known)

    async def definition_deleted(self, name: str) -> None:
        """Follow the removal of a definition that the stream tells of."""
        await self._follow(lambda: name not in self._by_name)

    async def _follow(self, is_known: Callable[[], bool]) -> None:
        """Wait until a change is published, or publish it where no writer of this server is about to.

        A writer of this server that has committed publishes before anything else; the stream must not stand in line
        behind all the others that wait for the lock.
        """
        while not is_known():
            published = asyncio.get_running_loop().create_future()
            self._awaited.add(published)
            locking = asyncio.ensure_future(self.lock.acquire())
            try:
                await asyncio.wait((published, locking), return_when=asyncio.FIRST_COMPLETED)
                if locking.done() and not is_known():
                    await self.refresh_locked()
                    return
            finally:
                self._awaited.discard(published)
                if not locking.cancel():
                    self.lock.release()

    async def _take(self, definitions: AsyncIterator[StoredDefinition]) -> None:
        pace = Pace()
        async for stored in definitions:
            await pace.keep()
            if is_displaced(stored):
                await self._displace(stored)
                continue
            present = self._by_name.get(stored.name)
            if present is not None and present.storage.key != stored.storage.key:
                self.withdraw(stored.name)
                present = None
            try:
                kind = await compile_stored(stored, present=None if present is None else present.kind)
                self.publish(kind, stored)
            except DefinitionRefused as reason:
                self.refuse(stored, reason)

    async def _displace(self, stored: StoredDefinition) -> None:
        """Keep a definition whose name a built-in kind has now, and serve that kind."""
        if self.find(stored.name) is None:
            kind = await compile_builtin(stored.name)
            state = stored.state._replace(metadata={**stored.state.metadata, "deletionRequestedAt": None})
            self.publish(kind, StoredDefinition(state, builtin_storage(kind)))
        self.refuse(stored, displacement(stored.name))

    def _enter(self, served: Served) -> None:
        name = served.rules.type_name
        past = self._by_name.get(name)
        if past is not None and past.kind is not served.kind:
            self._past[past.kind] = past.storage.key
            if len(self._past) > _MAX_PAST:
                self._past.popitem(last=False)
        if past is not None:
            self._forget_links(past)
        for target in served.holds:
            self._referrers.setdefault(target, set()).add(name)
        self._by_name[name] = served
        self._by_key[served.storage.key] = served
        self._unfinished.discard(name)
        if any(slot.state is not IndexState.READY for slot in served.storage.slots):
            self._unfinished.add(name)
        self._migrating.discard(name)
        if served.storage.runs:
            self._migrating.add(name)
        self._unlinked.discard(name)
        if served.storage.links is not None and not served.storage.links.ready:
            self._unlinked.add(name)

    def _forget_links(self, served: Served) -> None:
        for target in served.holds:
            self._referrers[target].discard(served.rules.type_name)
            if not self._referrers[target]:
                del self._referrers[target]

    def _tell(self) -> None:
        for published in self._awaited:
            if not published.done():
                published.set_result(None)
        for listener in self._listeners:
            listener.set()
