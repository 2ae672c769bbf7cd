"""Giving the resources that a kind already has their values of a declared index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from pymongo import UpdateOne

from app.pacing import Pace
from app.resources.keys import KeyRange, split_key
from app.store.documents import state_of
from app.store.errors import LostRace, driver_errors
from app.store.patience import Patience
from app.store.slots import Slot, slot_failures, slot_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.store.mongo import Document, Store

__all__ = ["Filled", "Obstacle", "fill_some", "find_obstacle", "find_twin", "shown_key"]

_AT_ONCE: Final = 200
_ATTEMPTS: Final = 3
_PASS_SECONDS: Final = 600.0
"""How long it may take to see that nothing is left to do in a kind, however large."""
_MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an index cannot be.

    Attributes:
        slot: The index.
        message: What stands in its way, for people.
    """

    slot: Slot
    message: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What one step has done.

    Attributes:
        last: Key of the last resource that has its values now.
        count: How many were looked at.
        is_end: There are no more.
    """

    last: str
    count: int
    is_end: bool


async def fill_some(store: Store, keys: KeyRange, slots: Sequence[Slot]) -> Filled | Obstacle:
    """Write the values of indexes into the first resources of a range that have none yet.

    The resources' versions stay as they are: for watchers nothing happens. A resource that is written meanwhile gets
    its values from whoever writes it.
    """
    absent = {"$or": [{f"{slot.name}.k": {"$ne": slot.key}} for slot in slots]}
    within = {"_id": {"$gt": keys.after, "$lt": keys.before}}
    patience = Patience(_PASS_SECONDS)
    batch, _, cut = await store.read({"$and": [within, absent]}, limit=_AT_ONCE, patience=patience)
    obstacle = await _fill(store, batch, slots)
    if obstacle is not None:
        return obstacle
    return Filled(batch[-1]["_id"] if batch else keys.after, len(batch), len(batch) < _AT_ONCE and not cut)


async def _fill(store: Store, batch: Sequence[Document], slots: Sequence[Slot]) -> Obstacle | None:
    updates, values, pace = [], {}, Pace()
    for document in batch:
        state = state_of(document)
        if (obstacle := _unheld(document["_id"], state.body, slots)) is not None:
            return obstacle
        held = values[document["_id"]] = slot_values(slots, state.metadata, state.body, key=document["_id"])
        updates.append(UpdateOne({"_id": document["_id"], "version": document["version"]}, {"$set": held}))
        await pace.keep()
    for _ in range(_ATTEMPTS if updates else 0):
        try:
            with driver_errors():
                await store.resources.bulk_write(updates, ordered=False)
        except LostRace:
            if (obstacle := await _twins(store, values, slots)) is not None:
                return obstacle
        else:
            return None
    if updates:
        raise LostRace
    return None


def _unheld(key: str, body: Mapping[str, Any], slots: Sequence[Slot]) -> Obstacle | None:
    for slot in slots:
        for failure in slot_failures([slot], body):
            return Obstacle(slot, f"{shown_key(key)}: {failure.path} {failure.message}")
    return None


async def _twins(store: Store, values: Mapping[str, Mapping[str, Any]], slots: Sequence[Slot]) -> Obstacle | None:
    for key, held in values.items():
        for slot in slots:
            if slot.unique and (other := await find_twin(store, slot, held[slot.name], key=key)) is not None:
                return _same(slot, held[slot.name], other, key)
    return None


async def find_twin(store: Store, slot: Slot, held: Mapping[str, Any], *, key: str) -> str | None:
    """Return the key of another resource with the same values of a unique index, None where there is none.

    Args:
        store: The database.
        slot: The index.
        held: What it holds for the one resource.
        key: That resource's key.
    """
    if "n" in held:
        return None
    same = {f"{slot.name}.{column}": {"$eq": value} for column, value in held.items()}
    with driver_errors():
        other = await store.resources.find_one({**same, "_id": {"$ne": key}}, {"_id": 1})
    return None if other is None else str(other["_id"])


async def find_obstacle(store: Store, keys: KeyRange, slots: Sequence[Slot]) -> Obstacle | None:
    """Return what would stand in the way of indexes now; a look at every resource of a range."""
    seen: dict[tuple[Any, ...], str] = {}
    pace = Pace()
    async for document, _ in store.scan({"_id": {"$gt": keys.after, "$lt": keys.before}}):
        state, key = state_of(document), document["_id"]
        if (obstacle := _unheld(key, state.body, slots)) is not None:
            return obstacle
        held = slot_values(slots, state.metadata, state.body, key=key)
        for slot in slots:
            if not slot.unique or "n" in held[slot.name]:
                continue
            other = seen.setdefault((slot.name, _comparable(held[slot.name])), key)
            if other != key:
                return _same(slot, held[slot.name], other, key)
        await pace.keep()
    return None


def _comparable(held: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return equal tuples for values that MongoDB finds equal: 1 and 1.0 are, 1 and true are not."""
    return tuple((isinstance(value, bool), value) for value in held.values())


def _same(slot: Slot, held: Mapping[str, Any], one: str, other: str) -> Obstacle:
    values = [value for column, value in held.items() if column != "k"][: len(slot.fields)]
    said = ", ".join(orjson.dumps(value).decode() for value in values)
    first, second = sorted((shown_key(one), shown_key(other)))
    return Obstacle(slot, f"{first} and {second} have the same {slot.says}: {said[:_MAX_SHOWN]}")


def shown_key(key: str) -> str:
    """Return how people name the resource of a key."""
    _, namespace, name = split_key(key)
    return f"{namespace}/{name}" if namespace else name
