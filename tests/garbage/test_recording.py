"""Events: what happened to which resource, counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.support.serving import running_server

if TYPE_CHECKING:
    from app.settings import Settings
    from tests.support.serving import GraphqlClient, RunningServer

RECORD = """mutation ($input: RecordEventInput!) {
    recordEvent(input: $input) { metadata { name namespace } ... on Event { spec { count note type } } }
}"""


def _report(**more: Any) -> dict[str, Any]:
    regarding = {"kind": "Widget", "namespace": "here", "name": "w", "uid": "u"}
    return {"input": {"regarding": regarding, "reason": "Reachable", "reportingController": "c", **more}}


async def _record(client: GraphqlClient, **more: Any) -> dict[str, Any]:
    recorded: dict[str, Any] = (await client.graphql(RECORD, _report(**more)))["recordEvent"]
    return recorded


async def _events(client: GraphqlClient) -> list[dict[str, Any]]:
    return list((await client.graphql("{ events { nodes { spec { count note reason } } } }"))["events"]["nodes"])


async def test_what_is_told_again_is_counted_in_one_event(server: RunningServer) -> None:
    first = await _record(server, note="up", type="Warning")
    assert first["metadata"]["namespace"] == "here"
    assert first["spec"] == {"count": 1, "note": "up", "type": "Warning"}
    again = await _record(server, note="up", type="Warning")
    assert again["metadata"] == first["metadata"]
    assert again["spec"]["count"] == 2
    other = await _record(server, note="down")
    assert other["spec"] == {"count": 1, "note": "down", "type": "Normal"}
    assert len(await _events(server)) == 2


async def test_reporters_on_several_servers_lose_no_count(server: RunningServer, server_settings: Settings) -> None:
    async with running_server(server_settings) as other:
        told = await asyncio.gather(*(_record(one, note="up") for one in (server, other) for _ in range(40)))
    (event,) = await _events(server)
    assert event["spec"]["count"] == 80
    assert max(one["spec"]["count"] for one in told) == 80


async def test_ever_new_words_are_told_together_after_a_few(server: RunningServer) -> None:
    for number in range(14):
        await _record(server, note=f"attempt {number} failed")
    events = sorted(await _events(server), key=lambda event: int(event["spec"]["count"]))
    assert [event["spec"]["count"] for event in events] == [1] * 10 + [4]
    assert events[-1]["spec"]["note"] == "(combined from similar events): attempt 13 failed"


async def test_what_is_no_event_is_refused_with_its_place(server: RunningServer) -> None:
    (error,) = await server.errors(RECORD, _report(reason=""))
    assert error["extensions"]["code"] == "INVALID"
    assert [failure["path"] for failure in error["extensions"]["failures"]] == ["/spec/reason"]
    (error,) = await server.errors(RECORD, _report(ttlSeconds=0))
    assert error["extensions"]["failures"][0]["path"] == "/spec/ttlSeconds"


async def test_events_of_what_has_no_namespace_are_in_the_default_one(server: RunningServer) -> None:
    regarding = {"kind": "ResourceDefinition", "name": "Widget"}
    recorded = await _record(server, regarding=regarding)
    assert recorded["metadata"]["namespace"] == "default"
