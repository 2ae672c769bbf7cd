"""A whole server whose network to the database fails: it says so, and its watches go on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

import pytest
from pydantic import SecretStr

from tests.support.network import Network, running_network
from tests.support.serving import RunningServer, running_server
from tests.watch.world import PATIENCE_SECONDS

if TYPE_CHECKING:
    from app.settings import Settings

KIND = """mutation { createResourceDefinition(input: {spec: {kind: "Part", schema: {type: "object"}}}) { kind } }"""
PART = """mutation { createPart(input: {metadata: {name: "%s"}}) { kind } }"""


@pytest.fixture
async def network(mongo_uri: str) -> AsyncIterator[Network]:
    async with running_network(Path(unquote_plus(urlsplit(mongo_uri).netloc))) as between:
        yield between


@pytest.fixture
async def remote(network: Network, server_settings: Settings) -> AsyncIterator[RunningServer]:
    """A server at the other end of the network."""
    settings = server_settings.model_copy(update={"mongo_uri": SecretStr(network.uri)})
    async with running_server(settings) as running:
        yield running
        await network.heal()


async def _until_ready(server: RunningServer, *, ready: bool) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await server.client.get("/readyz")
            body: dict[str, Any] = answer.json()
            if body["ready"] is ready:
                assert answer.status_code == (200 if ready else 503)
                return body
            await asyncio.sleep(0.05)


async def _metric(server: RunningServer, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", (await server.client.get("/metrics")).text, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def test_a_server_without_its_database_is_not_ready_and_recovers(
    remote: RunningServer, server: RunningServer, network: Network
) -> None:
    await server.graphql(KIND)
    await _until_ready(remote, ready=True)
    assert await _metric(remote, "kindgraph_hub_healthy") == 1

    await network.cut()
    body = await _until_ready(remote, ready=False)
    assert "MongoDB" in body["reasons"]["database"]
    assert (await remote.client.get("/healthz")).status_code == 200
    refused = await remote.errors(PART % "a")
    assert refused[0]["extensions"]["code"] == "UNAVAILABLE"
    assert refused[0]["extensions"]["retryable"] is True

    await network.heal()
    await _until_ready(remote, ready=True)
    assert (await remote.graphql(PART % "b"))["createPart"]["kind"] == "Part"
    assert await _metric(remote, "kindgraph_hub_interruptions_total") >= 1
    assert await _metric(remote, "kindgraph_hub_restarts_total") == 0
    assert await _metric(remote, "kindgraph_hub_lag_seconds") < 10
