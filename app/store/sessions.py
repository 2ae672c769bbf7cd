"""Writes of documents, and where in time they are.

A session is causally consistent: what it reads after a lost race includes whatever won. The position of its last read
is the version of what it writes next: not before the predecessor's commit, and before its own.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bson.int64 import Int64
from pymongo import ReadPreference, WriteConcern
from pymongo.read_concern import ReadConcern

from app.store.errors import LostRace, driver_errors
from app.store.positions import position_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.collection import AsyncCollection

    from app.store.slots import Slot

__all__ = ["WriteSession"]

_WRITE_CONCERN = WriteConcern(w="majority", j=True, wtimeout=10_000)


class WriteSession:
    """One writer's view: reads and writes of documents by key and version.

    Attributes:
        driver_session: The driver's session, for the swap of the identity in the same transaction.
    """

    def __init__(self, resources: AsyncCollection[dict[str, Any]], driver_session: AsyncClientSession) -> None:
        self._resources = resources
        self.driver_session = driver_session

    @property
    def position(self) -> int:
        """Return the position of the last read, or the commit position of the last write."""
        moment = self.driver_session.operation_time
        return position_of(moment) if moment is not None else 0

    async def find(self, key: str) -> dict[str, Any] | None:
        """Return the newest committed document of a key, or None."""
        with driver_errors():
            return await self._resources.find_one({"_id": key}, session=self.driver_session)

    async def insert(self, document: Mapping[str, Any]) -> None:
        """Insert a document.

        Raises:
            LostRace: Its key, or the values of a unique index, are taken.
        """
        with driver_errors():
            await self._resources.insert_one(_wide(document), session=self.driver_session)

    async def replace(self, document: Mapping[str, Any], *, seen: int) -> None:
        """Replace the document of the same key.

        Args:
            document: The next one.
            seen: Version of the one that was read.

        Raises:
            LostRace: That version is not there any more, or the values of a unique index are taken.
        """
        with driver_errors():
            answer = await self._resources.replace_one(
                {"_id": document["_id"], "version": seen}, _wide(document), session=self.driver_session
            )
        if answer.matched_count == 0:
            raise LostRace

    async def delete(self, key: str, *, seen: int) -> None:
        """Delete a document.

        Raises:
            LostRace: The version that was read is not there any more.
        """
        with driver_errors():
            answer = await self._resources.delete_one({"_id": key, "version": seen}, session=self.driver_session)
        if answer.deleted_count == 0:
            raise LostRace

    async def try_slots(self, document: Mapping[str, Any], unique: Sequence[Slot]) -> None:
        """Look whether another resource has the same values of a unique index.

        Raises:
            LostRace: One has.
        """
        for slot in unique:
            held = document[slot.name]
            if "n" in held:
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


def _wide(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "version": Int64(document["version"])}
