"""Writes of resources: which resource is meant, and what is to be decided."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.errors import AlreadyExists, KindRemoved
from app.resources.decisions import (
    Decision,
    Rules,
    decide_apply,
    decide_create,
    decide_replace,
    decide_status,
    decide_update,
    expect_version,
)
from app.resources.deletion import decide_delete
from app.resources.metadata import generated_name
from app.resources.times import utc_now
from app.services.commits import Commits, Decide, Target
from app.services.guards import required_name, warn_of_status
from app.services.naming import argument_namespace, input_namespace, not_found, shown

if TYPE_CHECKING:
    import datetime

    from app.kinds.registry import Registry
    from app.resources.states import State
    from schema_builder.backend import Propagation, RequestScope, Resource
    from schema_builder.compile import CompiledKind

__all__ = ["Writes"]

_GENERATED_NAMES: Final = 8
"""How many generated names are tried: that each is taken is as good as impossible."""

DecidePresent = Callable[[Rules, "State"], Decision]


class Writes:
    """The part of ``schema_builder.backend.Backend`` that writes resources (of every kind but definitions)."""

    def __init__(self, registry: Registry, commits: Commits, *, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self._registry = registry
        self._commits = commits
        self._now = now

    async def create(
        self, scope: RequestScope, kind: CompiledKind, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create a resource."""
        rules = self._registry.served(kind).rules
        metadata = given.get("metadata") or {}
        namespace = input_namespace(rules, metadata)
        prefix = None if metadata.get("name") else metadata.get("generateName")
        if not isinstance(prefix, str):
            if not metadata.get("name"):
                # Raises: there is no name, and whatever else is wrong is told as well.
                await asyncio.to_thread(self._creation(Target(kind, "", namespace), given), rules, None)
            target = Target(kind, required_name(rules.type_name, metadata.get("name")), namespace)
            return await self._create(scope, target, given, dry_run=dry_run)
        for _ in range(_GENERATED_NAMES):
            target = Target(kind, generated_name(prefix, list(secrets.token_bytes(5))), namespace)
            try:
                return await self._create(scope, target, given, dry_run=dry_run)
            except AlreadyExists as error:
                if "index" in error.extensions:
                    raise
        raise AlreadyExists(f"{rules.type_name}: no free name was found", retryable=True)

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
        target = self._target(kind, name, namespace)
        decide = self._present(
            target, resource_version, lambda rules, current: decide_update(rules, current, patch, now=self._now())
        )
        return await self._commits.write(scope, target, decide, given=patch, dry_run=dry_run)

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
        target = self._target(kind, name, namespace)
        decide = self._present(
            target, resource_version, lambda rules, current: decide_status(rules, current, status, now=self._now())
        )
        return await self._commits.write(scope, target, decide, given=status, dry_run=dry_run)

    async def delete(
        self,
        scope: RequestScope,
        kind: CompiledKind,
        *,
        name: str,
        namespace: str | None,
        resource_version: str | None,
        dry_run: bool,
        propagation: Propagation | None = None,
    ) -> Resource:
        """Delete a resource, or ask for its deletion."""
        target = self._target(kind, name, namespace)
        decide = self._present(
            target,
            resource_version,
            lambda _, current: decide_delete(current, now=self._now(), propagation=propagation),
        )
        return await self._commits.write(scope, target, decide, given=None, dry_run=dry_run)

    async def replace(
        self, scope: RequestScope, kind: CompiledKind, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Replace all but uid, createdAt and status."""
        target, version = self._input_target(kind, given)
        decide = self._present(
            target, version, lambda rules, current: decide_replace(rules, current, given, now=self._now())
        )
        return await self._commits.write(scope, target, decide, given=given, dry_run=dry_run)

    async def apply(
        self, scope: RequestScope, kind: CompiledKind, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create if absent, else merge."""
        warn_of_status(scope, given)
        target, version = self._input_target(kind, given)
        create = self._creation(target, given)
        merge = self._present(
            target, version, lambda rules, current: decide_apply(rules, current, given, now=self._now())
        )

        def decide(rules: Rules, current: State | None) -> Decision:
            return create(rules, None) if current is None and version is None else merge(rules, current)

        return await self._commits.write(scope, target, decide, given=given, dry_run=dry_run)

    async def _create(
        self, scope: RequestScope, target: Target, given: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        return await self._commits.write(scope, target, self._creation(target, given), given=given, dry_run=dry_run)

    def _target(self, kind: CompiledKind, name: str, namespace: str | None) -> Target:
        return Target(kind, name, argument_namespace(self._registry.served(kind).rules, namespace))

    def _input_target(self, kind: CompiledKind, given: Mapping[str, Any]) -> tuple[Target, str | None]:
        """Return what an input with metadata means, and the resourceVersion that it expects."""
        rules = self._registry.served(kind).rules
        metadata = given.get("metadata") or {}
        name = required_name(rules.type_name, metadata.get("name"))
        return Target(kind, name, input_namespace(rules, metadata)), metadata.get("resourceVersion")

    def _creation(self, target: Target, given: Mapping[str, Any]) -> Decide:
        def decide(rules: Rules, current: State | None) -> Decision:
            if current is not None:
                raise AlreadyExists(f"{rules.type_name} {shown(target.name, target.namespace)} already exists")
            if self._registry.served(target.kind).going:
                raise KindRemoved(f"The kind {rules.type_name} is being deleted: nothing can be created in it.")
            return decide_create(
                rules, given, name=target.name, namespace=target.namespace, uid=str(uuid.uuid4()), now=self._now()
            )

        return decide

    @staticmethod
    def _present(target: Target, version: str | None, decide: DecidePresent) -> Decide:
        def decide_present(rules: Rules, current: State | None) -> Decision:
            if current is None:
                raise not_found(rules, name=target.name, namespace=target.namespace)
            expect_version(current, version)
            return decide(rules, current)

        return decide_present
