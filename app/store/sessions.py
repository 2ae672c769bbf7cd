"""Writes of documents, and where in time they are.

A session is causally consistent: what it reads after a lost race includes whatever won. The position of its last read
is the version of what it writes next: not before the predecessor's commit, and before its own.

A write may have a time, by the database's clock, after which the database itself refuses it: however long it was on
its way, it is not decided by a definition that everybody else has left behind.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bson.int64 import Int64
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import DuplicateKeyError, WriteError
from pymongo.read_concern import ReadConcern

from app.store.errors import LostRace, driver_errors
from app.store.placing import Sent, find_commit
from app.store.positions import position_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.collection import AsyncCollection

    from app.store.changes import ChangeEvent
    from app.store.slots import Slot

__all__ = ["WriteSession"]

_WRITE_CONCERN = WriteConcern(w="majority", j=True, wtimeout=10_000)
_CONVERSION_FAILED = 241
_NO_VERSION = -1


class WriteSession:
    """One writer's view: reads and writes of documents by key and version.

    Attributes:
        driver_session: The driver's session, for the swap of the identity in the same transaction.
    """

    def __init__(self, resources: AsyncCollection[dict[str, Any]], driver_session: AsyncClientSession) -> None:
        self._resources = resources
        self.driver_session = driver_session
        self._sent: Sent | None = None

    @property
    def position(self) -> int:
        """Return the position of the last read, or one at or after the commit of the last write."""
        moment = self.driver_session.operation_time
        return position_of(moment) if moment is not None else 0

    async def committed_at(self) -> int:
        """Return the position of the last write's commit; of the last read, where nothing was written.

        Raises:
            Unavailable: The driver may have sent the write twice, and the database cannot tell now.
        """
        if self._sent is None or self._sent.was_sent_once(self._topology):
            return self.position
        return await find_commit(self._resources, self._sent)

    @property
    def _topology(self) -> object:
        return self._resources.database.client.topology_description

    def _sending(self, key: str, is_ours: Callable[[ChangeEvent], bool]) -> None:
        self._sent = Sent(key, since=self.position, is_ours=is_ours, topology=self._topology)

    async def find(self, key: str) -> dict[str, Any] | None:
        """Return the newest committed document of a key, or None."""
        self._sent = None
        with driver_errors():
            return await self._resources.find_one({"_id": key}, session=self.driver_session)

    async def outlines(self, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return some fields of the newest committed documents of some keys, by key; absent ones are left out."""
        with driver_errors():
            found = self._resources.find(
                {"_id": {"$in": list(keys)}}, dict.fromkeys(fields, 1), session=self.driver_session
            )
            return {document["_id"]: document async for document in found}

    async def insert(self, document: Mapping[str, Any], *, until: datetime.datetime | None = None) -> None:
        """Insert a document.

        Args:
            document: The new one.
            until: When the database is to refuse it.

        Raises:
            LostRace: Its key, or the values of a unique index, are taken; or it is too late.
        """
        self._sending(document["_id"], _making(document))
        with driver_errors():
            if until is None:
                await self._resources.insert_one(_wide(document), session=self.driver_session)
            else:
                await self._insert_until(document, until)

    async def _insert_until(self, document: Mapping[str, Any], until: datetime.datetime) -> None:
        """Insert by an upsert that matches nothing, since only an update can look at the clock."""
        key = document["_id"]
        late = {"$toInt": {"$concat": ["too late for ", "$_id"]}}  # fails: nothing is written
        timely = {"$cond": [{"$lt": ["$$NOW", until]}, {"$literal": _wide(document)}, late]}
        try:
            await self._resources.update_one(
                {"_id": key, "version": _NO_VERSION},
                [{"$replaceWith": timely}],
                upsert=True,
                session=self.driver_session,
            )
        except DuplicateKeyError:
            raise
        except WriteError as error:
            if error.code == _CONVERSION_FAILED:
                raise LostRace from error
            raise

    async def replace(self, document: Mapping[str, Any], *, seen: int, until: datetime.datetime | None = None) -> None:
        """Replace the document of the same key.

        Args:
            document: The next one.
            seen: Version of the one that was read.
            until: When the database is to refuse it.

        Raises:
            LostRace: That version is not there any more, or the values of a unique index are taken; or it is too late.
        """
        timely = {} if until is None else {"$expr": {"$lt": ["$$NOW", until]}}
        self._sending(document["_id"], _making(document))
        with driver_errors():
            answer = await self._resources.replace_one(
                {"_id": document["_id"], "version": seen, **timely}, _wide(document), session=self.driver_session
            )
        if answer.matched_count == 0:
            raise LostRace

    async def delete(self, key: str, *, seen: int) -> None:
        """Delete a document.

        Raises:
            LostRace: The version that was read is not there any more.
        """
        self._sending(key, lambda event: event.is_removal)
        with driver_errors():
            answer = await self._resources.delete_one({"_id": key, "version": seen}, session=self.driver_session)
        if answer.deleted_count == 0:
            raise LostRace

    async def try_slots(self, document: Mapping[str, Any], slots: Sequence[Slot]) -> None:
        """Look whether another resource has the same values of a unique index.

        Raises:
            LostRace: One has.
        """
        for slot in slots:
            held = document[slot.name]
            if not slot.unique or "n" in held:
                continue
            same = {f"{slot.name}.{column}": value for column, value in held.items()}
            with driver_errors():
                other = await self._resources.find_one(
                    {**same, "_id": {"$ne": document["_id"]}}, {"_id": 1}, session=self.driver_session
                )
            if other is not None:
                raise LostRace(slot.name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit what is written inside at once, or nothing of it; at most one watched document."""
        with driver_errors():
            async with await self.driver_session.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=_WRITE_CONCERN,
                read_preference=ReadPreference.PRIMARY,
            ):
                yield


def _making(document: Mapping[str, Any]) -> Callable[[ChangeEvent], bool]:
    """Return what tells the change that made a document: another's, made and gone before it, may have its version."""
    version, uid = document["version"], _uid(document)

    def is_ours(event: ChangeEvent) -> bool:
        after = event.after() if event.version == version else None
        return after is not None and _uid(after) == uid

    return is_ours


def _uid(document: Mapping[str, Any]) -> str | None:
    uid: str | None = document.get("metadata", {}).get("uid")
    return uid


def _wide(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "version": Int64(document["version"])}
