"""Services to connect to, and the definition of their kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import controllers.external_services
from controllers.client import Client
from controllers.resources import Resources
from tests.external_services.servers import PostgresServer, RedisServer

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

HERE = Path(controllers.external_services.__file__).parent


def definition() -> dict[str, Any]:
    return yaml.safe_load((HERE / "definition.yaml").read_text())["spec"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
async def postgres(postgres_server: PostgresServer) -> AsyncIterator[PostgresServer]:
    """A PostgreSQL that runs."""
    await postgres_server.start()
    yield postgres_server
    postgres_server.stop()


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[RedisServer]:
    """A Redis that runs."""
    await redis_server.start()
    yield redis_server
    redis_server.stop()


@pytest.fixture
def kindgraph_server(server: RunningServer) -> str:
    """The address of a server with a database of its own."""
    return server.url


@pytest.fixture
async def resources(kindgraph_server: str) -> AsyncIterator[Resources]:
    """The resources of the server, which has the kind."""
    async with Client(kindgraph_server) as client:
        resources = Resources(client)
        await resources.create("ResourceDefinition", {"spec": definition()})
        yield resources
