"""Watches, as resolvers ask for them: the state where it is wanted, then every change, and the schema's changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary

from app.resources.keys import kind_range, namespace_range, resource_key
from app.resources.selectors import parse_selector
from app.store.documents import to_resource
from app.watch.selection import Filter, Selection
from schema_builder.backend import EventType, WatchEvent

if TYPE_CHECKING:
    from app.kinds.registry import Registry
    from app.store.mongo import Store
    from app.watch.hub import Hub
    from app.watch.watcher import Watcher
    from schema_builder.backend import KindChanged, RequestScope, Resource, WatchQuery
    from schema_builder.compile import CompiledKind

__all__ = ["WatchStream", "Watches"]


class Watches:
    """The part of ``schema_builder.backend.Backend`` that lasts."""

    def __init__(self, hub: Hub, store: Store, registry: Registry) -> None:
        self._hub = hub
        self._store = store
        self._registry = registry
        self._selections: WeakValueDictionary[Hashable, Selection] = WeakValueDictionary()

    def watch(self, scope: RequestScope, kinds: Sequence[CompiledKind], query: WatchQuery) -> WatchStream:
        """Return the events of a watch.

        Args:
            scope: Its ``resume_position`` wins over what the query says, and suppresses initial events.
            kinds: What to watch, in one stream in the order of commits; none at all means every kind, also those that
                are defined later.
            query: The rest.

        It ends by a ``KindgraphError``, whose ``extensions.resourceVersion`` is the position to go on from, where there
        is one.
        """
        stream = WatchStream()
        stream.begin(self._beginning(stream, scope, kinds, query))
        return stream

    async def _beginning(
        self, stream: WatchStream, scope: RequestScope, kinds: Sequence[CompiledKind], query: WatchQuery
    ) -> AsyncGenerator[WatchEvent, None]:
        """Yield what comes before the changes, then let the stream go on with those."""
        selection = self._selection(kinds, query)
        position = scope.resume_position if scope.resume_position is not None else query.position
        if query.send_initial_events and scope.resume_position is None:
            position = await self._state_position(at_least=query.position)
            async for resource in self._state(selection, position):
                yield WatchEvent(EventType.ADDED, None, resource)
            yield WatchEvent(EventType.SYNCED, position)
        elif position is None:
            position = await self._store.latest_position()
            if query.bookmarks:
                yield WatchEvent(EventType.BOOKMARK, position)
        stream.go_on(await self._hub.open(selection, position=position, bookmarks=query.bookmarks))

    async def schema_changes(self, scope: RequestScope) -> AsyncGenerator[Mapping[str, Any], None]:  # noqa: ARG002 - the protocol's
        """Yield ``{fingerprint, kinds}`` of the schema now and after every change; changes close together are one."""
        async for snapshot in self._registry.subscribe():
            yield {"fingerprint": snapshot.fingerprint, "kinds": sorted(snapshot.kinds)}

    def _selection(self, kinds: Sequence[CompiledKind], query: WatchQuery) -> Selection:
        labels = parse_selector(query.label_selector)
        watched = {self._registry.served(kind).storage.key: kind for kind in kinds}
        selection = Selection(
            kinds=watched or None,
            namespace=query.namespace,
            name=query.name,
            filter=Filter(query.where, labels if labels.requirements else None),
        )
        return self._selections.setdefault(selection.key, selection)

    async def _state_position(self, *, at_least: int | None) -> int:
        """Return the newest position, at which the state is read; the kinds known here are then at least as new."""
        if at_least is not None:
            await self._hub.require(at_least)
        position = await self._store.latest_position()
        await self._hub.wait_for(position)
        return position

    async def _state(self, selection: Selection, position: int) -> AsyncGenerator[Resource, None]:
        kinds = selection.kinds
        if kinds is None:
            served = self._registry.snapshot.kinds.values()
            kinds = {self._registry.served(kind).storage.key: kind for kind in served}
        for storage_key, kind in kinds.items():
            condition = _range(storage_key, selection)
            async for document, _ in self._store.scan(condition, position=position):
                resource = to_resource(document, kind)
                if selection.filter.takes(resource) and selection.name in (None, resource.metadata["name"]):
                    yield resource


class WatchStream:
    """The events of one watch, as an asynchronous iterator that can also hand them over as they come.

    Whoever takes it must close it.
    """

    __slots__ = ("_beginning", "_next", "_take", "_watcher")

    def __init__(self) -> None:
        self._beginning: AsyncGenerator[WatchEvent, None] | None = None
        self._next: WatchEvent | None = None
        self._watcher: Watcher | None = None
        self._take: Callable[[WatchEvent], bool] | None = None

    def begin(self, beginning: AsyncGenerator[WatchEvent, None]) -> None:
        """Take what comes before the changes; it ends by ``go_on``."""
        self._beginning = beginning

    def go_on(self, watcher: Watcher) -> None:
        """Go on with the changes."""
        self._watcher = watcher
        if self._take is not None:
            watcher.push_to(self._take)

    def push_to(self, take: Callable[[WatchEvent], bool]) -> None:
        """Hand changes over as they come, while the consumer waits: see ``Watcher.push_to``."""
        self._take = take
        if self._watcher is not None:
            self._watcher.push_to(take)

    async def settle(self) -> None:
        """Get to the next event of the beginning, or past it: then the stream can be parked."""
        if self._beginning is not None and self._next is None:
            self._next = await anext(self._beginning, None)
            if self._next is None:
                self._beginning = None

    def park(self, ready: Callable[[], None]) -> bool:
        """Wait without a task, where the stream is settled and there is nothing to take: see ``Watcher.park``."""
        return self._beginning is None and self._watcher is not None and self._watcher.park(ready)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WatchEvent | KindChanged:
        await self.settle()
        if self._next is not None:
            event, self._next = self._next, None
            return event
        if self._watcher is None:
            raise StopAsyncIteration
        return await anext(self._watcher)

    async def aclose(self) -> None:
        """End the watch."""
        if self._beginning is not None:
            await self._beginning.aclose()
        if self._watcher is not None:
            self._watcher.close()


def _range(storage_key: str, selection: Selection) -> dict[str, Any]:
    if selection.namespace is None:
        keys = kind_range(storage_key)
    elif selection.name is None:
        keys = namespace_range(storage_key, selection.namespace)
    else:
        return {"_id": resource_key(storage_key, namespace=selection.namespace, name=selection.name)}
    return {"_id": {"$gt": keys.after, "$lt": keys.before}}
