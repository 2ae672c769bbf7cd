"""Everything that resolvers ask for, in one place: definitions go one way, resources of other kinds another."""

from __future__ import annotations

import builtins
import difflib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from app.errors import NotFound
from app.resources.times import format_time, utc_now
from app.services.acceptance import Acceptance
from app.services.blockers import Blockers
from app.services.builtins import store_builtins
from app.services.cascades import Cascades
from app.services.commits import Commits
from app.services.definition_status import Presentation
from app.services.definitions import DEFINITION_KIND, Definitions
from app.services.event_recording import EventRecording
from app.services.gates import Gates
from app.services.indexing import Indexing
from app.services.linking import Linking
from app.services.links import Links
from app.services.migrating import Migrating
from app.services.reads import Reads
from app.services.removal import Removal
from app.services.writes import Writes
from app.version import VERSION
from schema_builder.backend import Propagation
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    import datetime
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

    from app.kinds.registry import Registry
    from app.services.watches import Watches
    from app.store.mongo import Store
    from schema_builder.backend import (
        EventReport,
        KindChanged,
        ListQuery,
        Page,
        RequestScope,
        Resource,
        WatchEvent,
        WatchQuery,
    )
    from schema_builder.compile import CompiledKind
    from schema_builder.links import LinkTarget

__all__ = ["Services"]

_MOST_COMPARED: Final = 200


class Services:
    """Implements ``schema_builder.backend.Backend``.

    ``start`` it before anything is asked, and before the hub starts: it stores the built-in kinds, loads the registry,
    and takes up interrupted deletions. ``stop`` it before the store is closed.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        watches: Watches,
        *,
        lag_seconds: Callable[[], float] = lambda: 0.0,
        now: Callable[[], datetime.datetime] = utc_now,
        indexing: Indexing | None = None,
        max_scan_seconds: float = 5.0,
        linking: Linking | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: What is served; not loaded yet.
            watches: The part that lasts.
            lag_seconds: How far behind the change stream is; writes are refused where it is more than one second.
            now: The clock.
            indexing: Builds indexes; made here where none is given.
            max_scan_seconds: How long a list may look for what no index finds.
            linking: Finds out what resources name; made here where none is given.
        """
        self._store = store
        self._registry = registry
        self._watches = watches
        self._now = now
        self._started_at = now()
        gates = Gates()
        links = Links(store, registry)
        self._cascades = Cascades(store, registry, links, now=now)
        self._removal = Removal(store, registry, gates, links, follow=self._cascades.begin, now=now)
        self._reads = Reads(store, registry, max_scan_seconds=max_scan_seconds)
        self._presentation = Presentation(store, registry)
        acceptance = Acceptance(store, registry, gates, now=now)
        self._definitions = Definitions(store, registry, acceptance, self._removal, lag_seconds=lag_seconds, now=now)
        commits = Commits(
            store,
            registry,
            gates,
            links=links,
            lag_seconds=lag_seconds,
            removed=self._removal.finish_soon,
            follow=self._cascades.follow,
        )
        self._cascades.commits = commits
        self._writes = Writes(registry, commits, now=now)
        self._blockers = Blockers(store, registry)
        self._recording = EventRecording(registry, commits, now=now)
        self._indexing = Indexing(store, registry, now=now) if indexing is None else indexing
        self._migrating = Migrating(store, registry, gates, now=now)
        self._linking = Linking(store, registry, now=now) if linking is None else linking

    async def start(self) -> None:
        """Store the built-in kinds, load all kinds, go on with what a stopped server left."""
        await store_builtins(self._store, now=self._now())
        await self._registry.load()
        await self._removal.resume()
        self._indexing.start()
        self._migrating.start()
        self._linking.start()
        self._cascades.start()

    async def stop(self) -> None:
        """End work in the background."""
        await self._recording.stop()
        await self._cascades.stop()
        await self._migrating.stop()
        await self._linking.stop()
        await self._indexing.stop()
        await self._removal.stop()

    async def get(
        self,
        scope: RequestScope,  # noqa: ARG002 - as the protocol has it, here and below
        kind: CompiledKind,
        *,
        name: str,
        namespace: str | None,
    ) -> Resource | None:
        """Return the newest committed state of one resource, or None where it is absent."""
        resource = await self._reads.get(kind, name=name, namespace=namespace)
        return await self._whole(resource) if resource is not None and _defines(kind) else resource

    async def list(self, scope: RequestScope, kind: CompiledKind, query: ListQuery) -> Page:  # noqa: ARG002
        """Return one page."""
        page = await self._reads.list(kind, query)
        return replace(page, resources=await self._presentation.present(page.resources)) if _defines(kind) else page

    async def nodes(self, scope: RequestScope, ids: Sequence[str]) -> builtins.list[Resource | None]:  # noqa: ARG002
        """Return the resources of opaque ids, in their order; None for one that is absent or another's."""
        found = await self._reads.nodes(ids)
        return [await self._whole(one) if one is not None and one.kind == DEFINITION_KIND else one for one in found]

    async def linked(
        self,
        scope: RequestScope,  # noqa: ARG002
        targets: Sequence[LinkTarget],
        *,
        position: int | None,
    ) -> builtins.list[Resource | None]:
        """Return the resources that links name, in their order; None for what does not exist."""
        found = await self._reads.linked(targets, position=position)
        return [await self._whole(one) if one is not None and one.kind == DEFINITION_KIND else one for one in found]

    async def find(self, scope: RequestScope, kind: str, *, name: str, namespace: str | None) -> Resource | None:
        """Return one resource by the name of its kind."""
        served = self._registry.find(kind)
        if served is None and await self._registry.refresh():
            served = self._registry.find(kind)
        if served is None:
            close = _close_names(kind, self._registry.snapshot.kinds)
            raise NotFound(
                f"there is no kind {kind[:200]!r}" + (f"; did you mean {' or '.join(close)}?" if close else "")
            )
        return await self.get(scope, served.kind, name=name, namespace=namespace)

    async def create(
        self, scope: RequestScope, kind: CompiledKind, body: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create a resource."""
        if _defines(kind):
            created = await self._definitions.create(scope, body, dry_run=dry_run)
            return await self._presentation.present_new(created)
        return await self._writes.create(scope, kind, body, dry_run=dry_run)

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
        """Apply a JSON merge patch (RFC 7386) to all but status."""
        if _defines(kind):
            written = await self._definitions.update(
                scope, patch, name=name, resource_version=resource_version, dry_run=dry_run
            )
            return await self._whole(written)
        return await self._writes.update(
            scope, kind, patch, name=name, namespace=namespace, resource_version=resource_version, dry_run=dry_run
        )

    async def replace(
        self, scope: RequestScope, kind: CompiledKind, body: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Replace all but uid, createdAt and status."""
        if _defines(kind):
            return await self._whole(await self._definitions.replace(scope, body, dry_run=dry_run))
        return await self._writes.replace(scope, kind, body, dry_run=dry_run)

    async def apply(
        self, scope: RequestScope, kind: CompiledKind, body: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create if absent, else merge."""
        if _defines(kind):
            return await self._whole(await self._definitions.apply(scope, body, dry_run=dry_run))
        return await self._writes.apply(scope, kind, body, dry_run=dry_run)

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
        if _defines(kind):
            return await self._definitions.update_status()
        return await self._writes.update_status(
            scope, kind, status, name=name, namespace=namespace, resource_version=resource_version, dry_run=dry_run
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
        propagation: Propagation | None = None,
    ) -> Resource:
        """Delete a resource, or ask for its deletion where it has finalizers; answer the last state.

        Raises:
            BadUserInput: A definition's resources always go before it does.
        """
        if _defines(kind):
            if propagation not in (None, Propagation.BACKGROUND):
                raise BadUserInput("propagation: a definition goes when all resources of its kind are gone")
            return await self._definitions.delete(scope, name=name, resource_version=resource_version, dry_run=dry_run)
        return await self._writes.delete(
            scope,
            kind,
            name=name,
            namespace=namespace,
            resource_version=resource_version,
            dry_run=dry_run,
            propagation=propagation,
        )

    async def deletion_blockers(
        self,
        scope: RequestScope,  # noqa: ARG002
        resources: Sequence[Resource],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return what the requested deletions of resources wait for, by their uids."""
        return await self._blockers.find(resources)

    async def record_event(self, scope: RequestScope, report: EventReport) -> Resource:
        """Count what happened to a resource; answer the ``Event`` of it."""
        return await self._recording.record(scope, report)

    def watch(
        self, scope: RequestScope, kinds: Sequence[CompiledKind], query: WatchQuery
    ) -> AsyncIterator[WatchEvent | KindChanged]:
        """Return the events of a watch."""
        return self._watches.watch(scope, kinds, query)

    def schema_changes(self, scope: RequestScope) -> AsyncIterator[Mapping[str, Any]]:
        """Return the schema's fingerprint and kinds, now and after every change."""
        return self._watches.schema_changes(scope)

    async def server(self, scope: RequestScope) -> Mapping[str, Any]:  # noqa: ARG002
        """Return what ``server {…}`` tells."""
        snapshot = self._registry.snapshot
        return {
            "version": VERSION,
            "schemaFingerprint": snapshot.fingerprint,
            "kinds": sorted(snapshot.kinds),
            "resourceVersion": str(await self._store.latest_position()),
            "startedAt": format_time(self._started_at),
        }

    async def _whole(self, definition: Resource) -> Resource:
        return (await self._presentation.present([definition]))[0]


def _close_names(name: str, known: Iterable[str]) -> builtins.list[str]:
    alike = (one for one in known if one[:1].lower() == name[:1].lower())
    return difflib.get_close_matches(name[:100], itertools.islice(alike, _MOST_COMPARED), n=3)


def _defines(kind: CompiledKind) -> bool:
    return kind.names.type_name == DEFINITION_KIND
