"""What a user declares: which kind a controller is for, what it does, and what else it watches."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from controllers.limiter import Backoff
from controllers.mapping import OWNER_INDEX, IndexedMapper, Mapper, owner_uids, owners
from controllers.resources import Scope

if TYPE_CHECKING:
    from controllers.predicates import Predicate
    from controllers.resource import Key, Resource
    from controllers.store import IndexFunction

__all__ = ["Controller", "Reconcile", "Requeue", "Watched"]


@dataclass(frozen=True, slots=True)
class Requeue:
    """What a reconcile returns to be called again, also if nothing changes.

    Attributes:
        after: In how many seconds; None: as after a failure, later each time.
    """

    after: float | None = None


Reconcile: TypeAlias = "Callable[[Resource, Any], Awaitable[Requeue | None]]"
"""A function of a resource and a ``Context``."""
Gone: TypeAlias = "Callable[[Key, Any], Awaitable[Requeue | None]]"
"""A function of a key and a ``Context``."""
F = TypeVar("F", bound=Callable[..., Awaitable[Requeue | None]])

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?\Z")


@dataclass(frozen=True)
class Watched:
    """A kind whose changes concern the controller's own resources.

    Attributes:
        kind: Its GraphQL name.
        mapper: From a changed resource to the keys to reconcile.
        scope: Which of its resources are watched.
        predicate: Which changes matter; None for all.
    """

    kind: str
    mapper: Mapper | IndexedMapper
    scope: Scope
    predicate: Predicate | None


class Controller:
    """A controller of one kind. Declare it in a module, and run it with ``kindgraph controller run MODULE:OBJECT``.

    Args:
        kind: The GraphQL name of the kind: the name of its definition. It need not exist yet.
        name: Of the controller, its Lease and its metrics; made of the kind unless given.
        workers: How many keys are worked on at a time.
        namespace: Only resources of this namespace.
        where: Only resources that match this filter, as lists take it; the server filters.
        labels: Only resources that match this label selector.
        predicate: Which changes are a reason to reconcile; None for all.
        resync_seconds: Every resource is reconciled again after about so long, whatever happens; None for never.
        timeout_seconds: How long a reconcile may take before it is cancelled and tried again.
        backoff: How long a key waits after failures.
        retries_per_second: How many failed keys are tried again, of all.
        finalizer: A name such as ``example.org/pools``: it is put on each resource before its first reconcile, and
            taken away once ``finalize`` has returned.
        reconcile_deleting: Call ``reconcile`` also for resources whose deletion was asked for.
        leader_election: Only one process with a controller of this name works; the others stand by.
        lease_namespace: Where its Lease is.
        lease_seconds: How long others wait after the last sign of the one that works.
    """

    def __init__(
        self,
        kind: str,
        *,
        name: str | None = None,
        workers: int = 1,
        namespace: str | None = None,
        where: Mapping[str, Any] | None = None,
        labels: str | None = None,
        predicate: Predicate | None = None,
        resync_seconds: float | None = 3600.0,
        timeout_seconds: float = 300.0,
        backoff: Backoff | None = None,
        retries_per_second: float = 10.0,
        finalizer: str | None = None,
        reconcile_deleting: bool = False,
        leader_election: bool = True,
        lease_namespace: str = "default",
        lease_seconds: float = 15.0,
    ) -> None:
        self.kind = kind
        self.name = name or re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower()).strip("-")
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no name for a controller: it must be like a DNS name")
        if workers < 1:
            raise ValueError("a controller needs at least one worker")
        self.workers = workers
        self.scope = Scope(namespace=namespace, where=where, labels=labels)
        self.predicate = predicate
        self.resync_seconds = resync_seconds
        self.timeout_seconds = timeout_seconds
        self.backoff = backoff or Backoff()
        self.retries_per_second = retries_per_second
        self.finalizer = finalizer
        self.reconcile_deleting = reconcile_deleting
        self.leader_election = leader_election
        self.lease_namespace = lease_namespace
        self.lease_seconds = lease_seconds
        self.watched: list[Watched] = []
        self.indexes: dict[tuple[str, str], IndexFunction] = {}
        self.reconciler: Reconcile | None = None
        self.finalizing: Reconcile | None = None
        self.when_gone: Gone | None = None

    def reconcile(self, function: F) -> F:
        """Say what makes the world as a resource wants it, as an async function of the resource and the context.

        It is called with the newest state, after any number of changes; it looks at what is there, does what is
        missing, and may be called again at any time. What it raises is logged, and it is tried again, later each time.
        """
        _check(function, "reconcile")
        self.reconciler = function
        return function

    def finalize(self, function: F) -> F:
        """Say what must be done before a resource may go, as an async function like that of ``reconcile``.

        It is called when the deletion was asked for, until it returns None; then ``finalizer`` is taken away.
        """
        if self.finalizer is None:
            raise ValueError("finalize needs a finalizer: Controller(…, finalizer='example.org/name')")
        _check(function, "finalize")
        self.finalizing = function
        return function

    def gone(self, function: F) -> F:
        """Say what is to be done for a key without a resource, as an async function of the key and the context.

        It is called for what was deleted while the controller ran, and for keys that a watched resource maps to. For
        deletions that must never be missed, also while nobody watched, use a finalizer.
        """
        _check(function, "gone")
        self.when_gone = function
        return function

    def owns(self, kind: str, *, labels: str | None = None, predicate: Predicate | None = None) -> Controller:
        """Reconcile the owner when a child of a kind changes; ``ctx.children(kind)`` then reads from memory."""
        self.index(OWNER_INDEX, owner_uids, kind=kind)
        return self.watches(kind, owners(self.kind), labels=labels, predicate=predicate)

    def watches(
        self,
        kind: str,
        mapper: Mapper | IndexedMapper,
        *,
        namespace: str | None = None,
        where: Mapping[str, Any] | None = None,
        labels: str | None = None,
        predicate: Predicate | None = None,
    ) -> Controller:
        """Reconcile what a changed resource of another kind concerns.

        Args:
            kind: Its GraphQL name.
            mapper: ``owners(…)``, ``references(…)``, or any function from a resource to keys.
            namespace: Only resources of this namespace; else those of the controller's, or of all.
            where: Only resources that match this filter.
            labels: Only resources that match this label selector.
            predicate: Which changes matter; None for all.
        """
        scope = Scope(namespace=namespace or self.scope.namespace, where=where, labels=labels)
        self.watched.append(Watched(kind, mapper, scope, predicate))
        if not callable(mapper):
            self.index(mapper.index, mapper.values_of)
        return self

    def index(self, name: str, values_of: IndexFunction, *, kind: str | None = None) -> Controller:
        """Have resources found by what a function returns of them: ``ctx.find(kind, name, value)``.

        Args:
            name: Of the index.
            values_of: From a resource to values.
            kind: One that is watched; the controller's own unless given.
        """
        self.indexes[kind or self.kind, name] = values_of
        return self


def _check(function: Callable[..., Any], word: str) -> None:
    """Make sure that a function can be awaited.

    Raises:
        TypeError: It cannot: a function that blocks would stop everything, renewing the lease too.
    """
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{word} must be an async function; what blocks belongs into `await asyncio.to_thread(…)`")
