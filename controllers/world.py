"""What all reconciles of one controller share: what is known, who may write, and what has been written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from controllers.clock import timestamp
from controllers.errors import LeadershipLost
from controllers.fence import Fence
from controllers.resource import Key

if TYPE_CHECKING:
    from controllers.clock import Clock
    from controllers.events import EventRecorder
    from controllers.informer import Informer
    from controllers.resources import Resources, Written

__all__ = ["World"]


@dataclass
class World:
    """One controller's part of the world.

    Attributes:
        resources: The server.
        informers: Those of the controller's own kind, first, and of the kinds that it watches.
        events: Tells what happens.
        clock: The time.
        may_write: Whether this process is the one that works.
        fence: Own writes that cannot be seen yet.
    """

    resources: Resources
    informers: list[Informer]
    events: EventRecorder
    clock: Clock
    may_write: Callable[[], bool]
    fence: Fence = field(default_factory=Fence)

    async def key_of(self, kind: str, name: str, namespace: str | None) -> Key:
        """Return the key of a resource; the namespace counts only where the kind has any."""
        namespaced = (await self.resources.kinds.get(kind)).namespaced
        return Key((namespace or "default") if namespaced else None, name)

    def watched(self, kind: str) -> Informer | None:
        """Return the informer of a kind; None where it is not watched."""
        return next((informer for informer in self.informers if informer.kind == kind), None)

    def informer_of(self, kind: str, namespace: str | None) -> Informer | None:
        """Return an informer that knows every resource of a kind in a namespace (None: in all); None for none."""
        for informer in self.informers:
            scope = informer.scope
            covers = scope.namespace in {None, namespace} and scope.where is None and scope.labels is None
            if informer.kind == kind and covers and informer.synced:
                return informer
        return None

    async def write(self, key: Key, send: Callable[[], Awaitable[Written]], *, is_deletion: bool = False) -> Written:
        """Write, and see to it that the next reconcile of a key sees it.

        Args:
            key: What is reconciled.
            send: Sends the mutation.
            is_deletion: It deletes.

        Raises:
            LeadershipLost: Another process may be working by now.
        """
        if not self.may_write():
            raise LeadershipLost("the lease has run out, or belongs to another process")
        written = await send()
        resource = written.resource
        for informer in self.informers:
            if informer.kind == resource.kind and informer.covers(resource):
                gone = is_deletion and not resource.finalizers
                self.fence.wrote(key, written, informer=informer, is_deletion=gone)
        return written

    def timestamp(self) -> str:
        """Return the time as resources have it."""
        return timestamp(self.clock)
