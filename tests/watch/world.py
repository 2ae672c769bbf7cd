"""A database, a hub on it, and writers who commit as the services do, without schemas and GraphQL around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from app.errors import KindRemoved
from app.resources.keys import DEFINITIONS_KEY, resource_key, storage_key
from app.resources.states import State
from app.services.watches import Watches
from app.store.documents import to_document
from app.store.mongo import Store
from app.watch.hub import Hub
from schema_builder.backend import EventType, KindChanged, WatchEvent, WatchQuery
from schema_builder.errors import KindgraphError

if TYPE_CHECKING:
    from app.watch.limits import WatchLimits

PATIENCE_SECONDS = 20

WRITTEN: dict[tuple[str, int], Mapping[str, Any]] = {}
"""The specs of definitions by name and version, for registries, which are told no more of them."""


@dataclass(frozen=True, eq=False)
class Kind:
    """What watches need of a compiled kind."""

    name: str
    fingerprint: str = "1"
    secret: str | None = None

    @property
    def names(self) -> Any:
        return SimpleNamespace(type_name=self.name)

    @property
    def body(self) -> Any:
        return SimpleNamespace(has_write_only=self.secret is not None, redact=self._redact)

    def _redact(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**body, "spec": {name: value for name, value in body["spec"].items() if name != self.secret}}


@dataclass
class Kinds:
    """The registry of a server: kinds by storage key, and what the hub has told it."""

    keys: dict[str, str] = field(default_factory=lambda: {"ResourceDefinition": DEFINITIONS_KEY})
    kinds: dict[str, Kind] = field(default_factory=lambda: {"ResourceDefinition": Kind("ResourceDefinition")})
    told: list[tuple[str, str]] = field(default_factory=list)
    defined: dict[str, int] = field(default_factory=dict)
    refreshed: int = 0

    @property
    def snapshot(self) -> Any:
        return SimpleNamespace(kinds=self.kinds, fingerprint="-".join(sorted(self.kinds)))

    def serve(self, kind: Kind, key: int) -> Kind:
        self.keys[kind.name] = storage_key(key)
        self.kinds[kind.name] = kind
        return kind

    def storage_key(self, name: str) -> str | None:
        return self.keys.get(name)

    def kind_by_storage_key(self, key: str) -> Kind | None:
        return next((self.kinds[name] for name, known in self.keys.items() if known == key), None)

    def served(self, kind: Kind) -> Any:
        key = self.keys.get(kind.name)
        if key is None:
            raise KindRemoved(f"{kind.name} was removed")
        return SimpleNamespace(storage=SimpleNamespace(key=key))

    async def subscribe(self) -> AsyncIterator[Any]:
        yield self.snapshot

    async def refresh(self) -> None:
        self.refreshed += 1

    async def definition_changed(self, name: str, *, version: int) -> None:
        spec = WRITTEN[name, version]
        self.told.append(("changed", name))
        if "key" in spec:
            self.defined[name] = spec["key"]
            self.serve(Kind(name, spec["fingerprint"]), spec["key"])

    async def definition_deleted(self, name: str) -> None:
        self.told.append(("deleted", name))
        if self.keys.get(name) == storage_key(self.defined.pop(name, 0)):
            del self.keys[name], self.kinds[name]


class Tape:
    """What one watch has brought; ends by itself after too long a silence."""

    def __init__(self, events: AsyncIterator[WatchEvent | KindChanged]) -> None:
        self._events = events
        self._first: asyncio.Task[Any] | None = None

    async def started(self) -> Tape:
        """Return once the watch has begun to wait for its first event."""
        self._first = asyncio.create_task(self._next())
        await asyncio.sleep(0)
        return self

    async def next(self) -> Any:
        first, self._first = self._first, None
        return await (first or self._next())

    async def _next(self) -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await anext(self._events)

    async def take(self, count: int) -> list[Any]:
        return [await self.next() for _ in range(count)]

    async def until(self, position: int) -> list[Any]:
        """Return everything up to the event of a position."""
        found = [await self.next()]
        while (found[-1].position or 0) < position:
            found.append(await self.next())
        return found

    async def end(self) -> KindgraphError:
        """Return the error that ends the watch, passing over what comes before it."""
        try:
            while True:
                await self.next()
        except KindgraphError as error:
            return error

    async def close(self) -> None:
        if self._first is not None:
            self._first.cancel()
            await asyncio.gather(self._first, return_exceptions=True)
        await self._events.aclose()  # type: ignore[attr-defined]


class World:
    """One server of one database, with the kinds Widget and Gadget."""

    def __init__(self, store: Store, limits: WatchLimits, clock: Any = None) -> None:
        self.store = store
        self.registry = Kinds()
        self.widget = self.registry.serve(Kind("Widget"), 1001)
        self.gadget = self.registry.serve(Kind("Gadget"), 1002)
        self.hub = Hub(store, self.registry, limits=limits, clock=clock)  # type: ignore[arg-type]
        self._tapes: list[Tape] = []
        self.watches = Watches(self.hub, store, self.registry)  # type: ignore[arg-type]

    def watch(self, *kinds: Kind, scope: Any = None, **query: Any) -> Tape:
        """Watch kinds (Widget when none is given) without bookmarks unless asked for."""
        scope = scope or SimpleNamespace(resume_position=None)
        return self._tape(kinds or (self.widget,), scope, query)

    def watch_all(self, **query: Any) -> Tape:
        """Watch every kind without bookmarks unless asked for."""
        return self._tape((), SimpleNamespace(resume_position=None), query)

    def _tape(self, kinds: tuple[Kind, ...], scope: Any, query: dict[str, Any]) -> Tape:
        asked = WatchQuery(**{"bookmarks": False, **query})
        self._tapes.append(Tape(self.watches.watch(scope, kinds, asked)))  # type: ignore[arg-type]
        return self._tapes[-1]

    async def close(self) -> None:
        """Stop the server and close every watch of it."""
        await self.hub.stop()
        for tape in self._tapes:
            await tape.close()

    async def put(
        self,
        name: str,
        spec: Mapping[str, Any] | None = None,
        *,
        kind: str = "Widget",
        key: str | None = None,
        namespace: str | None = "default",
        labels: Mapping[str, str] | None = None,
    ) -> int:
        """Create or replace a resource; return the commit's position."""
        key = key or self.registry.keys[kind]
        metadata = {"name": name, "namespace": namespace, "labels": dict(labels or {})}
        async with self.store.writing() as session:
            found = await session.find(resource_key(key, namespace=namespace, name=name))
            if key == DEFINITIONS_KEY:
                WRITTEN[name, session.position] = spec or {}
            document = to_document(State(metadata, {"spec": dict(spec or {})}, session.position), storage=key)
            if found is None:
                await session.insert(document)
            else:
                await session.replace(document, seen=found["version"])
            return await session.committed_at()

    async def delete(
        self, name: str, *, kind: str = "Widget", key: str | None = None, namespace: str | None = "default"
    ) -> int:
        """Delete a resource; return the commit's position."""
        resource = resource_key(key or self.registry.keys[kind], namespace=namespace, name=name)
        async with self.store.writing() as session:
            found = await session.find(resource)
            assert found is not None
            await session.delete(resource, seen=found["version"])
            return await session.committed_at()

    async def define(self, name: str, fingerprint: str, *, key: int) -> int:
        """Write a definition as another server does."""
        return await self.put(name, {"fingerprint": fingerprint, "key": key}, kind="ResourceDefinition", namespace=None)

    async def undefine(self, name: str) -> int:
        """Delete a definition as another server does."""
        return await self.delete(name, kind="ResourceDefinition", namespace=None)

    async def state(self, *, key: str | None = None) -> dict[str, Any]:
        """Return the stored specs of widgets by name."""
        key = key or self.registry.keys["Widget"]
        return {
            document["metadata"]["name"]: document["body"]["spec"]
            async for document, _ in self.store.scan({"_id": {"$gt": f"{key} ", "$lt": f"{key}!"}})
        }


@asynccontextmanager
async def opened(uri: str, database: str) -> AsyncIterator[Store]:
    """Open a database, and close it."""
    store = await Store.open(uri, database)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def running(world: World) -> AsyncIterator[World]:
    await world.hub.start()
    try:
        yield world
    finally:
        await world.close()


async def eventually(holds: Callable[[], bool]) -> None:
    """Return once something holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if holds():
                return
            await asyncio.sleep(0.02)


def told(event: Any) -> tuple[str, str | None, Any]:
    """Return (type, name, spec) of an event."""
    if isinstance(event, KindChanged):
        return "KIND_CHANGED", event.kind.names.type_name, event.kind.fingerprint
    resource = event.resource
    return (
        (event.type.value, None, None)
        if resource is None
        else (event.type.value, resource.metadata["name"], resource.body["spec"])
    )


def replay(events: list[Any], state: dict[str, Any]) -> dict[str, Any]:
    """Apply events to a state by name; fail where they do not fit."""
    for event in events:
        name = event.resource.metadata["name"]
        match event.type:
            case EventType.ADDED:
                assert name not in state
                assert event.previous is None
            case EventType.MODIFIED:
                assert state[name] == event.previous.body["spec"]
            case EventType.DELETED:
                assert state.pop(name) == event.resource.body["spec"]
                continue
        state[name] = event.resource.body["spec"]
    return state
