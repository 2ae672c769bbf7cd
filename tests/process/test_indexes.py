"""Indexes of servers in processes of their own, the builder among them being killed."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.serving import GraphqlClient, StartServer

DEFINE = """mutation ($indexes: [ResourceDefinitionSpecIndexesPatch!]) {
  applyResourceDefinition(input: {spec: {
    kind: "Service", indexes: $indexes
    schema: {type: "object", properties: {port: {type: "integer", format: "int32"}}}
  }}) { status { indexes { state } } }
}"""
CREATE = """mutation ($name: String!, $port: Int!) {
  createService(input: {metadata: {name: $name}, spec: {port: $port}}) { metadata { name } }
}"""
INDEXES = '{ resourceDefinition(name: "Service") { status { indexes { fields unique state } } } }'
FOUND = "{ services(where: {spec: {port: {gt: 1}}}, orderBy: [SPEC_PORT_DESC]) { nodes { metadata { name } } } }"


async def _indexes(client: GraphqlClient) -> list[dict[str, Any]]:
    indexes: list[dict[str, Any]] = (await client.graphql(INDEXES))["resourceDefinition"]["status"]["indexes"]
    return indexes


async def test_another_server_finishes_what_a_killed_one_was_building(
    start_server: StartServer, mongo_uri: str, database: str
) -> None:
    one = start_server(mongo_uri=mongo_uri, database=database)
    client = one.graphql_client()
    await client.graphql(DEFINE)
    for number in range(4):
        await client.graphql(CREATE, {"name": f"s{number}", "port": number})
    declared = await client.graphql(DEFINE, {"indexes": [{"fields": ["spec.port"], "unique": True}]})
    assert declared["applyResourceDefinition"]["status"]["indexes"] == [{"state": "BUILDING"}]
    other = start_server(mongo_uri=mongo_uri, database=database)
    survivor = other.graphql_client()
    one.stop(signal.SIGKILL)
    await client.client.aclose()
    async with survivor.client, asyncio.timeout(60):
        while (index := (await _indexes(survivor))[0])["state"] == "BUILDING":
            nodes = (await survivor.graphql(FOUND))["services"]["nodes"]
            assert [node["metadata"]["name"] for node in nodes] == ["s3", "s2"]
            await asyncio.sleep(0.2)
        assert index == {"fields": ["spec.port"], "unique": True, "state": "READY"}
        (error,) = await survivor.errors(CREATE, {"name": "again", "port": 3})
        assert error["extensions"]["code"] == "ALREADY_EXISTS"
        assert error["extensions"]["retryable"] is False
        assert error["extensions"]["resource"] == {"name": "s3", "namespace": "default"}
