"""Definitions: resources whose writes change what the server serves.

Here is decided what a write asks for; ``acceptance`` commits and publishes it, and ``removal`` takes kinds away.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.errors import AlreadyExists, Conflict, Forbidden
from app.kinds.compiling import compile_spec, is_large
from app.resources.decisions import (
    Action,
    Decision,
    decide_apply,
    decide_create,
    decide_replace,
    decide_update,
    expect_version,
)
from app.resources.states import State, is_going
from app.resources.times import utc_now
from app.services.definition_rules import derived_name, with_failures
from app.services.evolution import Update, without_permission
from app.services.guards import check_lag, required_name, warn_of_status
from app.services.naming import input_namespace, not_found, shown
from app.services.ownership import check_owners
from app.store.definitions import StoredDefinition, definition_key
from app.store.documents import visible
from app.store.errors import LostRace
from schema_builder.errors import DefinitionRefused, Invalid

if TYPE_CHECKING:
    import datetime

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.resources.decisions import Rules
    from app.services.acceptance import Acceptance
    from app.services.removal import Removal
    from app.store.mongo import Store
    from schema_builder.backend import RequestScope, Resource
    from schema_builder.compile import CompiledKind

__all__ = ["DEFINITION_KIND", "Definitions"]

DEFINITION_KIND = "ResourceDefinition"
_ATTEMPTS = 30
"""All servers' definitions race for one count, so there are more than for a resource of its own."""
_WAIT_SECONDS = 0.02

Decide = Callable[[State | None], Decision]


class Definitions:
    """The part of ``schema_builder.backend.Backend`` that writes definitions."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        acceptance: Acceptance,
        removal: Removal,
        *,
        lag_seconds: Callable[[], float],
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: What is served.
            acceptance: Commits definitions.
            removal: Takes kinds away.
            lag_seconds: How far behind the change stream is.
            now: The clock.
        """
        self._store = store
        self._registry = registry
        self._acceptance = acceptance
        self._removal = removal
        self._lag_seconds = lag_seconds
        self._now = now

    async def create(self, scope: RequestScope, given: Mapping[str, Any], *, dry_run: bool) -> Resource:
        """Define a kind."""
        given, permitted = without_permission(given)
        name = derived_name(given)
        update = Update(scope, permitted, dry_run)
        return await self._write(update, self._creation(given, name), name=name, given=given)

    async def update(
        self, scope: RequestScope, patch: Mapping[str, Any], *, name: str, resource_version: str | None, dry_run: bool
    ) -> Resource:
        """Apply a JSON merge patch to a definition."""
        patch, permitted = without_permission(patch)

        def decide(current: State | None) -> Decision:
            present = self._present(current, name, resource_version)
            return decide_update(self._rules, present, patch, now=self._now())

        return await self._write(Update(scope, permitted, dry_run), decide, name=name, given=patch)

    async def replace(self, scope: RequestScope, given: Mapping[str, Any], *, dry_run: bool) -> Resource:
        """Replace a definition."""
        given, permitted = without_permission(given)
        name = derived_name(given)
        version = (given.get("metadata") or {}).get("resourceVersion")

        def decide(current: State | None) -> Decision:
            return decide_replace(self._rules, self._present(current, name, version), given, now=self._now())

        return await self._write(Update(scope, permitted, dry_run), decide, name=name, given=given)

    async def apply(self, scope: RequestScope, given: Mapping[str, Any], *, dry_run: bool) -> Resource:
        """Define a kind, or merge into its definition."""
        warn_of_status(scope, given)
        given, permitted = without_permission(given)
        name = derived_name(given)
        version = (given.get("metadata") or {}).get("resourceVersion")
        create = self._creation(given, name)

        def decide(current: State | None) -> Decision:
            if current is None and version is None:
                return create(None)
            return decide_apply(self._rules, self._present(current, name, version), given, now=self._now())

        return await self._write(Update(scope, permitted, dry_run), decide, name=name, given=given)

    async def update_status(self) -> Resource:
        """Refuse: the status of a definition is what the server says of it."""
        raise Forbidden("The status of a definition is written by the server alone.")

    async def delete(self, scope: RequestScope, *, name: str, resource_version: str | None, dry_run: bool) -> Resource:
        """Delete a definition and every resource of its kind."""
        check_lag(self._lag_seconds)
        if name not in self._registry.refused:
            self._refuse_built_in(name)
        state = await self._removal.delete(
            scope, name, check=lambda state: self._present(state, name, resource_version), dry_run=dry_run
        )
        return visible(state, self._kind)

    @property
    def _served(self) -> Served:
        served = self._registry.find(DEFINITION_KIND)
        if served is None:
            raise RuntimeError("the built-in kinds are not loaded")
        return served

    @property
    def _kind(self) -> CompiledKind:
        return self._served.kind

    @property
    def _rules(self) -> Rules:
        return self._served.rules

    def _creation(self, given: Mapping[str, Any], name: str) -> Decide:
        metadata = given.get("metadata") or {}

        def decide(current: State | None) -> Decision:
            if current is not None:
                going = ": it is being deleted" if is_going(current) else ""
                raise AlreadyExists(f"{DEFINITION_KIND} {shown(name, None)} already exists{going}")
            uid, namespace = str(uuid.uuid4()), input_namespace(self._rules, metadata)
            return decide_create(self._rules, given, name=name, namespace=namespace, uid=uid, now=self._now())

        return decide

    def _present(self, current: State | None, name: str, version: str | None) -> State:
        if current is None:
            raise not_found(self._rules, name=name, namespace=None)
        expect_version(current, version)
        return current

    def _refuse_built_in(self, name: str) -> None:
        served = self._registry.find(name)
        if served is not None and served.built_in:
            raise Forbidden(f"The kind {name} is built in: its definition is the server's.")

    async def _write(
        self,
        update: Update,
        decide: Decide,
        *,
        name: str,
        given: Mapping[str, Any] | None = None,
    ) -> Resource:
        check_lag(self._lag_seconds)
        required_name(DEFINITION_KIND, name)
        self._refuse_built_in(name)
        async with self._store.writing() as session:
            for attempt in range(_ATTEMPTS):
                # What the registry does not know is not there, or the commit is based on an old version and fails.
                is_new = not attempt and not update.dry_run and not self._registry.knows(name)
                document = None if is_new else await session.find(definition_key(name))
                current = None if document is None else StoredDefinition.from_document(document)
                decision = await self._judged(decide, current, given=given)
                if decision.action is Action.NOTHING:
                    if not update.dry_run:
                        update.scope.committed(await session.committed_at())
                    return visible(decision.state, self._kind)
                before = None if current is None else current.state
                await check_owners(self._registry, self._rules, current=before, state=decision.state)
                try:
                    state = await self._acceptance.accept(session, current, decision, update=update)
                except LostRace:
                    await asyncio.sleep(random.uniform(0, _WAIT_SECONDS))  # noqa: S311 - no secret
                    continue
                if not update.dry_run:
                    update.scope.committed(await session.committed_at())
                    await self._removal.finish(name) if is_going(state) else None
                return visible(state, self._kind)
        raise Conflict(f"{DEFINITION_KIND} {shown(name, None)} was changed by others meanwhile", retryable=True)

    async def _judged(
        self, decide: Decide, current: StoredDefinition | None, *, given: Mapping[str, Any] | None
    ) -> Decision:
        """Decide; where the input breaks rules, say all that the definition breaks by itself as well."""
        try:
            state = None if current is None else current.state
            if is_large(given) or (state is not None and is_large(state.body)):
                return await asyncio.to_thread(decide, state)
            return decide(state)
        except Invalid as invalid:
            spec = (given or {}).get("spec")
            if current is not None or not isinstance(spec, Mapping):
                raise
            try:
                await compile_spec(spec, name=(given or {}).get("metadata", {}).get("name"))
            except DefinitionRefused as refused:
                raise with_failures(invalid, refused) from None
            raise
