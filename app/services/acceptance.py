"""Accepting definitions: judged against all others, committed, published.

A definition is committed in one transaction with the count of definition writes: whoever was judged against an older
count is judged again. The order of locks is always: the kind's gate, then the registry's lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from app.kinds.compiling import compile_spec, is_large, packed_texts
from app.kinds.served import index_fields
from app.resources.keys import kind_range, storage_key
from app.resources.migrating import pending
from app.resources.states import State
from app.resources.times import utc_now
from app.services.definition_rules import identity_failures, with_failures
from app.services.definition_status import accepted_status, with_index_status
from app.services.evolution import Review, Update, review
from app.services.migration_status import following_runs, started_status
from app.store.definitions import KindStorage, StoredDefinition
from app.store.documents import pack_texts
from app.store.errors import LostRace
from app.store.filling import find_obstacle
from app.store.slots import IndexState
from app.store.sweeping import count_resources
from schema_builder.clashes import find_clashes
from schema_builder.differences import identical
from schema_builder.errors import DefinitionRefused, Failure, told
from schema_builder.migrations import parse_migrations
from schema_builder.validation.messages import shown

if TYPE_CHECKING:
    import datetime

    from app.kinds.registry import Registry
    from app.resources.decisions import Decision
    from app.services.gates import Gates
    from app.store.identity import DatabaseIdentity
    from app.store.mongo import Store
    from app.store.sessions import WriteSession
    from schema_builder.compile import CompiledKind

__all__ = ["Acceptance"]

_LOOKED_AT: Final = 20_000
"""Resources that are looked at before an index is accepted; with more, what stands in its way fails it later."""


class Acceptance:
    """Commits and publishes what was decided on definitions."""

    def __init__(
        self, store: Store, registry: Registry, gates: Gates, *, now: Callable[[], datetime.datetime] = utc_now
    ) -> None:
        self._store = store
        self._registry = registry
        self._gates = gates
        self._now = now
        self._known: DatabaseIdentity | None = None

    async def accept(
        self, session: WriteSession, current: StoredDefinition | None, decision: Decision, *, update: Update
    ) -> State:
        """Commit what was decided on a definition, and publish its kind.

        Args:
            session: Has read the current definition.
            current: That definition.
            decision: An INSERT or a REPLACE; a DELETE is stored as well, and left to whoever removes kinds.
            update: What the client permits, and is told.

        Returns:
            The definition as it was stored, with its status.

        Raises:
            DefinitionRefused: It changes what cannot be changed, cannot be served, or clashes with others.
            LostRace: It is to be decided again.
        """
        version, state = session.position, decision.state
        spec = state.body["spec"]
        same = current is not None and await _is_same(spec, current.state.body["spec"])
        served = None if current is None else self._registry.find(current.name)
        if current is not None and same and served is None:
            return await self._keep(session, current, state._replace(version=version), dry_run=update.dry_run)
        kind = served.kind if served is not None and same else await self._compile(current, state)
        runs = () if current is None else current.storage.runs
        generation, now = state.metadata["generation"], self._now()
        status = accepted_status(kind, generation=generation, previous=state.body.get("status"), now=now)
        if current is not None and served is not None and not same:
            found = await self._review(update, current, served.kind, kind, state)
            update.permit(kind.name, found)
            status["lastChange"] = found.as_status(generation=generation, now=now)
            runs = following_runs(current.storage.runs, _declared(current.state), _declared(state), number=version)
            if runs != current.storage.runs:
                status["migration"] = started_status(runs, now=now)
        state = State(state.metadata, {**state.body, "status": status}, version)
        packed = state._replace(body=await _packed(state.body, {} if same else packed_texts(kind, spec)))
        async with AsyncExitStack() as stack:
            if current is not None:
                await stack.enter_async_context(self._gates.closing(current.storage.key))
            storage = replace(await self._storage(current, kind, since=version), runs=runs)
            state, packed = with_index_status(state, storage), with_index_status(packed, storage)
            await stack.enter_async_context(self._registry.lock)
            stored = StoredDefinition(packed, storage)
            stored = await self._commit(session, current, kind, stored, dry_run=update.dry_run)
        return state._replace(version=stored.state.version)

    async def _review(
        self, update: Update, current: StoredDefinition, before: CompiledKind, after: CompiledKind, state: State
    ) -> Review:
        """Return what an update changes; looked at once, however often it loses a race to others."""
        key = (before.fingerprint, after.fingerprint)
        if key not in update.reviews:
            known = _declared(current.state)
            new = [one for one in _declared(state) if not any(identical(one, other) for other in known)]
            steps = (*pending(current.storage.runs, mark=0), *parse_migrations(new)[0])
            update.reviews[key] = await review(
                self._store, current.storage.key, before=before, after=after, steps=steps
            )
        return update.reviews[key]

    @staticmethod
    async def _compile(current: StoredDefinition | None, state: State) -> CompiledKind:
        """Return the kind of a definition. What it changes and must not is told together with all else."""
        name, spec = state.metadata["name"], state.body["spec"]
        changed = [] if current is None else identity_failures(current.state.body["spec"], spec)
        if not changed:
            return await compile_spec(spec, name=name)
        invalid = DefinitionRefused(f"ResourceDefinition {shown(name)} is invalid: {told(changed)}.", changed)
        try:
            await compile_spec(spec, name=None)
        except DefinitionRefused as refused:
            raise with_failures(invalid, refused) from None
        raise invalid

    async def _storage(self, current: StoredDefinition | None, kind: CompiledKind, *, since: int) -> KindStorage:
        """Return where the kind's resources are to be; new indexes are refused for what stands in their way."""
        declared = index_fields(kind.definition)
        if current is None:
            return KindStorage("").declaring(declared, since=since, state=IndexState.READY)
        storage = current.storage.declaring(declared, since=since, state=IndexState.BUILDING)
        storage = storage.linking(kind.body.links_key, ready=False)
        new = [slot for slot in storage.slots if slot not in current.storage.slots]
        if new and await count_resources(self._store, storage.key) <= _LOOKED_AT:
            obstacle = await find_obstacle(self._store, kind_range(storage.key), new)
            if obstacle is not None:
                place = f"/spec/indexes/{declared.index((obstacle.slot.fields, obstacle.slot.unique))}"
                raise DefinitionRefused(
                    f"ResourceDefinition {current.name!r} is invalid.", [Failure(place, "index", obstacle.message)]
                )
        return storage

    async def _commit(
        self,
        session: WriteSession,
        current: StoredDefinition | None,
        kind: CompiledKind,
        stored: StoredDefinition,
        *,
        dry_run: bool,
    ) -> StoredDefinition:
        """Judge against all others, commit, publish, return what was stored; the registry's lock is held."""
        identity = await self._identity(known=not dry_run)
        clashes = find_clashes(kind, self._registry.snapshot)
        if clashes and identity is self._known:
            identity = await self._identity()
            clashes = find_clashes(kind, self._registry.snapshot)
        if clashes:
            raise DefinitionRefused(f"The names of {kind.name} clash with others.", clashes)
        if dry_run:
            stored.as_document()
            return stored
        self._known = None
        if current is None:
            stored = await self._insert(session, kind, stored.state, identity)
        else:
            await self._replace(session, current, stored, version=identity.version)
        self._registry.publish(kind, stored)
        self._registry.advance(identity.version + 1)
        self._known = identity.following(new_kinds=int(current is None))
        return stored

    async def _keep(self, session: WriteSession, current: StoredDefinition, state: State, *, dry_run: bool) -> State:
        """Commit new metadata of a definition that cannot be served, and is kept: so its finalizers can be removed."""
        async with self._registry.lock:
            identity = await self._identity()
            refused = self._registry.refused.get(current.name)
            if refused is None:
                raise LostRace
            stored = StoredDefinition(state, current.storage, current.judged_by)
            if not dry_run:
                await self._replace(session, current, stored, version=identity.version)
                self._registry.refuse(stored, refused.reason)
                self._registry.advance(identity.version + 1)
        return state

    async def _identity(self, *, known: bool = False) -> DatabaseIdentity:
        """Return the database's identity, with the registry as new as it; the registry's lock is held.

        Args:
            known: Take what the last commit of this server has left, where nothing is known to have come since: a
                commit that is based on it fails where something has.
        """
        if known and self._known is not None and self._known.version == self._registry.version:
            return self._known
        identity = await self._store.identities.read()
        if identity.version != self._registry.version:
            await self._registry.refresh_locked()
            identity = await self._store.identities.read()
        if identity.version != self._registry.version:
            raise LostRace
        return identity

    async def _insert(
        self, session: WriteSession, kind: CompiledKind, state: State, identity: DatabaseIdentity
    ) -> StoredDefinition:
        """Commit a new definition; its version is the position at which nobody else has written one."""
        async with session.transaction():
            await self._store.identities.swap(session.driver_session, version=identity.version, new_kinds=1)
            version = session.position
            storage = KindStorage(storage_key(identity.next_storage_key)).declaring(
                index_fields(kind.definition), since=version, state=IndexState.READY
            )
            storage = storage.linking(kind.body.links_key, ready=True)
            stored = StoredDefinition(state._replace(version=version), storage)
            await session.insert(stored.as_document())
        return stored

    async def _replace(
        self, session: WriteSession, current: StoredDefinition, stored: StoredDefinition, *, version: int
    ) -> None:
        document = stored.as_document()
        async with session.transaction():
            await self._store.identities.swap(session.driver_session, version=version)
            await session.replace(document, seen=current.state.version)


def _declared(state: State) -> list[Any]:
    return state.body["spec"].get("migrations") or []


async def _is_same(spec: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return await asyncio.to_thread(identical, spec, other) if is_large(spec) else identical(spec, other)


async def _packed(body: Mapping[str, Any], known: Mapping[str, bytes]) -> dict[str, Any]:
    left = {name: value for name, value in body["spec"].items() if name not in known}
    return await asyncio.to_thread(pack_texts, body, known) if is_large(left) else pack_texts(body, known)
