"""Who builds the indexes of which kind, and how far it is: one document for each kind with indexes in the making.

    {_id: "<storage key>",
     slots: ["x3 0000rs:7…"],      # what is built
     owner: "…", until: Date,      # whose it is, unless the time has passed by the database's clock
     fenced: Date,                 # when no write is left that may not know of the indexes
     after: "<key>",               # resources up to here have their values
     indexed: 1200, total: 5000}

The collection ``builds`` is not watched. All times are the database's.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument

from app.store.errors import LostRace, driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    from app.store.slots import Slot

__all__ = ["Build", "Builds"]

_LEASE_MILLISECONDS: Final = 6_000
"""How long a builder that died keeps others away."""


@dataclass(frozen=True, slots=True)
class Build:
    """How far a build is.

    Attributes:
        after: Resources up to this key have their values; empty at the beginning.
        indexed: How many those are.
        total: How many there were when it began.
        fenced: When no write is left that may not know of the indexes, by the database's clock.
    """

    after: str
    indexed: int
    total: int | None
    fenced: datetime.datetime

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> Build:
        """Return what a document says."""
        return cls(stored["after"], stored["indexed"], stored["total"], stored["fenced"])


class Builds:
    """Claims of builders, and their progress."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._builds = database["builds"]

    async def claim(self, storage: str, slots: Sequence[Slot], *, owner: str, fence_seconds: float) -> Build | None:
        """Become, or stay, the builder of a kind's indexes; None where another one is.

        Args:
            storage: The kind's storage key.
            slots: What is to be built; where it is not what was being built, the build begins anew.
            owner: Who claims it.
            fence_seconds: How long a write may still come that does not know of the indexes.
        """
        wanted = [f"{slot.name} {slot.key}" for slot in slots]
        same = {"$eq": ["$slots", wanted]}
        claimed = {
            "owner": {"$literal": owner},
            "until": _after(_LEASE_MILLISECONDS),
            "slots": wanted,
            "fenced": {"$cond": [same, "$fenced", _after(int(fence_seconds * 1000))]},
            "after": {"$cond": [same, "$after", ""]},
            "indexed": {"$cond": [same, "$indexed", 0]},
            "total": {"$cond": [same, "$total", None]},
        }
        free = {"$or": [{"$eq": ["$owner", owner]}, {"$lt": ["$until", "$$NOW"]}]}
        try:
            with driver_errors():
                found: Any = await self._builds.find_one_and_update(
                    {"_id": storage},
                    [{"$replaceWith": {"$cond": [free, {"$mergeObjects": ["$$ROOT", claimed]}, "$$ROOT"]}}],
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
        except LostRace:
            return None
        return Build.from_document(found) if found["owner"] == owner else None

    async def advance(self, storage: str, *, owner: str, build: Build) -> bool:
        """Note how far a build is; tells whether it is still its owner's."""
        progress = {"after": build.after, "indexed": build.indexed, "total": build.total}
        with driver_errors():
            answer = await self._builds.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {**progress, "until": _after(_LEASE_MILLISECONDS)}}]
            )
        return bool(answer.matched_count)

    async def renew(self, storage: str, *, owner: str) -> None:
        """Stay the builder while one step takes long."""
        with driver_errors():
            await self._builds.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {"until": _after(_LEASE_MILLISECONDS)}}]
            )

    async def find(self, storage: str) -> Build | None:
        """Return how far the build of a kind's indexes is, None where none has begun."""
        with driver_errors():
            found = await self._builds.find_one({"_id": storage})
        return None if found is None else Build.from_document(found)

    async def release(self, storage: str, *, owner: str) -> None:
        """Leave a build to whoever claims it next."""
        with driver_errors():
            await self._builds.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {"owner": "", "until": _after(-1)}}]
            )

    async def forget(self, storage: str, *, owner: str) -> None:
        """Note that a build has ended."""
        with driver_errors():
            await self._builds.delete_one({"_id": storage, "owner": owner})


def _after(milliseconds: int) -> dict[str, Any]:
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": milliseconds}}
