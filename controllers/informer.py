"""The informer: all resources of a scope in memory, and a call for each change.

It lists, then watches from the position of the list, so that there is no gap and no repeat. A watch that breaks off is
resumed; where the server has lost the position everything is listed again, and what differs from what was known
(deletions too) is told as changes. Nothing that happens to the connection is the listeners' business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from controllers.documents import scope_arguments, watch_document
from controllers.errors import (
    ControllerError,
    DocumentRefused,
    Expired,
    KindChanged,
    KindRemoved,
    NotFound,
    ServerError,
)
from controllers.limiter import Backoff
from controllers.resource import Key, Resource
from controllers.store import Store, Stored

if TYPE_CHECKING:
    from controllers.client import Client
    from controllers.kinds import Kind
    from controllers.resources import Resources, Scope

__all__ = ["Change", "ChangeType", "Informer"]

_AT_ONCE: Final = 200
"""How many resources of a list are taken in before others have a turn."""
_LOG: Final = logging.getLogger("controllers.informer")
_DEFINITIONS: Final = """subscription Definition($name: String!) {
  result: watchResourceDefinitions(name: $name, sendInitialEvents: true) { type }
}"""


class ChangeType(Enum):
    """What has become of a resource."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    """It is gone, or no longer in the scope."""


@dataclass(frozen=True, slots=True)
class Change:
    """What listeners are told.

    Attributes:
        type: What happened.
        old: The state that was known before; None for what was added.
        new: The new state; None for what was deleted.
        live: It happened just now; else it was found in a list.
    """

    type: ChangeType
    old: Resource | None
    new: Resource | None
    live: bool

    @property
    def key(self) -> Key:
        """Of the resource."""
        return self.newest.key

    @property
    def newest(self) -> Resource:
        """The new state; the last one of a resource that is gone."""
        resource = self.new or self.old
        if resource is None:
            raise ValueError("a change has a state")
        return resource


class Informer:
    """Follows the resources of one kind and scope.

    Args:
        kind: The GraphQL name of the kind; it need not exist yet.
        scope: Which of its resources.
        client: The server.
        resources: The same server.

    Attributes:
        store: The resources as of ``position``, or newer while a list is taken in.
        position: Every change up to here has been told.
        synced: The resources are known, or it is known that there is no such kind.
        connected: A watch is open, and alive.
        exists: There is such a kind.
        namespaced: Its resources are in namespaces, as far as is known.
        relists: How often everything was listed.
        reconnects: How often a watch has ended.
    """

    def __init__(self, kind: str, scope: Scope, *, client: Client, resources: Resources) -> None:
        self.kind = kind
        self.scope = scope
        self.store = Store(kind)
        self.position = 0
        self.synced = False
        self.connected = False
        self.exists = False
        self.namespaced = True
        self.relists = 0
        self.reconnects = 0
        self._client = client
        self._resources = resources
        self._listeners: list[Callable[[Change], None]] = []
        self._progress: list[Callable[[], None]] = []
        self._definition: Kind | None = None
        self._needs_list = True
        self._backoff = Backoff(base_seconds=0.1, most_seconds=10)
        self._failures = 0

    def subscribe(self, listener: Callable[[Change], None]) -> None:
        """Have changes told, in their order, from now on; must be said before it runs."""
        self._listeners.append(listener)

    def on_progress(self, listener: Callable[[], None]) -> None:
        """Have it told whenever the store or the position has moved."""
        self._progress.append(listener)

    def covers(self, resource: Resource) -> bool:
        """Tell whether changes of a resource are told here, as far as its namespace decides that."""
        return self.scope.namespace in {None, resource.namespace}

    async def run(self) -> None:
        """Follow the resources for ever."""
        while True:
            try:
                await self._follow()
            except ControllerError as error:
                await self._recover(error)
            finally:
                self.connected = False

    async def _follow(self) -> None:
        """List, where that is needed, and watch, until something comes between."""
        if self._definition is None:
            self._definition = await self._resources.kinds.refresh(self.kind)
            self.exists = True
            self.namespaced = self._definition.namespaced
        if self._needs_list:
            await self._list()
        arguments = self._arguments(self._definition)
        document = watch_document(self._definition, arguments)
        variables = {**arguments, "resourceVersion": str(self.position)}
        async with self._client.subscribe(document, variables) as events:
            await self._receive(events)

    async def _list(self) -> None:
        """List, and make the store equal to it."""
        listed: dict[Key, Stored] = {}
        position = 0
        async for page in self._resources.pages(self.kind, self.scope):
            listed.update((resource.key, Stored.of(resource)) for resource in page.resources)
            position = page.position
        await self._check_incarnation()
        await self._take_in(listed, position)

    async def _receive(self, events: AsyncIterator[Mapping[str, Any]]) -> None:
        while True:
            try:
                event = await anext(events)
            except ServerError as end:
                if end.position is not None and not isinstance(end, Expired):
                    self.position = max(self.position, end.position)
                raise
            if not self.connected:
                await self._check_incarnation()
                self._failures, self.connected = 0, True
            self._apply(event["result"])

    async def _check_incarnation(self) -> None:
        """Make sure that the list, or the watch, is of the kind that was known: one defined again begins anew.

        Raises:
            KindRemoved: It is another.
        """
        if self._definition is None:
            return
        known, self._definition = self._definition, await self._resources.kinds.refresh(self.kind)
        if known.uid != self._definition.uid:
            raise KindRemoved(f"{self.kind} was defined again", code="KIND_REMOVED")

    async def _recover(self, error: ControllerError) -> None:
        """Decide what an error means, and wait a little."""
        self.reconnects += 1
        match error:
            case Expired():
                self._needs_list = True
            case KindChanged() | DocumentRefused():
                self._definition = None
            case KindRemoved() | NotFound():
                self._forget_kind()
                _LOG.warning("waiting for the kind %s", self.kind)
                await self._kind_appears()
                return
        self._failures += 1
        delay = self._backoff.delay(self._failures)
        level = logging.INFO if self._failures < 3 else logging.WARNING
        _LOG.log(level, "watch of %s: %s; again in %.1f s", self.kind, error, delay)
        await asyncio.sleep(delay)

    async def _kind_appears(self) -> None:
        """Return when there may be a definition of the kind."""
        try:
            async with self._client.subscribe(_DEFINITIONS, {"name": self.kind}) as events:
                async for event in events:
                    if event["result"]["type"] in {"ADDED", "MODIFIED"}:
                        return
        except ControllerError as error:
            self._failures += 1
            _LOG.info("watch of the definition of %s: %s", self.kind, error)
            await asyncio.sleep(self._backoff.delay(self._failures))

    def _forget_kind(self) -> None:
        """Tell that everything is gone."""
        self.exists = False
        self._definition = None
        self._needs_list = True
        for resource in self.store:
            self._set(resource.key, None, live=True)
        self.synced = True
        self._moved()

    async def _take_in(self, listed: Mapping[Key, Stored], position: int) -> None:
        """Make the store equal to a list, and tell what differs; others have their turns meanwhile."""
        self.relists += 1
        gone = [key for key in self.store.keys() if key not in listed]  # noqa: SIM118 - it iterates over resources
        different = [key for key, stored in listed.items() if self.store.version(key) != stored.version]
        for count, key in enumerate(gone + different, 1):
            stored = listed.get(key)
            resource = None if stored is None else Resource.decode(self.kind, stored.data)
            self._set(key, resource, live=False, stored=stored)
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        self.position = position
        self._needs_list = False
        self.synced = True
        self._moved()

    def _apply(self, event: Mapping[str, Any]) -> None:
        if event["object"] is not None:
            resource = Resource(self.kind, event["object"]["raw"])
            stays = event["type"] in {"ADDED", "MODIFIED"}
            self._set(resource.key, resource if stays else None, live=True)
        if event["resourceVersion"] is not None:
            self.position = max(self.position, int(event["resourceVersion"]))
        self._moved()

    def _set(self, key: Key, resource: Resource | None, *, live: bool, stored: Stored | None = None) -> None:
        old = self.store.get(key)
        if resource is not None:
            replaced = old is not None and old.uid != resource.uid
            if replaced:  # deleted and made again while we were not looking
                self._tell(Change(ChangeType.DELETED, old, None, live))
            self.store.put(resource, stored)
            known = None if replaced else old
            self._tell(Change(ChangeType.MODIFIED if known else ChangeType.ADDED, known, resource, live))
        elif old is not None:
            self.store.remove(key)
            self._tell(Change(ChangeType.DELETED, old, None, live))

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    def _moved(self) -> None:
        for listener in self._progress:
            listener()

    def _arguments(self, kind: Kind) -> Mapping[str, Any]:
        return scope_arguments(kind, namespace=self.scope.namespace, where=self.scope.where, labels=self.scope.labels)
