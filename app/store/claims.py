"""Claims of one server among many on work that a kind needs in the background, one document for each such kind.

    {_id: "<storage key>",
     work: …,                      # what is to be done
     owner: "…", until: Date,      # whose it is, unless the time has passed by the database's clock
     fenced: Date,                 # when no write is left that may not know of the work
     after: "<key>", …}            # how far it is

The collections of claims are not watched. All times are the database's.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pymongo import ReturnDocument

from app.store.errors import LostRace, driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

__all__ = ["Build", "Claims", "Migration"]

_LEASE_MILLISECONDS: Final = 6_000
"""How long a server that died keeps others away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """How far a work over all resources of a kind is.

    Attributes:
        fenced: When no write is left that may not know of the work, by the database's clock.
        after: The work is done on resources up to this key; empty at the beginning.
        total: How many resources there were when it began; None where nobody has counted.
    """

    fenced: datetime.datetime
    after: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Build(_Work):
    """How far the build of a kind's indexes is.

    Attributes:
        indexed: How many resources have their values.
    """

    indexed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration(_Work):
    """How far a pass over the resources of a kind that is migrated is.

    Attributes:
        done: How many have been looked at in the first pass.
        failed: How many of this pass cannot be migrated.
        failures: The first of those: ``{namespace, name, path, message}``.
    """

    done: int = 0
    failed: int = 0
    failures: Sequence[Mapping[str, Any]] = ()


_W = TypeVar("_W", bound=_Work)


class Claims(Generic[_W]):
    """Claims on the works of one sort.

    Args:
        collection: Where they are kept.
        sort: What tells how far such a work is.
    """

    def __init__(self, collection: AsyncCollection[dict[str, Any]], sort: type[_W]) -> None:
        self._collection = collection
        self._sort = sort
        self._begun = {field.name: field.default for field in fields(sort) if field.name != "fenced"}

    async def claim(self, storage: str, work: Any, *, owner: str, fence_seconds: float) -> _W | None:
        """Become, or stay, the one who does a work; None where another one is, else how far it is.

        Args:
            storage: The kind's storage key.
            work: What is to be done; where it is not what was being done, the work begins anew.
            owner: Who claims it.
            fence_seconds: How long a write may still come that does not know of the work.
        """
        same = {"$eq": ["$work", {"$literal": work}]}
        anew = {"fenced": _after(int(fence_seconds * 1000)), **_literally(self._begun)}
        claimed = {
            "owner": {"$literal": owner},
            "until": _after(_LEASE_MILLISECONDS),
            "work": {"$literal": work},
            **{name: {"$cond": [same, f"${name}", value]} for name, value in anew.items()},
        }
        free = {"$or": [{"$eq": ["$owner", owner]}, {"$lt": ["$until", "$$NOW"]}]}
        try:
            with driver_errors():
                found: Any = await self._collection.find_one_and_update(
                    {"_id": storage},
                    [{"$replaceWith": {"$cond": [free, {"$mergeObjects": ["$$ROOT", claimed]}, "$$ROOT"]}}],
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
        except LostRace:
            return None
        return self._read(found) if found["owner"] == owner else None

    async def advance(self, storage: str, work: _W, *, owner: str) -> bool:
        """Note how far a work is; tells whether it is still its owner's."""
        said = asdict(work)
        del said["fenced"]
        return await self._hold(storage, _literally(said), owner=owner)

    async def renew(self, storage: str, *, owner: str) -> None:
        """Stay the one who does a work while one step of it takes long."""
        await self._hold(storage, {}, owner=owner)

    async def find(self, storage: str) -> _W | None:
        """Return how far a kind's work is, None where none has begun."""
        with driver_errors():
            found = await self._collection.find_one({"_id": storage})
        return None if found is None else self._read(found)

    async def release(self, storage: str, *, owner: str) -> None:
        """Leave a work to whoever claims it next."""
        with driver_errors():
            await self._collection.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {"owner": "", "until": _after(-1)}}]
            )

    async def forget(self, storage: str, *, owner: str) -> None:
        """Note that a work has ended."""
        with driver_errors():
            await self._collection.delete_one({"_id": storage, "owner": owner})

    async def _hold(self, storage: str, said: Mapping[str, Any], *, owner: str) -> bool:
        with driver_errors():
            answer = await self._collection.update_one(
                {"_id": storage, "owner": owner}, [{"$set": {**said, "until": _after(_LEASE_MILLISECONDS)}}]
            )
        return bool(answer.matched_count)

    def _read(self, stored: Mapping[str, Any]) -> _W:
        return self._sort(**{field.name: stored[field.name] for field in fields(self._sort)})


def _literally(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"$literal": value} for name, value in values.items()}


def _after(milliseconds: int) -> dict[str, Any]:
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": milliseconds}}
