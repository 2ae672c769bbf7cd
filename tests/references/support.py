"""Kinds that name each other, on a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient

if TYPE_CHECKING:
    from tests.support.serving import GraphqlClient

DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
TEXT: Mapping[str, Any] = {"type": "string"}


def names(kind: str, **more: Any) -> dict[str, Any]:
    """Return the schema of a string that names a resource."""
    return {"type": "string", "x-kindgraph-ref": {"kind": kind, **more}}


def named(kind: str, properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the ``spec`` of a definition."""
    return {
        "kind": kind,
        "schema": {"type": "object", "properties": dict(properties), **more.pop("schema", {})},
        **more,
    }


DATABASE = named("Database", {"host": TEXT, "zone": names("Zone"), "secret": {"type": "string", "writeOnly": True}})
ZONE = named("Zone", {"region": TEXT}, scope="CLUSTER")
APP = named(
    "App",
    {
        "database": names("Database", namespaceFrom="databaseNamespace"),
        "databaseNamespace": TEXT,
        "replicas": {"type": "array", "items": names("Database")},
        "parent": names("App"),
        "parts": {"type": "array", "items": {"type": "object", "properties": {"store": names("Database")}}},
    },
)


async def define(server: GraphqlClient, *specs: Mapping[str, Any]) -> None:
    for spec in specs:
        await server.graphql(DEFINE, {"input": {"spec": spec}})


async def create(server: GraphqlClient, kind: str, name: str, spec: Any = None, **metadata: Any) -> dict[str, Any]:
    """Create a resource and return the whole answer."""
    body = {"metadata": {"name": name, **metadata}} | ({} if spec is None else {"spec": spec})
    mutation = f"mutation($i: Create{kind}Input!) {{ create{kind}(input: $i) {{ id metadata {{ uid }} }} }}"
    return await server.request(mutation, {"i": body})


async def created(server: GraphqlClient, kind: str, name: str, spec: Any = None, **metadata: Any) -> None:
    answer = await create(server, kind, name, spec, **metadata)
    assert "errors" not in answer, answer


async def delete(server: GraphqlClient, kind: str, name: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Delete a resource and return the whole answer."""
    mutation = f"mutation($n: String!, $d: Boolean!) {{ delete{kind}(name: $n, dryRun: $d) {{ metadata {{ name }} }} }}"
    return await server.request(mutation, {"n": name, "d": dry_run})


async def names_of(server: GraphqlClient, plural: str) -> list[str]:
    data = await server.graphql(f"{{ {plural}(first: 500) {{ nodes {{ metadata {{ name }} }} }} }}")
    return [node["metadata"]["name"] for node in data[plural]["nodes"]]


class Profile:
    """The commands that a database has run on its resources."""

    def __init__(self) -> None:
        self.finds: list[Any] = []


@asynccontextmanager
async def profiled(uri: str, database: str) -> AsyncIterator[Profile]:
    """Note the finds of a block; they are there after it."""
    profile = Profile()
    async with AsyncMongoClient[dict[str, Any]](uri) as client:
        chosen = client[database]
        await chosen.command("profile", 2)
        try:
            yield profile
        finally:
            await chosen.command("profile", 0)
        seen = chosen["system.profile"].find({"ns": f"{database}.resources", "command.find": "resources"})
        profile.finds = [entry["command"] async for entry in seen]
