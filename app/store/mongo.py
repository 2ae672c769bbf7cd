"""The store: one database, its position in time, and reads and writes of documents with our errors."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson.int64 import Int64
from pymongo.errors import AutoReconnect, ServerSelectionTimeoutError

from app.errors import Expired, Unavailable
from app.store.claims import Build, Claims, Migration
from app.store.clock import DatabaseClock
from app.store.connection import DEFAULT_DATABASE, RESOURCES, connect, connect_streams, prepare
from app.store.errors import driver_errors
from app.store.identity import DatabaseIdentity, Identities
from app.store.pieces import UNDECODED, decode_cursor
from app.store.positions import position_of, timestamp_of
from app.store.sessions import WriteSession
from app.store.shared_reads import SharedRead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

    from app.store.patience import Patience

__all__ = ["Document", "Store"]

_READ_LIMIT_MILLISECONDS: Final = 30_000
_POLL_SECONDS: Final = 0.02
_AHEAD_SECONDS: Final = 5.0
_FIND_ONE: Final = {"find": RESOURCES, "limit": 1, "singleBatch": True, "readConcern": {"level": "majority"}}

Document = dict[str, Any]


class Store:
    """One database.

    Attributes:
        client: The driver's client, closed with the store if the store made it.
        database: The database.
        resources: All resources of all kinds: the one watched collection.
        streamed: The same collection, for change streams: a silent connection is given up.
        identity: What was known of the database when it was opened.
        identities: Reads and swaps of the identity.
        clock: The database's.
        builds: Which indexes are being built, and by whom.
        migrations: Which kinds are being migrated, and by whom.
    """

    def __init__(
        self,
        client: AsyncMongoClient[Document],
        database: AsyncDatabase[Document],
        identities: Identities,
        identity: DatabaseIdentity,
        *,
        streams: AsyncMongoClient[Document],
        owns_client: bool,
    ) -> None:
        self.client = client
        self._streams = streams
        self.database = database
        self.resources: AsyncCollection[Document] = database[RESOURCES]
        self.streamed: AsyncCollection[Document] = streams[database.name][RESOURCES]
        self.identities = identities
        self.identity = identity
        self.clock = DatabaseClock(database)
        self.builds = Claims(database["builds"], Build)
        self.migrations = Claims(database["migrations"], Migration)
        self._owns_client = owns_client
        self._newest = identity.first_position
        self._position = SharedRead(partial(_position, database))

    @classmethod
    async def open(
        cls, source: str | AsyncMongoClient[Document], database: str | None = None, *, pool_size: int = 64
    ) -> Store:
        """Open a database, and make what it lacks.

        Args:
            source: A connection string, or a client that stays its owner's (and must have our concerns: ``connect``).
            database: Its name; else the one in the connection string; else ``kindgraph``.
            pool_size: Greatest number of connections.

        Raises:
            UnsuitableDatabase: It cannot carry Kindgraph at all.
            Unavailable: It cannot be reached.
        """
        client = connect(source, pool_size=pool_size) if isinstance(source, str) else source
        try:
            with driver_errors():
                chosen = client.get_default_database(DEFAULT_DATABASE) if database is None else client[database]
                await prepare(chosen)
                identities = await Identities.open(chosen)
                identity = await identities.ensure(first_position=await _position(chosen))
        except BaseException:
            if client is not source:
                await client.close()
            raise
        streams = connect_streams(source) if isinstance(source, str) else source
        return cls(client, chosen, identities, identity, streams=streams, owns_client=client is not source)

    async def close(self) -> None:
        """Close the connections."""
        await self._position.close()
        if self._owns_client:
            await self._streams.close()
            await self.client.close()

    @property
    def first_position(self) -> int:
        """Return the position before which the database knows nothing."""
        return self.identity.first_position

    async def latest_position(self) -> int:
        """Return a position at or after every write that was acknowledged before the call."""
        with driver_errors():
            self._newest = max(self._newest, await self._position.get())
        return self._newest

    async def tick(self) -> int:
        """Commit something that means nothing; return a position that every change stream has to reach.

        Raises:
            Unavailable: The database takes no writes now.
        """
        with driver_errors():
            async with self.client.start_session() as session:
                await self.database["ticks"].update_one(
                    {"_id": "tick"}, {"$inc": {"n": 1}}, upsert=True, session=session
                )
                moment = session.operation_time
        return 0 if moment is None else position_of(moment)

    async def probe(self, *, timeout_seconds: float = 1.0) -> bool:
        """Tell whether the database answers in time."""
        try:
            async with asyncio.timeout(timeout_seconds):
                with driver_errors():
                    await _position(self.database)
        except (TimeoutError, Unavailable):
            return False
        return True

    async def require_position(self, position: int, *, timeout_seconds: float = _AHEAD_SECONDS) -> None:
        """Wait until a position can be read.

        Raises:
            Expired: It is from before this database, or still ahead of it after the time.
        """
        if position < self.first_position:
            raise Expired("The position is from before this database; list again.")
        if position <= self._newest:
            return
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while await self.latest_position() < position:
            if asyncio.get_running_loop().time() >= deadline:
                raise Expired("The position is ahead of this database; list again.")
            await asyncio.sleep(_POLL_SECONDS)

    async def find(self, key: str) -> Document | None:
        """Return the newest committed document of a resource's key, or None."""
        answer = await self._command({**_FIND_ONE, "filter": {"_id": key}})
        batch = answer["cursor"]["firstBatch"]
        return batch[0] if batch else None

    async def find_all(self, keys: Sequence[str]) -> dict[str, Document]:
        """Return the newest committed documents of some keys, by key; those that are not there are left out."""
        with driver_errors():
            found = self.resources.find({"_id": {"$in": list(keys)}})
            return {document["_id"]: document async for document in found}

    async def find_going(self, keys: Sequence[str], *, session: WriteSession) -> set[str]:
        """Return those of some keys whose resources' deletion was requested."""
        going = {"_id": {"$in": list(keys)}, "metadata.deletionRequestedAt": {"$ne": None}}
        with driver_errors():
            found = self.resources.find(going, {"_id": 1}, session=session.driver_session)
            return {document["_id"] async for document in found}

    async def read(
        self,
        condition: Mapping[str, Any],
        *,
        limit: int,
        sort: Sequence[tuple[str, int]] = (("_id", 1),),
        position: int | None = None,
        patience: Patience | None = None,
        **options: Any,
    ) -> tuple[list[Document], int, bool]:
        """Return documents of one snapshot, by one command.

        Args:
            condition: MongoDB's filter.
            limit: At most so many documents, and one message of 16 MiB.
            sort: MongoDB's sort.
            position: The snapshot's; None takes the newest committed one.
            patience: How long it may take, 30 seconds where none is given.
            options: Further options of MongoDB's ``find``: ``hint``, ``min``, ``max``, ``projection``.

        Returns:
            The documents, the snapshot's position, and whether the message was full before the limit.

        Raises:
            Expired: The database does not know the position any more.
            TooSlow: It takes too long.
        """
        command: dict[str, Any] = {
            "find": RESOURCES,
            "filter": condition,
            "sort": dict(sort),
            "limit": limit,
            "batchSize": limit + 1,  # one more than there can be, or the cursor of a sort stays open
            "readConcern": _snapshot(position),
            "maxTimeMS": _READ_LIMIT_MILLISECONDS if patience is None else patience.milliseconds(),
            "allowDiskUse": True,
            **options,
        }
        answer = await decode_cursor(await self._command(command, codec_options=UNDECODED))
        if cut := bool(answer["id"]):
            await self._command({"killCursors": RESOURCES, "cursors": [Int64(answer["id"])]})
        read_at = position_of(answer["atClusterTime"])
        self._newest = max(self._newest, read_at)
        return answer["firstBatch"], read_at, cut

    async def count(
        self,
        condition: Mapping[str, Any],
        *,
        position: int | None = None,
        odd: Any = None,
        patience: Patience | None = None,
        **options: Any,
    ) -> tuple[int, int]:
        """Return (documents of a snapshot that a filter selects, those of them for which an expression holds)."""
        group = {"_id": None, "all": {"$sum": 1}, "odd": {"$sum": {"$cond": [odd, 1, 0]} if odd is not None else 0}}
        command = {
            "aggregate": RESOURCES,
            "pipeline": [{"$match": condition}, {"$group": group}],
            "cursor": {},
            "readConcern": _snapshot(position),
            "maxTimeMS": _READ_LIMIT_MILLISECONDS if patience is None else patience.milliseconds(),
            **options,
        }
        batch = (await self._command(command))["cursor"]["firstBatch"]
        return (batch[0]["all"], batch[0]["odd"]) if batch else (0, 0)

    async def scan(
        self, condition: Mapping[str, Any], *, position: int | None = None, batch_size: int = 200, **options: Any
    ) -> AsyncIterator[tuple[Document, int]]:
        """Yield (document, the snapshot's position) in the order of keys, all from one snapshot, in bounded memory."""
        after: dict[str, Any] = {}
        while True:
            batch, position, cut = await self.read(
                {"$and": [condition, after]}, limit=batch_size, position=position, **options
            )
            for document in batch:
                yield document, position
            if len(batch) < batch_size and not cut:
                return
            after = {"_id": {"$gt": batch[-1]["_id"]}}

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[WriteSession]:
        """Open a session for one write: what it reads, its successors see."""
        async with self.client.start_session() as session:
            yield WriteSession(self.resources, session)

    async def _command(self, command: dict[str, Any], **options: Any) -> Any:
        """Run a command that reads; once more where the connection breaks, as the driver does for its own reads.

        Commands cost a quarter less time than the driver's cursors.
        """
        with driver_errors():
            try:
                return await self.database.command(command, **options)
            except AutoReconnect as error:
                if isinstance(error, ServerSelectionTimeoutError):
                    raise
                return await self.database.command(command, **options)


async def _position(database: AsyncDatabase[Document]) -> int:
    answer = await database.command(
        {"find": "meta", "limit": 1, "projection": {"_id": 1}, "readConcern": {"level": "majority"}}
    )
    return position_of(answer["operationTime"])


def _snapshot(position: int | None) -> dict[str, Any]:
    concern: dict[str, Any] = {"level": "snapshot"}
    if position is not None:
        concern["atClusterTime"] = timestamp_of(position)
    return concern
