"""Opening a database: a client that waits for no one too long, and the collections that Kindgraph needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo import AsyncMongoClient
from pymongo.errors import CollectionInvalid, OperationFailure

from app.store.errors import UnsuitableDatabase
from app.store.links import links_index
from app.store.owners import owners_indexes
from app.store.slots import index_models

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

__all__ = ["DEFAULT_DATABASE", "RESOURCES", "connect", "connect_streams", "prepare"]

DEFAULT_DATABASE: Final = "kindgraph"
RESOURCES: Final = "resources"
_NAMESPACE_EXISTS: Final = 48
_MOST_STREAMS: Final = 32
_SILENCE_MILLISECONDS: Final = 30_000
"""A connection that is silent for so long is dead, and so is the host at its other end, for all that we know."""


def connect(uri: str, *, pool_size: int, **options: Any) -> AsyncMongoClient[dict[str, Any]]:
    """Return a client whose writes are majority-committed and journaled, and whose reads see only such writes.

    Args:
        uri: MongoDB's connection string; what is set here wins over its options.
        pool_size: Greatest number of connections.
        options: Further options of the driver's client.
    """
    return AsyncMongoClient(
        uri,
        appname="kindgraph",
        w="majority",
        journal=True,
        wTimeoutMS=10_000,
        readConcernLevel="majority",
        readPreference="primary",
        retryWrites=True,
        retryReads=True,
        maxPoolSize=pool_size,
        waitQueueTimeoutMS=10_000,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=3_000,
        tz_aware=True,
        **options,
    )


def connect_streams(uri: str) -> AsyncMongoClient[dict[str, Any]]:
    """Return a client for change streams, which gives up connections that are open and silent.

    Giving up must not depend on an answer, either: a stream is closed by a command that goes to the same host.
    """
    return connect(uri, pool_size=_MOST_STREAMS, socketTimeoutMS=_SILENCE_MILLISECONDS)


async def prepare(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Make the collections and indexes that are not there yet; any number of servers may do so at once.

    Raises:
        UnsuitableDatabase: It is no replica set, or its collection is not one of ours.
    """
    hello = await database.client.admin.command("hello")
    if hello.get("msg") == "isdbgrid":
        raise UnsuitableDatabase("Kindgraph needs a replica set; it does not run on a sharded cluster")
    if "setName" not in hello:
        raise UnsuitableDatabase("Kindgraph needs a replica set (one member is enough); this mongod is none")
    try:
        await database.create_collection(
            RESOURCES,
            check_exists=False,
            clusteredIndex={"key": {"_id": 1}, "unique": True},
            changeStreamPreAndPostImages={"enabled": True},
        )
    except (CollectionInvalid, OperationFailure) as error:
        if isinstance(error, OperationFailure) and error.code != _NAMESPACE_EXISTS:
            raise
    options = await database[RESOURCES].options()
    if "clusteredIndex" not in options or not options.get("changeStreamPreAndPostImages", {}).get("enabled"):
        raise UnsuitableDatabase(
            f"the database {database.name!r} has a collection {RESOURCES!r} that is not Kindgraph's"
        )
    await database[RESOURCES].create_indexes([*index_models(), links_index(), *owners_indexes()])
