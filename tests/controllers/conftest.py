"""Controllers against real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from controllers.client import Client
from controllers.resources import Resources

if TYPE_CHECKING:
    from tests.support.serving import RunningServer


WIDGET: Final[dict[str, Any]] = {
    "kind": "Widget",
    "schema": {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "format": "int32"},
            "partOf": {"type": "string"},
            "x-odd": {"type": "string"},
        },
    },
    "statusSchema": {
        "type": "object",
        "properties": {
            "ready": {"type": "boolean"},
            "seen": {"type": "integer", "format": "int32"},
            "observedGeneration": {"type": "integer", "format": "int64"},
            "conditions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "status": {"type": "string"},
                        "reason": {"type": "string"},
                        "message": {"type": "string"},
                        "lastTransitionTime": {"type": "string", "format": "date-time"},
                    },
                },
            },
        },
    },
}
GADGET: Final[dict[str, Any]] = {
    "kind": "Gadget",
    "schema": {"type": "object", "properties": {"size": {"type": "integer", "format": "int32"}}},
}


@pytest.fixture
def kindgraph_server(server: RunningServer) -> str:
    """The address of a server with a database of its own."""
    return server.url


@pytest.fixture
async def client(kindgraph_server: str) -> AsyncIterator[Client]:
    """The SDK's client of the server."""
    async with Client(kindgraph_server) as client:
        yield client


@pytest.fixture
async def resources(client: Client) -> Resources:
    """The resources of the server, which has the kinds Widget and Gadget."""
    resources = Resources(client)
    for definition in (WIDGET, GADGET):
        await resources.create("ResourceDefinition", {"spec": definition})
    return resources
