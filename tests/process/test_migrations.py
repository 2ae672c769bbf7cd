"""Migrations of servers in processes of their own, the one that migrates being killed."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.serving import GraphqlClient, StartServer

COUNT = 300
DEFINE = """mutation { createResourceDefinition(input: {spec: {
  kind: "Service", schema: {type: "object", properties: {host: {type: "string"}}}
}}) { id } }"""
EVOLVE = """mutation { updateResourceDefinition(name: "Service", patch: {spec: {
  schema: {type: "object", properties: {host: null, address: {type: "string"}}}
  allowBreaking: true
  migrations: [{move: {from: "spec.host", to: "spec.address"}}]
}}) { status { migration { state } } } }"""
MIGRATION = '{ resourceDefinition(name: "Service") { status { migration { state done total failed } } } }'
WATCH = "subscription { watchServices(sendInitialEvents: true) { type object { metadata { name } raw } changedPaths } }"


async def _migration(client: GraphqlClient) -> dict[str, Any]:
    migration: dict[str, Any] = (await client.settled(MIGRATION))["data"]["resourceDefinition"]["status"]["migration"]
    return migration


async def _fill(client: GraphqlClient) -> None:
    for first in range(0, COUNT, 50):
        creates = " ".join(
            f's{n}: createService(input: {{metadata: {{name: "s{n}"}}, spec: {{host: "h{n}"}}}}) {{ id }}'
            for n in range(first, first + 50)
        )
        await client.graphql(f"mutation {{ {creates} }}")


async def _events(client: GraphqlClient) -> AsyncIterator[dict[str, Any]]:
    headers = {"accept": "text/event-stream"}
    async with client.client.stream("POST", "/graphql", json={"query": WATCH}, headers=headers) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and line != "data:":
                yield json.loads(line.removeprefix("data:"))["data"]["watchServices"]


async def test_another_server_finishes_what_a_killed_one_was_migrating(
    start_server: StartServer, mongo_uri: str, database: str
) -> None:
    one = start_server(mongo_uri=mongo_uri, database=database)
    client = one.graphql_client()
    await client.graphql(DEFINE)
    await _fill(client)
    other = start_server(mongo_uri=mongo_uri, database=database)
    survivor = other.graphql_client()
    async with survivor.client, asyncio.timeout(90):
        events = _events(survivor)
        while (await anext(events))["type"] != "SYNCED":
            pass
        begun = await client.graphql(EVOLVE)
        assert begun["updateResourceDefinition"]["status"]["migration"] == {"state": "RUNNING"}
        while not (await _migration(client))["done"]:
            pass
        one.stop(signal.SIGKILL)
        await client.client.aclose()
        moved = set()
        while len(moved) < COUNT:
            event = await anext(events)
            if event["type"] == "BOOKMARK":
                continue
            name = event["object"]["metadata"]["name"]
            assert event["changedPaths"] == ["/metadata/generation", "/spec/address", "/spec/host"]
            assert event["object"]["raw"]["spec"] == {"address": name.replace("s", "h")}
            assert name not in moved
            moved.add(name)
        while (migration := await _migration(survivor))["state"] == "RUNNING":  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
        assert migration == {"state": "SUCCEEDED", "done": COUNT, "total": COUNT, "failed": 0}
        await events.aclose()
