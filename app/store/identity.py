"""The database's own document: who it is, where its history begins, and which definitions it has.

The collection ``meta`` is not watched. Definitions are written by compare-and-swap of ``version`` in here, in one
transaction with the definition: so they are serial, whichever server writes them.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from beanie import Document, init_beanie
from pydantic import BaseModel, Field
from pymongo.errors import DuplicateKeyError

from app.resources.keys import FIRST_FREE_KEY
from app.store.errors import LostRace

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

__all__ = ["DatabaseIdentity", "Identities"]

_ID: Final = "kindgraph"


class DatabaseIdentity(BaseModel):
    """What the database knows of itself.

    Attributes:
        database_id: Made once; another one means another history, even under the same address.
        first_position: Positions before it were never Kindgraph's.
        version: Counts writes of definitions.
        next_storage_key: Counts kinds; never goes back.
        retired: Storage keys of removed kinds whose last stragglers are still to be swept.
    """

    database_id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    first_position: int = 0
    version: int = 0
    next_storage_key: int = FIRST_FREE_KEY
    retired: list[str] = Field(default_factory=list)

    def following(self, *, new_kinds: int) -> DatabaseIdentity:
        """Return what one more write of a definition makes of this."""
        changes = {"version": self.version + 1, "next_storage_key": self.next_storage_key + new_kinds}
        return self.model_copy(update=changes)


def _document_class() -> type[Any]:
    """Return a document class of one store: Beanie binds each class to one database, for good."""

    class IdentityDocument(DatabaseIdentity, Document):
        id: str = _ID  # type: ignore[assignment]

        class Settings:
            name = "meta"

    return IdentityDocument


class Identities:
    """Reads and swaps the one document of one database."""

    def __init__(self, model: type[Any]) -> None:
        self._model = model

    @classmethod
    async def open(cls, database: AsyncDatabase[dict[str, Any]]) -> Identities:
        """Bind a document class to a database."""
        model = _document_class()
        await init_beanie(database=database, document_models=[model])
        return cls(model)

    async def ensure(self, *, first_position: int) -> DatabaseIdentity:
        """Return the document; the first server of a database makes it."""
        found: DatabaseIdentity | None = await self._model.get(_ID)
        if found is not None:
            return found
        made = self._model(first_position=first_position)
        try:
            await made.insert()
        except DuplicateKeyError:
            return await self.read()
        return DatabaseIdentity.model_validate(made.model_dump())

    async def read(self) -> DatabaseIdentity:
        """Return the document as it is now."""
        found: DatabaseIdentity | None = await self._model.get(_ID)
        if found is None:
            raise LostRace
        return found

    async def version(self) -> int:
        """Return the count of definition writes."""
        found = await self._model.get_pymongo_collection().find_one({"_id": _ID}, {"version": 1})
        return int(found["version"]) if found else 0

    async def swap(
        self, session: AsyncClientSession, *, version: int, new_kinds: int = 0, retire: str | None = None
    ) -> None:
        """Count one write of a definition, inside its transaction.

        Args:
            session: Has the transaction.
            version: The version that the decision was made on.
            new_kinds: How many storage keys the write takes.
            retire: Storage key of a kind that the write removes.

        Raises:
            LostRace: Another definition was written since.
        """
        change: dict[str, Any] = {"$inc": {"version": 1, "next_storage_key": new_kinds}}
        if retire is not None:
            change["$addToSet"] = {"retired": retire}
        collection = self._model.get_pymongo_collection()
        answer = await collection.update_one({"_id": _ID, "version": version}, change, session=session)
        if answer.matched_count == 0:
            raise LostRace

    async def swept(self, storage: str) -> None:
        """Forget a removed kind whose resources are all gone."""
        await self._model.get_pymongo_collection().update_one({"_id": _ID}, {"$pull": {"retired": storage}})
