"""Removing all resources of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.resources.keys import kind_range
from app.store.errors import driver_errors
from app.store.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.store.mongo import Document, Store
    from app.store.slots import Slot

__all__ = ["count_resources", "count_unindexed", "has_resources", "held_resources", "some_resources", "sweep"]

_AT_ONCE: Final = 1_000
_COUNTED_SECONDS: Final = 600.0
_FREE: Final[dict[str, Any]] = {"metadata.finalizers": []}


async def has_resources(store: Store, storage: str) -> bool:
    """Tell whether a kind has any resource."""
    documents, _, _ = await store.read(_range(storage), limit=1, projection={"_id": 1})
    return bool(documents)


async def count_resources(store: Store, storage: str) -> int:
    """Return how many resources a kind has."""
    return (await store.count(_range(storage)))[0]


async def count_unindexed(store: Store, storage: str, slots: Sequence[Slot]) -> int:
    """Return how many resources of a kind have no values of some indexes."""
    absent = {"$or": [{f"{slot.name}.k": {"$ne": slot.key}} for slot in slots]}
    return (await store.count({"$and": [_range(storage), absent]}, patience=Patience(_COUNTED_SECONDS)))[0]


async def sweep(store: Store, storage: str, *, held_too: bool = False) -> None:
    """Delete the resources of a kind, some at a time.

    Args:
        store: The database.
        storage: The kind's storage key.
        held_too: Also those that finalizers hold: nobody serves the kind any more.
    """
    chosen = _range(storage) if held_too else {"$and": [_range(storage), _FREE]}
    while True:
        documents, _, _ = await store.read(chosen, limit=_AT_ONCE, projection={"_id": 1})
        if not documents:
            return
        keys = [document["_id"] for document in documents]
        with driver_errors():
            await store.resources.delete_many({"_id": {"$in": keys}} if held_too else {"_id": {"$in": keys}, **_FREE})


async def held_resources(store: Store, storage: str) -> list[Document]:
    """Return some resources of a kind whose deletion was not asked for yet."""
    chosen = {"$and": [_range(storage), {"metadata.deletionRequestedAt": None}]}
    documents, _, _ = await store.read(chosen, limit=_AT_ONCE)
    return documents


async def some_resources(store: Store, storage: str, *, most: int) -> list[Document]:
    """Return ``{_id, metadata}`` of the first resources of a kind."""
    documents, _, _ = await store.read(_range(storage), limit=most, projection={"metadata": 1})
    return documents


def _range(storage: str) -> Document:
    keys = kind_range(storage)
    return {"_id": {"$gt": keys.after, "$lt": keys.before}}
