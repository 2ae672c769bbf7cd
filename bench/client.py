"""Asking Kindgraph for what the cases need: kinds, resources, and whether it said yes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bench import workload
from bench.wire import Connection, Response, graphql_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

__all__ = ["Client", "Refused", "create_kind_request", "in_flight", "install_workload"]

_Item = TypeVar("_Item")
_MOST_RETRIES = 1000
_RETRY_SECONDS = 0.05

_CREATE_KIND = """
mutation CreateKind($input: CreateResourceDefinitionInput!) {
  createResourceDefinition(input: $input) { metadata { name } }
}
"""
_DELETE_KIND = "mutation DeleteKind($name: String!) { deleteResourceDefinition(name: $name) { metadata { name } } }"
_CREATE = """
mutation Create($input: CreateExternalServiceInput!) { createExternalService(input: $input) { metadata { name } } }
"""
_SET_STATUS = """
mutation SetStatus($name: String!, $status: ExternalServiceStatusPatch!) {
  updateExternalServiceStatus(name: $name, status: $status) { metadata { name } }
}
"""


class Refused(RuntimeError):
    """The server answered with an error.

    Attributes:
        is_retryable: Whether it says that the same request may succeed later.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.body[:2000].decode(errors='replace')}")
        self.is_retryable = b'"retryable":true' in response.body


class Client:
    """GraphQL over one connection; every error is an exception.

    Attributes:
        retries: How often this client has tried again because the server asked for it.
    """

    def __init__(self, connection: Connection) -> None:
        self.retries = 0
        self._connection = connection

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect."""
        return cls(await Connection.open(port))

    async def send(self, request: bytes) -> dict[str, Any]:
        """Send a prepared request and return its data.

        Raises:
            Refused: The answer holds errors.
        """
        response = await self._connection.send(request)
        answer = response.json() if response.status == 200 else {}
        if "data" not in answer or answer.get("errors"):
            raise Refused(response)
        data: dict[str, Any] = answer["data"]
        return data

    async def send_until_accepted(self, request: bytes) -> dict[str, Any]:
        """Send a prepared request, again where the server asks for that, and return its data.

        Raises:
            Refused: The answer holds errors that trying again does not help, or has not helped for long.
        """
        while True:
            try:
                return await self.send(request)
            except Refused as refused:
                if not refused.is_retryable or self.retries > _MOST_RETRIES:
                    raise
                self.retries += 1
                await asyncio.sleep(_RETRY_SECONDS)

    async def create_kind(self, kind: str) -> None:
        """Define one kind."""
        await self.send_until_accepted(create_kind_request(kind))

    async def delete_kind(self, kind: str) -> None:
        """Remove one kind."""
        await self.send_until_accepted(graphql_request(_DELETE_KIND, {"name": kind}))

    async def create_resource(self, index: int) -> None:
        """Create one resource of the workload, and its status."""
        resource = workload.resource(index)
        metadata = {"name": resource["name"], "labels": resource["labels"]}
        create = {"input": {"metadata": metadata, "spec": resource["spec"]}}
        await self.send_until_accepted(graphql_request(_CREATE, create))
        status = {"name": resource["name"], "status": resource["status"]}
        await self.send_until_accepted(graphql_request(_SET_STATUS, status))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def create_kind_request(kind: str) -> bytes:
    """Return the request that defines one kind."""
    return graphql_request(_CREATE_KIND, {"input": {"spec": workload.definition(kind)}})


async def in_flight(
    items: Iterable[_Item], action: Callable[[Client, _Item], Awaitable[None]], *, port: int, concurrency: int
) -> int:
    """Do something for each item, several at a time over as many connections; return the count of retries."""
    remaining = iter(items)

    async def work() -> int:
        client = await Client.open(port)
        try:
            for item in remaining:
                await action(client, item)
        finally:
            client.close()
        return client.retries

    async with asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(work()) for _ in range(concurrency)]
    return sum(task.result() for task in working)


async def install_workload(port: int, *, resources: int) -> None:
    """Define the workload's kind and create its resources."""
    client = await Client.open(port)
    await client.create_kind("ExternalService")
    client.close()
    await in_flight(range(resources), Client.create_resource, port=port, concurrency=8)
