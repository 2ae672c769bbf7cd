"""A server's services without GraphQL and HTTP around them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from app.kinds.registry import Registry
from app.services.backend import Services
from app.services.indexing import Indexing
from app.services.linking import Linking
from app.store.mongo import Store
from schema_builder.backend import Backend, ListQuery, Page, Resource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from schema_builder.compile import CompiledKind

SERVICE: Mapping[str, Any] = {
    "kind": "Service",
    "schema": {
        "type": "object",
        "properties": {
            "host": {"type": "string", "minLength": 1},
            "port": {"type": "integer", "minimum": 1, "maximum": 65535},
            "scheme": {"type": "string", "default": "http"},
            "secret": {"type": "string", "writeOnly": True},
            "tags": {"type": "array", "items": {"type": "string"}},
            "limits": {"type": "object", "additionalProperties": True},
        },
        "required": ["host"],
    },
    "statusSchema": {"type": "object", "properties": {"ready": {"type": "boolean"}, "note": {"type": "string"}}},
}


OUTDATED_SECONDS = 0.05
"""Nobody but this process writes."""


class Scope:
    """What a request carries."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.resume_position: int | None = None
        self.position = 0
        self.warnings: list[str] = []
        self.told: dict[str, list[Mapping[str, Any]]] = {}

    def committed(self, position: int) -> None:
        self.position = max(self.position, position)

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def tell(self, name: str, value: Mapping[str, Any]) -> None:
        self.told.setdefault(name, []).append(value)


class Server:
    """One server; ``scope`` is that of the last request."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self.store = store
        self.registry = registry
        self.lag = 0.0
        self.indexing = Indexing(store, registry, outdated_seconds=OUTDATED_SECONDS, again_seconds=0.1)
        self.services = Services(
            store,
            registry,
            cast("Any", None),
            lag_seconds=lambda: self.lag,
            indexing=self.indexing,
            linking=Linking(store, registry, outdated_seconds=OUTDATED_SECONDS),
        )
        self.scope = self._scope()

    @classmethod
    @asynccontextmanager
    async def running(cls, uri: str, database: str) -> AsyncIterator[Server]:
        store = await Store.open(uri, database)
        try:
            server = cls(store, Registry(store))
            await server.services.start()
            try:
                yield server
            finally:
                await server.services.stop()
        finally:
            await store.close()

    def kind(self, name: str) -> CompiledKind:
        return self.registry.snapshot.kinds[name]

    async def define(self, spec: Mapping[str, Any] = SERVICE, **more: Any) -> CompiledKind:
        created = await self.create("ResourceDefinition", {"spec": {**spec, **more}})
        return self.kind(created.metadata["name"])

    async def indexed(self, name: str = "Service", *, state: str = "READY") -> dict[str, Any]:
        """Return the status of a kind's only index, once it is in a state."""
        async with asyncio.timeout(20):
            async for _ in self.registry.subscribe():
                definition = await self.get("ResourceDefinition", name)
                assert definition is not None
                (index,) = definition.body["status"]["indexes"]
                if index["state"] == state:
                    return dict(index)
        raise AssertionError("the registry ended")

    async def create(self, kind: str, body: Mapping[str, Any], *, dry_run: bool = False) -> Resource:
        return await self.services.create(self._scope(), self.kind(kind), body, dry_run=dry_run)

    async def service(self, name: str, *, namespace: str | None = None, **spec: Any) -> Resource:
        metadata = {"name": name, "namespace": namespace}
        return await self.create("Service", {"metadata": metadata, "spec": {"host": name, **spec}})

    async def get(self, kind: str, name: str, namespace: str | None = None) -> Resource | None:
        return await self.services.get(self._scope(), self.kind(kind), name=name, namespace=namespace)

    async def list(self, kind: str = "Service", **query: Any) -> Page:
        return await self.services.list(self._scope(), self.kind(kind), ListQuery(**query))

    async def update(
        self, kind: str, name: str, patch: Mapping[str, Any], *, namespace: str | None = None,
        version: str | None = None, dry_run: bool = False,
    ) -> Resource:  # fmt: skip
        return await self.services.update(
            self._scope(), self.kind(kind), patch,
            name=name, namespace=namespace, resource_version=version, dry_run=dry_run,
        )  # fmt: skip

    async def update_status(self, kind: str, name: str, status: Any, *, version: str | None = None) -> Resource:
        return await self.services.update_status(
            self._scope(), self.kind(kind), status, name=name, namespace=None, resource_version=version, dry_run=False
        )

    async def replace(self, kind: str, body: Mapping[str, Any], *, dry_run: bool = False) -> Resource:
        return await self.services.replace(self._scope(), self.kind(kind), body, dry_run=dry_run)

    async def apply(self, kind: str, body: Mapping[str, Any], *, dry_run: bool = False) -> Resource:
        return await self.services.apply(self._scope(), self.kind(kind), body, dry_run=dry_run)

    async def delete(
        self, kind: str, name: str, *, version: str | None = None, dry_run: bool = False, namespace: str | None = None
    ) -> Resource:
        return await self.services.delete(
            self._scope(), self.kind(kind),
            name=name, namespace=namespace, resource_version=version, dry_run=dry_run,
        )  # fmt: skip

    def _scope(self) -> Scope:
        self.scope = Scope(self.services)
        return self.scope


def names(page: Page) -> list[str]:
    return [resource.metadata["name"] for resource in page.resources]
