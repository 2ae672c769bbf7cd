"""Who migrates the resources of which kind, and how far that is: one document for each kind with pending migrations.

    {_id: "<storage key>",
     run: 7…,                      # the newest run that is worked on
     owner: "…", until: Date,      # whose it is, unless the time has passed by the database's clock
     fenced: Date,                 # when no write is left that may not know of the run
     after: "<key>",               # resources up to here have been looked at in this pass
     done: 1200, total: 5000, failed: 1, failures: [{namespace, name, path, message}], startedAt: Date}

The collection ``migrations`` is not watched. All times are the database's.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument

from app.store.errors import LostRace, driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

__all__ = ["Migrations", "Progress"]

_LEASE_MILLISECONDS: Final = 6_000
"""How long a server that died keeps others away."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass over a kind's resources is.

    Attributes:
        after: Resources up to this key have been looked at; empty at the beginning.
        done: How many have been looked at in the first pass.
        total: How many there were when it began; None where nobody has counted.
        failed: How many of this pass cannot be migrated.
        failures: The first of those.
        fenced: When no write is left that may not know of the migration, by the database's clock.
    """

    after: str
    done: int
    total: int | None
    failed: int
    failures: tuple[Mapping[str, Any], ...]
    fenced: datetime.datetime

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> Progress:
        """Return what a document says."""
        failures = tuple(stored["failures"])
        return cls(stored["after"], stored["done"], stored["total"], stored["failed"], failures, stored["fenced"])


class Migrations:
    """Claims of those who migrate, and their progress."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._migrations = database["migrations"]

    async def claim(self, storage: str, run: int, *, owner: str, fence_seconds: float) -> Progress | None:
        """Become, or stay, the one who migrates a kind; None where another one does.

        Args:
            storage: The kind's storage key.
            run: The newest run; where it is another than the one that was worked on, the work begins anew.
            owner: Who claims it.
            fence_seconds: How long a write may still come that does not know of the run.
        """
        same = {"$eq": ["$run", run]}
        anew = {
            "fenced": _after(int(fence_seconds * 1000)),
            "after": "",
            "done": 0,
            "total": None,
            "failed": 0,
            "failures": [],
        }
        claimed: dict[str, Any] = {
            "owner": {"$literal": owner},
            "until": _after(_LEASE_MILLISECONDS),
            "run": run,
            **{name: {"$cond": [same, f"${name}", value]} for name, value in anew.items()},
        }
        free = {"$or": [{"$eq": ["$owner", owner]}, {"$lt": ["$until", "$$NOW"]}]}
        try:
            with driver_errors():
                found: Any = await self._migrations.find_one_and_update(
                    {"_id": storage},
                    [{"$replaceWith": {"$cond": [free, {"$mergeObjects": ["$$ROOT", claimed]}, "$$ROOT"]}}],
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
        except LostRace:
            return None
        return Progress.from_document(found) if found["owner"] == owner else None

    async def advance(self, storage: str, *, owner: str, progress: Progress) -> bool:
        """Note how far a pass is; tells whether it is still its owner's."""
        said = asdict(progress)
        del said["fenced"]
        said["failures"] = {"$literal": [dict(one) for one in progress.failures]}
        with driver_errors():
            answer = await self._migrations.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {**said, "until": _after(_LEASE_MILLISECONDS)}}]
            )
        return bool(answer.matched_count)

    async def find(self, storage: str) -> Progress | None:
        """Return how far the migration of a kind is, None where none has begun."""
        with driver_errors():
            found = await self._migrations.find_one({"_id": storage})
        return None if found is None else Progress.from_document(found)

    async def release(self, storage: str, *, owner: str) -> None:
        """Leave a migration to whoever claims it next."""
        with driver_errors():
            await self._migrations.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {"owner": "", "until": _after(-1)}}]
            )

    async def forget(self, storage: str, *, owner: str) -> None:
        """Note that a migration has ended."""
        with driver_errors():
            await self._migrations.delete_one({"_id": storage, "owner": owner})


def _after(milliseconds: int) -> dict[str, Any]:
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": milliseconds}}
