"""What a reconcile works with: the world as the controller knows it, and ways to change it.

Whatever is written through a context is fenced: the key is not reconciled again before it can be seen. Nothing is
written once the process has lost its lease.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from controllers.errors import AlreadyOwned, NotFound
from controllers.mapping import OWNER_INDEX
from controllers.resources import Scope, Written
from controllers.status import StatusDraft
from controllers.writing import rewrite

if TYPE_CHECKING:
    from controllers.conditions import ConditionStatus
    from controllers.resource import Key, Resource
    from controllers.world import World

__all__ = ["Context"]


class Context:
    """One call of a reconcile.

    Args:
        world: What all calls of a controller share.
        key: What is reconciled.
        resource: Its state; None where it is gone.
        attempt: The how manieth in a row, from 1.
        log: Says of each line what is reconciled.

    Attributes:
        key: What is reconciled.
        attempt: The how manieth try it is, from 1.
        log: A logger.
    """

    def __init__(
        self, world: World, *, key: Key, resource: Resource | None, attempt: int, log: logging.LoggerAdapter[Any]
    ) -> None:
        self.key = key
        self.attempt = attempt
        self.log = log
        self._world = world
        self._resource = resource
        self._draft = StatusDraft(0 if resource is None else resource.generation)

    # What there is.

    async def get(self, kind: str, name: str, namespace: str | None = None) -> Resource | None:
        """Return a resource: from memory where the kind is watched, else from the server.

        Args:
            kind: Its GraphQL name.
            name: Of the resource.
            namespace: That of what is reconciled unless given; a cluster-scoped kind has none.
        """
        key = await self._world.key_of(kind, name, namespace or self.key.namespace)
        informer = self._world.informer_of(kind, key.namespace)
        return await self._world.resources.find(kind, key) if informer is None else informer.store.get(key)

    async def list(self, kind: str, *, namespace: str | None = None, labels: str | None = None) -> Sequence[Resource]:
        """Return resources of a kind: from memory where all of it is watched, else from the server.

        Args:
            kind: Its GraphQL name.
            namespace: None for all.
            labels: A label selector; then the server is asked.
        """
        informer = None if labels else self._world.informer_of(kind, namespace)
        if informer is None:
            return await self._world.resources.list(kind, Scope(namespace=namespace, labels=labels))
        return [resource for resource in informer.store if namespace in {None, resource.namespace}]

    def find(self, kind: str, index: str, value: Hashable) -> Sequence[Resource]:
        """Return the watched resources that an index of the controller has under a value."""
        informer = self._world.watched(kind)
        if informer is None:
            raise LookupError(f"{kind} is not watched: declare it with owns() or watches()")
        return informer.store.find(index, value)

    def children(self, kind: str) -> Sequence[Resource]:
        """Return the resources of an owned kind whose owner is what is reconciled."""
        return [] if self._resource is None else self.find(kind, OWNER_INDEX, self._resource.uid)

    # What there shall be.

    async def apply(self, body: Mapping[str, Any], *, owned: bool = True) -> Resource:
        """Create a resource, or merge into the one that is there.

        Args:
            body: ``{"kind": …, "metadata": {"name": …}, "spec": …}``, the kind by its GraphQL name. The namespace is
                that of what is reconciled unless it says another.
            owned: What is reconciled becomes the owner, which manages it, and with which it is deleted.

        Raises:
            AlreadyOwned: Another resource manages it.
        """
        kind, metadata = body["kind"], dict(body["metadata"])
        key = await self._world.key_of(kind, metadata["name"], metadata.get("namespace") or self.key.namespace)
        metadata["namespace"] = key.namespace
        if owned and self._resource is not None:
            await self._check_owner(kind, key)
            metadata["ownerReferences"] = [*metadata.get("ownerReferences", ()), self._resource.as_owner()]
        written = await self._write(lambda: self._world.resources.apply(kind, {**body, "metadata": metadata}))
        return written.resource

    async def create(self, body: Mapping[str, Any], *, owned: bool = True) -> Resource:
        """Create a resource, as ``apply``; better use that, for it can be repeated.

        Raises:
            AlreadyExists: The name is taken.
        """
        kind, metadata = body["kind"], dict(body["metadata"])
        namespaced = (await self._world.resources.kinds.get(kind)).namespaced
        metadata["namespace"] = (metadata.get("namespace") or self.key.namespace) if namespaced else None
        if owned and self._resource is not None:
            metadata["ownerReferences"] = [*metadata.get("ownerReferences", ()), self._resource.as_owner()]
        written = await self._write(lambda: self._world.resources.create(kind, {**body, "metadata": metadata}))
        return written.resource

    async def patch(self, resource: Resource, patch: Mapping[str, Any], *, version: int | None = None) -> Resource:
        """Change a resource by a JSON merge patch of anything but status.

        Args:
            resource: Which.
            patch: Absent keeps, null removes, lists are replaced.
            version: Fail with ``Conflict`` where the resource has another.
        """
        update = self._world.resources.update
        written = await self._write(lambda: update(resource.kind, resource.key, patch, version=version))
        return self._noted(written.resource)

    async def delete(self, kind: str, name: str, namespace: str | None = None) -> None:
        """Have a resource deleted, if it is there."""
        key = await self._world.key_of(kind, name, namespace or self.key.namespace)
        try:
            await self._write(lambda: self._world.resources.delete(kind, key), is_deletion=True)
        except NotFound:
            self.log.debug("%s %s was deleted already", kind, key)

    async def add_finalizer(self, name: str) -> Resource:
        """Keep what is reconciled from going before the finalizer is removed; returns the new state."""
        return await self._set_finalizers(lambda known: known if name in known else [*known, name])

    async def remove_finalizer(self, name: str) -> Resource:
        """Let what is reconciled go, as far as this finalizer is concerned; returns the new state."""
        return await self._set_finalizers(lambda known: [one for one in known if one != name])

    # What is told.

    def status(self, **fields: Any) -> None:
        """Set fields of the status of what is reconciled; they are written when the reconcile ends, however it ends."""
        self._draft.set(fields)

    def condition(self, type_: str, status: ConditionStatus | bool, reason: str, message: str = "") -> None:
        """Set a condition of what is reconciled; written as ``status``, with the time of its last transition.

        Args:
            type_: An adjective or a past participle, such as ``Reachable``.
            status: Whether it is so.
            reason: One word, in CamelCase, for programs.
            message: For people.
        """
        said = status if isinstance(status, str) else "True" if status else "False"
        self._draft.set_condition({"type": type_, "status": said, "reason": reason, "message": message})

    async def write_status(self) -> Resource | None:
        """Write what was said of the status now; returns the new state, None where there was nothing to write."""
        resource, draft = self._resource, self._draft
        if resource is None or not draft:
            return None
        kind = await self._world.resources.kinds.get(resource.kind)

        async def write(current: Resource) -> Written | None:
            patch = draft.patch(current, kind, now=self._world.timestamp())
            if not patch:
                return None
            version = current.version if draft.needs_version else None
            update = self._world.resources.update_status
            return await self._write(lambda: update(current.kind, current.key, patch, version=version))

        written = await rewrite(resource, read=self._read, write=write)
        draft.clear()
        return None if written is None else self._noted(written.resource)

    def event(self, reason: str, note: str = "", *, type_: Literal["Normal", "Warning"] = "Normal") -> None:
        """Tell what happened to what is reconciled: ``kindgraph get events`` shows it. It is written in the background.

        Args:
            reason: One word, in CamelCase, for programs.
            note: For people.
            type_: Whether somebody should look.
        """
        if self._resource is not None:
            self._world.events.record(self._resource, type_=type_, reason=reason, note=note)

    async def _set_finalizers(self, change: Callable[[Sequence[str]], Sequence[str]]) -> Resource:
        if self._resource is None:
            raise LookupError("there is no resource any more")

        async def write(current: Resource) -> Written | None:
            wanted = change(current.finalizers)
            if wanted == current.finalizers:
                return None
            patch = {"metadata": {"finalizers": wanted}}
            update = self._world.resources.update
            return await self._write(lambda: update(current.kind, current.key, patch, version=current.version))

        written = await rewrite(self._resource, read=self._read, write=write)
        return self._resource if written is None else self._noted(written.resource)

    async def _check_owner(self, kind: str, key: Key) -> None:
        informer = self._world.informer_of(kind, key.namespace)
        there = informer.store.get(key) if informer else await self._world.resources.find(kind, key)
        owner = there.controller_owner if there is not None else None
        if owner is not None and self._resource is not None and owner["uid"] != self._resource.uid:
            raise AlreadyOwned(f"{kind} {key} belongs to {owner['kind']} {owner['name']}")

    async def _read(self) -> Resource | None:
        return None if self._resource is None else await self._world.resources.find(self._resource.kind, self.key)

    async def _write(self, send: Callable[[], Awaitable[Written]], *, is_deletion: bool = False) -> Written:
        return await self._world.write(self.key, send, is_deletion=is_deletion)

    def _noted(self, written: Resource) -> Resource:
        """Keep what has become of the resource that is reconciled, for later writes."""
        if self._resource is not None and written.uid == self._resource.uid:
            self._resource = written
        return written
