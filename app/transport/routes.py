"""The routes of GraphQL: ``/graphql`` for every transport, and ``/schema.graphql`` with its preview."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route, WebSocketRoute

from app.transport.http import HttpTransport
from app.transport.origins import Origins
from app.transport.schema_page import SchemaPage
from app.transport.schema_preview import schema_preview_route
from app.transport.websocket import WebSocketTransport

if TYPE_CHECKING:
    from app.transport.execution import Engine

__all__ = ["graphql_routes"]


def graphql_routes(engine: Engine, *, allowed_origins: Iterable[str] = ()) -> list[BaseRoute]:
    """Return the routes that serve an engine.

    Args:
        engine: Who runs requests.
        allowed_origins: Web origins beside the server's own that may open a WebSocket; ``*`` allows all.
    """
    return [
        Route("/graphql", endpoint=HttpTransport(engine)),
        WebSocketRoute("/graphql", endpoint=WebSocketTransport(engine, origins=Origins(allowed_origins))),
        Route("/schema.graphql", endpoint=SchemaPage(engine)),
        schema_preview_route(max_body_bytes=engine.limits.max_body_bytes),
    ]
