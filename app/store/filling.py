"""Giving the resources that a kind already has their values of a newly declared index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pymongo import UpdateOne

from app.resources.keys import kind_range, split_key
from app.store.documents import state_of
from app.store.errors import LostRace, driver_errors
from app.store.slots import Slot, slot_failures, slot_values
from schema_builder.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.store.mongo import Document, Store

__all__ = ["fill_slots"]

_AT_ONCE: Final = 200


async def fill_slots(store: Store, storage: str, slots: Sequence[Slot]) -> list[Failure]:
    """Write the values of new indexes into all resources of a kind; nobody else writes to the kind meanwhile.

    The resources' versions stay as they are: for watchers nothing happens. Whatever is left by a run that did not end
    well is never seen, since the keys of its slots are used by no definition.

    Returns:
        Why the indexes cannot be; empty if all resources have their values.
    """
    keys = kind_range(storage)
    batch: list[Document] = []
    async for document, _ in store.scan({"_id": {"$gt": keys.after, "$lt": keys.before}}, batch_size=_AT_ONCE):
        batch.append(document)
        if len(batch) >= _AT_ONCE:
            if failures := await _fill(store, batch, slots):
                return failures
            batch = []
    return await _fill(store, batch, slots)


async def _fill(store: Store, batch: Sequence[Document], slots: Sequence[Slot]) -> list[Failure]:
    updates = []
    for document in batch:
        state = state_of(document)
        for failure in slot_failures(slots, state.body):
            return [_refusal(document, f"has no single value at {failure.path}")]
        held: dict[str, Any] = slot_values(slots, state.metadata, state.body, key=document["_id"])
        updates.append(UpdateOne({"_id": document["_id"], "version": document["version"]}, {"$set": held}))
    if not updates:
        return []
    try:
        with driver_errors():
            await store.resources.bulk_write(updates, ordered=True)
    except LostRace as lost:
        fields = next((slot.fields for slot in slots if slot.name == lost.index), ())
        named = ", ".join(".".join(field.path) for field in fields)
        return [Failure("/spec/indexes", "unique", f"resources of the kind have the same {named} already")]
    return []


def _refusal(document: Document, reason: str) -> Failure:
    _, namespace, name = split_key(document["_id"])
    whole = f"{namespace}/{name}" if namespace else name
    return Failure("/spec/indexes", "index", f"the resource {whole} {reason}")
