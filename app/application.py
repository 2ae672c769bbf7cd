"""The application: the only module that puts the parts together."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from app.garbage.collector import Collector
from app.kinds.registry import Registry
from app.pages.gate import Gate
from app.pages.health import health_routes
from app.pages.index import index_route
from app.pages.metrics import metrics_route
from app.pages.observed import observe
from app.pages.playground import playground_routes
from app.services.backend import Services
from app.services.watches import Watches
from app.store.errors import UnsuitableDatabase
from app.store.mongo import Store
from app.transport.execution import Engine
from app.transport.limits import TransportLimits
from app.transport.routes import graphql_routes
from app.watch.hub import Hub
from app.watch.limits import WatchLimits
from schema_builder.errors import KindgraphError

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import Receive, Scope, Send

    from app.settings import Settings

__all__ = ["Application", "ApplicationUnable", "create_application"]


class ApplicationUnable(Exception):
    """The server cannot begin to serve, for a reason that its operator can act on."""


class Application:
    """One server: an ASGI application while it is entered as a context.

    Entering opens the database, loads the kinds and follows the changes; leaving ends what it began. ``drain`` it
    before it is left.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starlette = Starlette()
        self._gate = Gate(self._starlette)
        self._engine: Engine | None = None
        self._held = contextlib.AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        await self._gate(scope, receive, send)

    async def __aenter__(self) -> Application:
        """Begin.

        Raises:
            ApplicationUnable: It cannot begin; the message says why.
        """
        try:
            async with contextlib.AsyncExitStack() as held:
                await self._begin(held)
                self._held = held.pop_all()
        except (KindgraphError, UnsuitableDatabase) as error:
            raise ApplicationUnable(str(error)) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        await self._held.aclose()

    async def drain(self) -> None:
        """Refuse new requests, end watches with a resumable error, and wait until nothing is in flight."""
        self._gate.draining = True
        if self._engine is not None:
            self._engine.begin_drain()
            await self._engine.left()
        await self._gate.emptied()

    async def _begin(self, held: contextlib.AsyncExitStack) -> None:
        settings = self._settings
        if settings.mongo_uri is None:
            raise ValueError("an application needs the address of a database")
        store = await Store.open(
            settings.mongo_uri.get_secret_value(),
            database=settings.database or None,
            pool_size=settings.mongo_pool_size,
        )
        held.push_async_callback(store.close)
        registry = Registry(store)
        hub = Hub(store, registry, limits=_watch_limits(settings))
        watches = Watches(hub, store, registry)
        services = Services(
            store,
            registry,
            watches,
            lag_seconds=lambda: hub.lag_seconds,
            max_scan_seconds=settings.max_scan_seconds,
        )
        await services.start()
        held.push_async_callback(services.stop)
        collector = Collector(
            store,
            registry,
            services,
            lease_seconds=settings.collector_lease_seconds,
            event_ttl_seconds=settings.event_ttl_seconds,
        )
        hub.listen(collector)
        await hub.start()
        held.push_async_callback(hub.stop)
        collector.start()
        held.push_async_callback(collector.stop)
        self._serve(store, registry, hub, services)

    def _serve(self, store: Store, registry: Registry, hub: Hub, services: Services) -> None:
        engine = Engine(
            lambda: registry.snapshot, services, limits=_transport_limits(self._settings), refresh=registry.refresh
        )

        async def database() -> str | None:
            return None if await store.probe() else "MongoDB does not answer"

        async def schema() -> str | None:
            return None if registry.snapshot.kinds else "no kind is loaded yet"

        async def watches() -> str | None:
            return hub.trouble

        self._engine = engine
        self._starlette.router.routes += [
            *graphql_routes(engine, allowed_origins=self._settings.allowed_origins),
            *health_routes({"database": database, "schema": schema, "watches": watches}),
            metrics_route(lambda: observe(self._gate, engine, registry, hub)),
            *(playground_routes() or [index_route()]),
        ]


def create_application(settings: Settings) -> Application:
    """Return the application of one server process.

    Args:
        settings: With ``mongo_uri``.
    """
    return Application(settings)


def _transport_limits(settings: Settings) -> TransportLimits:
    return TransportLimits(
        max_body_bytes=settings.max_body_bytes,
        max_document_bytes=settings.max_document_bytes,
        max_tokens=settings.max_document_tokens,
        max_depth=settings.max_document_depth,
        max_fields=settings.max_document_fields,
        max_root_fields=settings.max_root_fields,
        max_subscriptions=settings.max_watches,
        max_connections=settings.max_connections,
        max_connection_operations=settings.max_connection_operations,
        keep_alive_seconds=settings.keep_alive_seconds,
    )


def _watch_limits(settings: Settings) -> WatchLimits:
    return WatchLimits(
        watchers=settings.max_watches,
        queue_events=settings.max_queued_events,
        history_events=settings.history_events,
        bookmark_seconds=settings.bookmark_seconds,
    )
