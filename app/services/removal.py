"""Taking kinds away: first their resources, then the definition; what finalizers hold is waited for.

    no resources, no finalizers:  DELETED of the definition
    otherwise:                    MODIFIED (deletionRequestedAt), DELETED of each resource; when none is left, DELETED

Everything can be begun again after a crash: ``resume`` does so.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.errors import Conflict, Unavailable
from app.kinds.builtins import is_displaced
from app.resources.decisions import Action
from app.resources.deletion import decide_delete
from app.resources.states import State, has_finalizers, is_going
from app.resources.times import format_time, utc_now
from app.services.builtins import store_builtins
from app.store.definitions import StoredDefinition, definition_key
from app.store.documents import state_of, to_document
from app.store.errors import LostRace
from app.store.links import LINKS, Cascade, note_cascade
from app.store.slots import slot_values
from app.store.sweeping import has_resources, held_resources, sweep
from app.tasks import end_tasks

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Coroutine

    from app.kinds.registry import Registry
    from app.services.gates import Gates
    from app.services.links import Links
    from app.store.mongo import Store
    from app.store.sessions import WriteSession
    from schema_builder.backend import RequestScope

__all__ = ["Removal"]

_ATTEMPTS: Final = 20
_RETRY_SECONDS: Final = 1.0
_STRAGGLERS_SECONDS: Final = 5.0
"""Servers that have not heard that a kind is gone may still write to it; this is well above what they may lag."""
_log = logging.getLogger(__name__)


class Removal:
    """Deletes kinds, now and in the background."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        gates: Gates,
        links: Links,
        *,
        follow: Callable[[Cascade], object],
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: What is served.
            gates: Where writers of a kind stand aside.
            links: Judges by what resources name.
            follow: Begins what follows a deletion.
            now: The clock.
        """
        self._store = store
        self._registry = registry
        self._gates = gates
        self._links = links
        self._follow = follow
        self._now = now
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    async def delete(
        self, scope: RequestScope, name: str, *, check: Callable[[State | None], State], dry_run: bool
    ) -> State:
        """Delete a definition, as far as finalizers let it go.

        Args:
            scope: Told the last commit.
            name: The definition's.
            check: Raises where the definition is absent, or not the one that is meant.
            dry_run: Commit nothing.

        Returns:
            The definition's last state.
        """
        stored = await self._find(name)
        check(None if stored is None else stored.state)
        await self._links.foresee_kind(name)
        if stored is None or dry_run:
            return await self._foreseen(stored)
        async with self._gates.closing(stored.storage.key), self._store.writing() as session:
            for _ in range(_ATTEMPTS):
                document = await session.find(definition_key(name))
                stored = None if document is None else StoredDefinition.from_document(document)
                state = check(None if stored is None else stored.state)
                if stored is None:
                    return state
                try:
                    state = await self._advance(session, stored)
                except LostRace:
                    continue
                scope.committed(await session.committed_at())
                return state
        raise Conflict(f"The definition {name!r} was changed by others meanwhile", retryable=True)

    async def finish(self, name: str) -> None:
        """Go on with a deletion that was asked for, as far as finalizers let it go."""
        stored = await self._find(name)
        if stored is None or not is_going(stored.state):
            return
        async with self._gates.closing(stored.storage.key), self._store.writing() as session:
            for _ in range(_ATTEMPTS):
                document = await session.find(definition_key(name))
                if document is None:
                    return
                try:
                    await self._advance(session, StoredDefinition.from_document(document))
                except LostRace:
                    continue
                return

    def finish_soon(self, name: str) -> None:
        """Go on with a deletion in the background."""
        self._start(f"finish {name}", partial(self.finish, name))

    async def resume(self) -> None:
        """Go on, in the background, with whatever a stopped server left."""
        for name in list(self._registry.snapshot.kinds):
            served = self._registry.find(name)
            if served is not None and served.going:
                self.finish_soon(name)
        for name, refused in self._registry.refused.items():
            if is_going(refused.stored.state):
                self.finish_soon(name)
        identity = await self._store.identities.read()
        for storage in identity.retired:
            self._start(f"sweep {storage}", partial(self._sweep_stragglers, storage))

    async def stop(self) -> None:
        """End the work in the background; ``resume`` takes it up again."""
        await end_tasks(self._tasks.values())

    async def _find(self, name: str) -> StoredDefinition | None:
        document = await self._store.find(definition_key(name))
        return None if document is None else StoredDefinition.from_document(document)

    async def _foreseen(self, stored: StoredDefinition | None) -> State:
        assert stored is not None
        if has_finalizers(stored.state) or await has_resources(self._store, stored.storage.key):
            return self._marked(stored.state, version=stored.state.version)
        return stored.state

    async def _advance(self, session: WriteSession, stored: StoredDefinition) -> State:
        """Do all that can be done now; the kind's gate is closed. Returns the definition's last state."""
        storage = stored.storage.key
        if has_finalizers(stored.state) or await has_resources(self._store, storage):
            stored = await self._mark(session, stored)
            await sweep(self._store, storage)
            await self._ask_resources(stored)
            if has_finalizers(stored.state) or await has_resources(self._store, storage):
                await session.find(definition_key(stored.name))
                return stored.state
        await self._take_away(session, stored)
        return stored.state

    def _marked(self, state: State, *, version: int) -> State:
        if is_going(state):
            return state
        moment = format_time(self._now())
        metadata = {
            **state.metadata,
            "deletionRequestedAt": moment,
            "updatedAt": moment,
            "generation": state.metadata["generation"] + 1,
        }
        return State(metadata, state.body, version)

    async def _mark(self, session: WriteSession, stored: StoredDefinition) -> StoredDefinition:
        if is_going(stored.state):
            return stored
        marked = replace(stored, state=self._marked(stored.state, version=session.position))
        async with self._registry.lock:
            await self._registry.refresh_locked()
            version = self._registry.version
            async with session.transaction():
                await self._store.identities.swap(session.driver_session, version=version)
                await session.replace(marked.as_document(), seen=stored.state.version)
            if (refused := self._registry.refused.get(stored.name)) is not None:
                self._registry.refuse(marked, refused.reason)
            elif (served := self._registry.find(stored.name)) is not None:
                self._registry.publish(served.kind, marked)
            self._registry.advance(version + 1)
        return marked

    async def _take_away(self, session: WriteSession, stored: StoredDefinition) -> None:
        storage, cascade = stored.storage.key, Cascade(stored.name)
        async with self._registry.lock:
            await self._registry.refresh_locked()
            version = self._registry.version
            cascades = bool(self._registry.referrers(stored.name) - {stored.name})
            async with session.transaction():
                await self._store.identities.swap(session.driver_session, version=version, retire=storage)
                if cascades:
                    cascade = await note_cascade(self._store, session, cascade)
                await session.delete(definition_key(stored.name), seen=stored.state.version)
            self._registry.withdraw(stored.name)
            self._registry.advance(version + 1)
        if cascades:
            self._follow(cascade)
        if is_displaced(stored):
            self._start(f"store {stored.name}", partial(store_builtins, self._store, now=self._now()))
        later = partial(self._sweep_stragglers, storage, wait_seconds=_STRAGGLERS_SECONDS)
        self._start(f"sweep {storage}", later)

    async def _ask_resources(self, stored: StoredDefinition) -> None:
        """Ask for the deletion of what finalizers hold, one by one."""
        storage = stored.storage
        while documents := await held_resources(self._store, storage.key):
            for document in documents:
                async with self._store.writing() as session:
                    found = await session.find(document["_id"])
                    if found is None:
                        continue
                    decision = decide_delete(state_of(found), now=self._now())
                    state = decision.state._replace(version=session.position)
                    if decision.action is Action.REPLACE:
                        held: Any = slot_values(storage.slots, state.metadata, state.body, key=found["_id"])
                        held |= {LINKS: found[LINKS]} if LINKS in found else {}
                        next_document = to_document(
                            state, storage=storage.key, slots=held, migrated=found.get("migrated", 0)
                        )
                        await session.replace(next_document, seen=found["version"])
                    elif decision.action is Action.DELETE:
                        await session.delete(found["_id"], seen=found["version"])

    async def _sweep_stragglers(self, storage: str, *, wait_seconds: float = 0) -> None:
        await asyncio.sleep(wait_seconds)
        await sweep(self._store, storage, held_too=True)
        await self._store.identities.swept(storage)

    def _start(self, what: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do some work in the background; once more after it where the same is being done already."""
        if what in self._tasks:
            self._again.add(what)
            return
        task = asyncio.create_task(self._persist(what, work), name=what)
        self._tasks[what] = task
        task.add_done_callback(lambda _: self._tasks.pop(what, None))

    async def _persist(self, what: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            self._again.discard(what)
            try:
                await work()
            except (Unavailable, LostRace):
                _log.warning("%s: the database does not answer; trying again", what)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            except Exception:
                _log.exception("%s failed; it is taken up again when the server starts", what)
            if what not in self._again:
                return
