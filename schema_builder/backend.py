"""What resolvers ask of whoever keeps the resources: the one place where imports point the other way round.

``app.services`` implements ``Backend``; nothing in this package knows how. A resource in flight is plain data:

    Resource(kind="ExternalService",
             metadata={"name": "db", "namespace": "default", "uid": "…", "labels": {…}, "annotations": {…},
                       "resourceVersion": "7…", "generation": 1, "createdAt": "…Z", "updatedAt": "…Z",
                       "deletionRequestedAt": None, "finalizers": [], "ownerReferences": []},
             body={"spec": {…}, "status": {…}, …})      # original names, without writeOnly values

Positions are integers in here (the 64 bits of a MongoDB timestamp) and decimal strings on the wire.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind
    from schema_builder.conditions import Condition
    from schema_builder.links import LinkTarget

__all__ = [
    "Backend",
    "EventReport",
    "EventType",
    "KindChanged",
    "ListQuery",
    "Order",
    "Page",
    "Propagation",
    "RequestScope",
    "Resource",
    "WatchEvent",
    "WatchQuery",
]


class Resource(NamedTuple):
    """One resource as a client may see it; never changed in place.

    Attributes:
        kind: The definition's name, which is the kind's GraphQL name.
        metadata: Wire form of ``ObjectMeta``, see the module's docstring.
        body: ``spec``, ``status`` and extra fields by original name; absent sections are absent.
    """

    kind: str
    metadata: Mapping[str, Any]
    body: Mapping[str, Any]


class Order(NamedTuple):
    """One term of an ordering: path of original names from the resource's root, such as ``("spec", "port")``."""

    path: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list field was asked for. Sizes are checked by the resolver (0 to 500), cursors by the backend.

    Attributes:
        namespace: One namespace, or None for all.
        where: Decides on ``{"metadata": …, **body}``.
        label_selector: Kubernetes syntax, unparsed.
        order: Wanted order before the tie-break by (namespace, name).
        position: Read exactly the state at this position; None reads the newest.
        with_total: Whether ``totalCount`` was selected.
    """

    namespace: str | None = None
    where: Condition | None = None
    label_selector: str | None = None
    order: tuple[Order, ...] = ()
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    position: int | None = None
    with_total: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        resources: In the asked order.
        cursors: One opaque cursor for each resource.
        has_next: More follow in the asked order.
        has_previous: Some come before.
        total: Count of all that match, None unless asked for.
        position: The position of the state that was read.
    """

    resources: Sequence[Resource]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    total: int | None
    position: int


class EventType(StrEnum):
    """What a watch event tells."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    LEFT = "LEFT"
    SYNCED = "SYNCED"
    BOOKMARK = "BOOKMARK"


class WatchEvent(NamedTuple):
    """One event of a watch.

    Attributes:
        type: What happened.
        position: The commit's position; None for initial ADDED events.
        resource: The new state (DELETED: the last state); None for SYNCED and BOOKMARK.
        previous: The state before, where there was one that the watcher may know.
    """

    type: EventType
    position: int | None
    resource: Resource | None = None
    previous: Resource | None = None


@dataclass(frozen=True, slots=True)
class WatchQuery:
    """What a watch field was asked for.

    Attributes:
        position: Deliver every later change; with ``send_initial_events``: a state at least that new.
        send_initial_events: Begin with the state, then SYNCED.
        bookmarks: Whether BOOKMARK events are wanted.
    """

    namespace: str | None = None
    name: str | None = None
    where: Condition | None = None
    label_selector: str | None = None
    position: int | None = None
    send_initial_events: bool = False
    bookmarks: bool = True


class KindChanged(NamedTuple):
    """An in-band marker of a watch: its kind is another from this position on.

    Whoever runs the subscription decides whether it goes on; resources after the marker are read by the new kind.

    Attributes:
        position: The definition's own position.
        kind: The kind from there on.
    """

    position: int
    kind: CompiledKind


class Propagation(StrEnum):
    """What becomes of the resources that a deleted one owns."""

    BACKGROUND = "BACKGROUND"
    FOREGROUND = "FOREGROUND"
    ORPHAN = "ORPHAN"


class EventReport(NamedTuple):
    """What somebody tells of a resource (``recordEvent``).

    Attributes:
        kind: The GraphQL name of the resource's kind.
        namespace: None where it has none.
        type: ``Normal`` or ``Warning``; None where it was not said.
        ttl_seconds: How long it is kept after it happened last; None leaves it to the server.
    """

    kind: str
    namespace: str | None
    name: str
    uid: str | None
    type: str | None
    reason: str
    note: str | None
    reporting_controller: str | None
    ttl_seconds: int | None


class RequestScope(Protocol):
    """What a request carries through its resolvers (the ``context`` of graphql-core).

    Attributes:
        backend: Who answers.
        resume_position: Where a client says that its stream broke off (``Last-Event-ID``): a watch begins after it,
            whatever its arguments say, and without initial events; None where it says nothing.
    """

    backend: Backend
    resume_position: int | None

    def committed(self, position: int) -> None:
        """Note the commit position of a mutation: the greatest becomes ``extensions.resourceVersion``."""

    def warn(self, message: str) -> None:
        """Tell the client something that is no error: shown once in ``extensions.warnings``."""

    def tell(self, name: str, value: Mapping[str, Any]) -> None:
        """Add a JSON value to the list ``extensions.<name>`` of the answer, whether it has errors or not."""

    async def linked(self, targets: Sequence[LinkTarget], *, position: int | None) -> Sequence[Resource | None]:
        """Return what some links name, in their order; None for what does not exist.

        What several callers ask for at about the same time is read together.

        Args:
            targets: Any number.
            position: Read exactly the state at this position; None reads the newest.
        """


class Backend(Protocol):
    """Reads, writes and watches of resources.

    Every method may raise a ``KindgraphError``, which is for the client; anything else is a defect. Inputs of
    writes are plain data with original names as GraphQL coerced them: ``{"metadata": {…}, "spec": {…}, …}``.
    Writes answer the state after the commit and note its position in the scope. ``dry_run`` does all but commit.
    """

    async def get(
        self, scope: RequestScope, kind: CompiledKind, *, name: str, namespace: str | None
    ) -> Resource | None:
        """Return the newest committed state of one resource, or None where it is absent."""

    async def list(self, scope: RequestScope, kind: CompiledKind, query: ListQuery) -> Page:
        """Return one page."""

    async def nodes(self, scope: RequestScope, ids: Sequence[str]) -> Sequence[Resource | None]:
        """Return the resources of opaque ids, in their order; None for one that is absent or another's."""

    async def linked(
        self, scope: RequestScope, targets: Sequence[LinkTarget], *, position: int | None
    ) -> Sequence[Resource | None]:
        """Return the resources that links name, in their order, by one command; None for what does not exist."""

    async def find(self, scope: RequestScope, kind: str, *, name: str, namespace: str | None) -> Resource | None:
        """Return one resource by the name of its kind (``resource(kind…)``)."""

    async def create(
        self, scope: RequestScope, kind: CompiledKind, body: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create a resource."""

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

    async def replace(
        self, scope: RequestScope, kind: CompiledKind, body: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Replace all but uid, createdAt and status."""

    async def apply(
        self, scope: RequestScope, kind: CompiledKind, body: Mapping[str, Any], *, dry_run: bool
    ) -> Resource:
        """Create if absent, else merge."""

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

        ``propagation``: None stands for what its finalizers already say, and else for BACKGROUND.
        """

    async def deletion_blockers(
        self, scope: RequestScope, resources: Sequence[Resource]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return what the requested deletions of resources wait for, by their uids.

        Each as ``{"finalizer": "…", "since": "…Z"}`` or ``{"child": {kind, namespace, name, uid}, "since": "…Z"}``.
        """

    async def record_event(self, scope: RequestScope, report: EventReport) -> Resource:
        """Count what happened to a resource; answer the ``Event`` of it."""

    def watch(
        self, scope: RequestScope, kinds: Sequence[CompiledKind], query: WatchQuery
    ) -> AsyncIterator[WatchEvent | KindChanged]:
        """Return the events of a watch; it ends only by a ``KindgraphError`` or when the consumer closes it."""

    def schema_changes(self, scope: RequestScope) -> AsyncIterator[Mapping[str, Any]]:
        """Return one mapping ``{fingerprint, kinds: [name…]}`` now and after every change of the schema."""

    async def server(self, scope: RequestScope) -> Mapping[str, Any]:
        """Return what ``server {…}`` tells: ``{version, schemaFingerprint, kinds, resourceVersion, startedAt}``."""
