"""The application: the only module that puts the parts together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from app.pages.gate import Gate
from app.pages.health import health_routes
from app.pages.index import index_route
from app.pages.metrics import metrics_route

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.settings import Settings

__all__ = ["Application", "create_application"]


class Application:
    """One server, as an ASGI application; its lifespan opens the database, loads the kinds, follows the changes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gate = Gate(
            Starlette(lifespan=self._live, routes=[*health_routes({}), metrics_route(list), index_route()])
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        await self._gate(scope, receive, send)

    async def drain(self) -> None:
        """Refuse new requests, and end watches so that their clients can go on elsewhere."""
        self._gate.draining = True

    @contextlib.asynccontextmanager
    async def _live(self, _: Starlette) -> AsyncIterator[None]:
        yield


def create_application(settings: Settings) -> Application:
    """Return the application of one server process.

    Args:
        settings: With ``mongo_uri``.
    """
    return Application(settings)
