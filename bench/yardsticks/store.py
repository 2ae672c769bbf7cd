"""The yardsticks' collection: documents laid out as Kindgraph lays out its own, read by PyMongo's async client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient

from bench import workload

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

__all__ = ["DATABASE", "ServiceStore", "seed"]

DATABASE = "kindgraph_yardsticks"
_PREFIX = f"0001 {workload.NAMESPACE} "
_PREFIX_END = f"0001 {workload.NAMESPACE}!"  # '!' follows the space


class ServiceStore:
    """Reads of one collection with a clustered index over ``"<kind> <namespace> <name>"``."""

    def __init__(self, mongo_uri: str) -> None:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_uri)
        self._services: AsyncCollection[dict[str, Any]] = client[DATABASE]["resources"]

    async def find(self, name: str) -> dict[str, Any] | None:
        """Return one stored document, or None."""
        return await self._services.find_one({"_id": _PREFIX + name})

    async def list(self, first: int) -> list[dict[str, Any]]:
        """Return the first documents by name."""
        within = {"_id": {"$gte": _PREFIX, "$lt": _PREFIX_END}}
        return await self._services.find(within).sort("_id", 1).limit(first).to_list()


async def seed(mongo_uri: str, count: int) -> None:
    """Fill the collection with ``count`` resources, replacing what it held."""
    async with AsyncMongoClient[dict[str, Any]](mongo_uri) as client:
        database = client[DATABASE]
        await database.drop_collection("resources")
        await database.create_collection("resources", clusteredIndex={"key": {"_id": 1}, "unique": True})
        await database["resources"].insert_many([_document(index) for index in range(count)])


def _document(index: int) -> dict[str, Any]:
    resource = workload.resource(index)
    return {
        "_id": _PREFIX + resource["name"],
        "metadata": {
            "name": resource["name"],
            "namespace": workload.NAMESPACE,
            "uid": f"00000000-0000-4000-8000-{index:012d}",
            "labels": resource["labels"],
            "resourceVersion": str(7_400_000_000_000_000_000 + index),
            "generation": 1,
            "createdAt": "2025-01-01T00:00:00.000Z",
            "updatedAt": "2025-01-01T00:00:00.000Z",
        },
        "spec": resource["spec"],
        "status": resource["status"],
    }
