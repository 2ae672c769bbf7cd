"""Who is owned by whom, as MongoDB keeps it: two indexes that hold only resources with owners, or on their way out.

owners    metadata.ownerReferences.uid      the resources that a uid owns
deleting  deleting                          those that wait for what they own (app.store.documents)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, IndexModel

from app.store.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from app.store.mongo import Document, Store

__all__ = [
    "dependents",
    "has_owned",
    "may_have_owners",
    "may_wait",
    "metadata_of",
    "owned",
    "owners_indexes",
    "waiting",
]

_OWNERS: Final = "owners"
_UIDS: Final = "metadata.ownerReferences.uid"
_DELETING: Final = "deleting"
_AT_ONCE: Final = 500
_OUTLINE: Final = {"version": 1, "metadata": 1, _DELETING: 1}
_FIELD: Final = b"\x04ownerReferences\x00"
_MARK: Final = b"\x02deleting\x00"
_EMPTY: Final = _FIELD + b"\x05\x00\x00\x00\x00"


def owners_indexes() -> list[IndexModel]:
    """Return MongoDB's indexes of who is owned, and of who waits for what it owns."""
    return [
        IndexModel(
            [(_UIDS, ASCENDING), ("_id", ASCENDING)],
            name=_OWNERS,
            partialFilterExpression={_UIDS: {"$exists": True}},
        ),
        IndexModel(
            [(_DELETING, ASCENDING), ("_id", ASCENDING)],
            name=_DELETING,
            partialFilterExpression={_DELETING: {"$exists": True}},
        ),
    ]


async def dependents(
    store: Store, uids: Sequence[str], *, blocking: bool = False, staying: bool = False, besides: str = ""
) -> AsyncIterator[Document]:
    """Yield ``{_id, version, metadata, deleting}`` of the resources that some uids own, in the order of their keys.

    Args:
        store: The database.
        uids: Of the owners.
        blocking: Only those that block the deletion of one of them.
        staying: Only those whose deletion was not requested.
        besides: A key that is left out.
    """
    chosen: Document = {_UIDS: {"$in": list(uids)}}
    if blocking:
        one = {"uid": {"$in": list(uids)}, "blockOwnerDeletion": True}
        chosen = {"$and": [chosen, {"metadata.ownerReferences": {"$elemMatch": one}}]}
    if staying:
        chosen = {"$and": [chosen, {"metadata.deletionRequestedAt": None}]}
    after = ""
    while True:
        within = {"$and": [chosen, {"_id": {"$gt": after, "$ne": besides}}]}
        with driver_errors():
            found = store.resources.find(within, _OUTLINE, hint=_OWNERS).sort("_id", ASCENDING).limit(_AT_ONCE)
            batch = await found.to_list()
        for document in batch:
            yield document
        if len(batch) < _AT_ONCE:
            return
        after = batch[-1]["_id"]


async def owned(store: Store) -> AsyncIterator[Document]:
    """Yield ``{_id, version, metadata, deleting}`` of every resource that has owners; few are in memory at a time."""
    with driver_errors():
        found = store.resources.find({_UIDS: {"$exists": True}}, _OUTLINE, hint=_OWNERS, batch_size=_AT_ONCE)
        async with found:
            async for document in found:
                yield document


async def waiting(store: Store) -> list[str]:
    """Return the keys of the resources that wait for what they own."""
    with driver_errors():
        found = store.resources.find({_DELETING: {"$exists": True}}, {"_id": 1}, hint=_DELETING)
        return [document["_id"] async for document in found]


async def has_owned(store: Store) -> bool:
    """Tell whether any resource has an owner, or waits for what it owns."""
    with driver_errors():
        for index, condition in ((_OWNERS, _UIDS), (_DELETING, _DELETING)):
            found = store.resources.find({condition: {"$exists": True}}, {"_id": 1}, hint=index).limit(1)
            if await found.to_list():
                return True
    return False


def may_have_owners(document: bytes | None) -> bool:
    """Tell whether the bytes of a document may be those of a resource with owners: never wrong where it says no.

    Every resource has the field. Where all places that look like it look like an empty one, the real one is empty.
    """
    return document is not None and document.count(_FIELD) != document.count(_EMPTY)


def may_wait(document: bytes | None) -> bool:
    """Tell whether the bytes of a document may be those of a resource that waits for what it owns; as above."""
    return document is not None and _MARK in document


def metadata_of(document: bytes) -> dict[str, Any]:
    """Return the metadata in the bytes of a document, without decoding the rest."""
    return bson.decode(RawBSONDocument(document)["metadata"].raw)
