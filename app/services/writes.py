"""Writes of resources: read, decide, commit; and again where another write came in between.

current state, and a position before the commit ── session.find
next state                                      ── app.resources.decisions, pure
commit, if the current state still is           ── session.insert | replace | delete
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from app.errors import AlreadyExists, Conflict, KindRemoved, Unavailable
from app.kinds.compiling import is_large
from app.resources.decisions import (
    Action,
    Decision,
    decide_apply,
    decide_create,
    decide_delete,
    decide_replace,
    decide_status,
    decide_update,
    expect_version,
)
from app.resources.keys import resource_key
from app.resources.metadata import generated_name
from app.resources.states import State
from app.resources.times import utc_now
from app.services.naming import argument_namespace, input_namespace, not_found, shown
from app.store.documents import state_of, to_document, visible
from app.store.errors import LostRace
from app.store.slots import slot_values
from schema_builder.errors import Failure, Invalid

if TYPE_CHECKING:
    import datetime

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.services.gates import Gates
    from app.store.mongo import Store
    from app.store.sessions import WriteSession
    from schema_builder.backend import RequestScope, Resource
    from schema_builder.compile import CompiledKind

__all__ = ["ATTEMPTS", "Decide", "Writes", "check_lag", "check_name", "in_thread_if_large", "warn_of_status"]

ATTEMPTS: Final = 6
"""The first one, and five more after lost races."""
_MAX_LAG_SECONDS: Final = 1.0

Decide = Callable[[State | None], Decision]


class Writes:
    """The part of ``schema_builder.backend.Backend`` that writes resources (of every kind but definitions)."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        gates: Gates,
        *,
        lag_seconds: Callable[[], float],
        removed: Callable[[str], None],
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: The kinds.
            gates: Where writers of a kind stand aside while it is changed.
            lag_seconds: How far behind the change stream is.
            removed: Told the name of a kind that is going whenever one of its resources is gone.
            now: The clock.
        """
        self._store = store
        self._registry = registry
        self._gates = gates
        self._lag_seconds = lag_seconds
        self._removed = removed
        self._now = now

    async def create(
        self, scope: RequestScope, kind: CompiledKind, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create a resource."""
        served = self._registry.served(kind)
        metadata = given.get("metadata") or {}
        namespace = input_namespace(served.rules, metadata)
        name = metadata.get("name")
        generated = name is None and isinstance(metadata.get("generateName"), str)
        for _ in range(ATTEMPTS):
            chosen = generated_name(metadata["generateName"], list(secrets.token_bytes(5))) if generated else name
            chosen = check_name(served.rules.type_name, chosen)
            decide = self._creation(kind, given, name=chosen, namespace=namespace)
            try:
                return await self._write(
                    scope, kind, decide, given=given, name=chosen, namespace=namespace, dry_run=dry_run
                )
            except AlreadyExists as error:
                if not generated or "index" in error.extensions:
                    raise
        raise AlreadyExists(f"{served.rules.type_name}: no free name was found", retryable=True)

    async def update(
        self,
        scope: RequestScope,
        kind: CompiledKind,
        patch: Mapping[str, Any],
        *,
        name: str,
        namespace: str | None,
        resource_version: str | None,
        dry_run: bool,
    ) -> Resource:
        """Apply a JSON merge patch to all but status."""
        rules = self._registry.served(kind).rules
        return await self._change(
            scope,
            kind,
            lambda current: decide_update(rules, current, patch, now=self._now()),
            given=patch,
            name=name,
            namespace=namespace,
            version=resource_version,
            dry_run=dry_run,
        )

    async def update_status(
        self,
        scope: RequestScope,
        kind: CompiledKind,
        status: Any,
        *,
        name: str,
        namespace: str | None,
        resource_version: str | None,
        dry_run: bool,
    ) -> Resource:
        """Apply a JSON merge patch to status alone."""
        rules = self._registry.served(kind).rules
        return await self._change(
            scope,
            kind,
            lambda current: decide_status(rules, current, status, now=self._now()),
            given=status,
            name=name,
            namespace=namespace,
            version=resource_version,
            dry_run=dry_run,
        )

    async def delete(
        self,
        scope: RequestScope,
        kind: CompiledKind,
        *,
        name: str,
        namespace: str | None,
        resource_version: str | None,
        dry_run: bool,
    ) -> Resource:
        """Delete a resource, or ask for its deletion."""
        return await self._change(
            scope,
            kind,
            lambda current: decide_delete(current, now=self._now()),
            given=None,
            name=name,
            namespace=namespace,
            version=resource_version,
            dry_run=dry_run,
        )

    async def replace(
        self, scope: RequestScope, kind: CompiledKind, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Replace all but uid, createdAt and status."""
        rules = self._registry.served(kind).rules
        metadata = given.get("metadata") or {}
        name = check_name(rules.type_name, metadata.get("name"))
        return await self._change(
            scope,
            kind,
            lambda current: decide_replace(rules, current, given, now=self._now()),
            given=given,
            name=name,
            namespace=input_namespace(rules, metadata),
            version=metadata.get("resourceVersion"),
            dry_run=dry_run,
        )

    async def apply(
        self, scope: RequestScope, kind: CompiledKind, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create if absent, else merge."""
        rules = self._registry.served(kind).rules
        warn_of_status(scope, given)
        metadata = given.get("metadata") or {}
        name = check_name(rules.type_name, metadata.get("name"))
        namespace = input_namespace(rules, metadata)
        version = metadata.get("resourceVersion")
        create = self._creation(kind, given, name=name, namespace=namespace)

        def decide(current: State | None) -> Decision:
            if current is None and version is None:
                return create(None)
            if current is None:
                raise not_found(rules, name=name, namespace=namespace)
            expect_version(current, version)
            return decide_apply(rules, current, given, now=self._now())

        return await self._write(
            scope,
            kind,
            decide,
            given=given,
            name=name,
            namespace=namespace,
            dry_run=dry_run,
            is_final=version is not None,
        )

    def _creation(self, kind: CompiledKind, given: Mapping[str, Any], *, name: Any, namespace: Any) -> Decide:
        def decide(current: State | None) -> Decision:
            served = self._registry.served(kind)
            if current is not None:
                raise AlreadyExists(f"{served.rules.type_name} {shown(name, namespace)} already exists")
            if served.going:
                raise KindRemoved(f"The kind {served.rules.type_name} is being deleted: nothing can be created in it.")
            uid = str(uuid.uuid4())
            return decide_create(served.rules, given, name=name, namespace=namespace, uid=uid, now=self._now())

        return decide

    async def _change(
        self,
        scope: RequestScope,
        kind: CompiledKind,
        decide: Callable[[State], Decision],
        *,
        given: Any,
        name: str,
        namespace: str | None,
        version: str | None,
        dry_run: bool,
    ) -> Resource:
        rules = self._registry.served(kind).rules
        chosen = argument_namespace(rules, namespace)

        def decide_present(current: State | None) -> Decision:
            if current is None:
                raise not_found(rules, name=name, namespace=chosen)
            expect_version(current, version)
            return decide(current)

        return await self._write(
            scope,
            kind,
            decide_present,
            given=given,
            name=name,
            namespace=chosen,
            dry_run=dry_run,
            is_final=version is not None,
        )

    async def _write(
        self,
        scope: RequestScope,
        kind: CompiledKind,
        decide: Decide,
        *,
        given: Any,
        name: str,
        namespace: str | None,
        dry_run: bool,
        is_final: bool = False,
    ) -> Resource:
        check_lag(self._lag_seconds)
        storage = self._registry.served(kind).storage.key
        key = resource_key(storage, namespace=namespace, name=name)
        async with self._gates.passing(storage), self._store.writing() as session:
            for _ in range(ATTEMPTS):
                served = self._registry.served(kind)
                document = await session.find(key)
                current = None if document is None else state_of(document)
                decision = await in_thread_if_large(decide, current, given=given)
                if decision.action is Action.NOTHING:
                    if not dry_run:
                        scope.committed(session.position)
                    return visible(decision.state, kind)
                state = decision.state._replace(version=session.position)
                try:
                    await _commit(session, served, replace(decision, state=state), current, key=key, dry_run=dry_run)
                except LostRace as lost:
                    self._explain(served, lost, state)
                    if is_final:
                        raise _conflict(served, name, namespace, retryable=False) from None
                    continue
                if not dry_run:
                    scope.committed(session.position)
                    if decision.action is Action.DELETE and served.going:
                        self._removed(served.rules.type_name)
                return visible(state if decision.action is not Action.DELETE else decision.state, kind)
        raise _conflict(served, name, namespace, retryable=True)

    @staticmethod
    def _explain(served: Served, lost: LostRace, state: State) -> None:
        """Raise for a violated unique index: writing again cannot help."""
        for slot in served.storage.slots:
            if slot.name == lost.index:
                fields = ", ".join(".".join(field.path) for field in slot.fields)
                raise AlreadyExists(
                    f"{served.rules.type_name} {shown(state.metadata['name'], state.metadata['namespace'])}: "
                    f"another resource has the same {fields}",
                    extensions={"index": [".".join(field.path) for field in slot.fields]},
                ) from None


async def _commit(
    session: WriteSession, served: Served, decision: Decision, current: State | None, *, key: str, dry_run: bool
) -> None:
    if decision.action is Action.DELETE:
        if current is not None and not dry_run:
            await session.delete(key, seen=current.version)
        return
    state = decision.state
    slots = served.storage.slots
    held = slot_values(slots, state.metadata, state.body, key=key)
    document = to_document(state, storage=served.storage.key, slots=held)
    if dry_run:
        await session.try_slots(document, [slot for slot in slots if slot.unique])
    elif current is None:
        await session.insert(document)
    else:
        await session.replace(document, seen=current.version)


def check_lag(lag_seconds: Callable[[], float]) -> None:
    """Refuse writes while this server may be working with definitions that are no more.

    Raises:
        Unavailable: The change stream is too far behind.
    """
    if lag_seconds() > _MAX_LAG_SECONDS:
        raise Unavailable("This server is behind the database; try again.")


def check_name(type_name: str, name: Any) -> str:
    """Return a name that is required.

    Raises:
        Invalid: There is none.
    """
    if not isinstance(name, str) or not name:
        failure = Failure("/metadata/name", "required", "is required (or generateName, when creating)")
        raise Invalid(f"{type_name} is invalid: it has no name", [failure])
    return name


def warn_of_status(scope: RequestScope, given: Mapping[str, Any]) -> None:
    """Tell the client that apply does not write status."""
    if given.get("status") is not None:
        scope.warn("status was ignored: apply does not write it")


async def in_thread_if_large(decide: Decide, current: State | None, *, given: Any) -> Decision:
    """Decide here, or beside the event loop where the state or what is given is large."""
    if is_large(given) or (current is not None and is_large(current.body)):
        return await asyncio.to_thread(decide, current)
    return decide(current)


def _conflict(served: Served, name: str, namespace: str | None, *, retryable: bool) -> Conflict:
    return Conflict(
        f"{served.rules.type_name} {shown(name, namespace)} was changed by others meanwhile", retryable=retryable
    )
