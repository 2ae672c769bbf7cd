"""Events go when they have not been repeated for as long as they are kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.settings import Settings
    from tests.support.serving import RunningServer

RECORD = "mutation ($input: RecordEventInput!) { recordEvent(input: $input) { id } }"
REASONS = "{ events { nodes { spec { reason } } } }"


@pytest.fixture
def server_settings(server_settings: Settings) -> Settings:
    return server_settings.model_copy(update={"event_ttl_seconds": 1.0})


async def _reasons(server: RunningServer) -> set[str]:
    return {node["spec"]["reason"] for node in (await server.graphql(REASONS))["events"]["nodes"]}


async def test_events_are_kept_for_as_long_as_they_say_or_the_server_does(server: RunningServer) -> None:
    for reason, seconds in (("Default", None), ("Brief", 1), ("Longer", 600), ("Long", 3600)):
        regarding = {"kind": "Widget", "name": "w"}
        await server.graphql(RECORD, {"input": {"regarding": regarding, "reason": reason, "ttlSeconds": seconds}})
    assert await _reasons(server) >= {"Longer", "Long"}
    async with asyncio.timeout(20):
        while True:
            reasons = await _reasons(server)
            assert reasons >= {"Longer", "Long"}
            if reasons == {"Longer", "Long"}:
                return
            await asyncio.sleep(0.05)
