"""Definitions as they are stored, with what the registry keeps beside them: the kind's storage key and its index slots.

internal: {storageKey: "0000rs",
slots: [{name: "x0", key: "0000rs:7…", fields: [{path: ["spec", "port"], instant: false}],
unique: false, since: 7…, state: "READY", message: ""}],
runs: [{number: 7…, declared: "[{…}]"}]}      # pending migrations, as JSON text
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from bson.int64 import Int64

from app.resources.keys import DEFINITIONS_KEY, kind_range, resource_key
from app.resources.migrating import Run
from app.store.documents import state_of, to_document
from app.store.slots import PLAIN_SLOTS, UNIQUE_SLOTS, IndexField, IndexState, Slot
from app.version import VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from app.resources.states import State
    from app.store.mongo import Document, Store

__all__ = [
    "KindStorage",
    "LinkSlot",
    "StoredDefinition",
    "all_definitions",
    "definition_key",
    "definition_versions",
    "find_definitions",
]

_READ_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class LinkSlot:
    """What is kept of the resources that a kind's resources name with consequences: ``app.store.links``.

    Attributes:
        key: What ``k`` is in the kind's resources.
        ready: Every resource has it.
    """

    key: str
    ready: bool


@dataclass(frozen=True, slots=True)
class KindStorage:
    """Where a kind's resources are.

    Attributes:
        key: Storage key of this incarnation of the kind.
        slots: Its declared indexes.
        runs: Migrations that some resources may have still to go through, in their order.
        links: Its references that have consequences; None where it has none.
    """

    key: str
    slots: tuple[Slot, ...] = ()
    runs: tuple[Run, ...] = ()
    links: LinkSlot | None = None

    def linking(self, key: str, *, ready: bool) -> KindStorage:
        """Return the storage with references that have consequences.

        Args:
            key: Tells where the kind's schema has them; empty where it has none.
            ready: Whether there can be no resources that were written without knowing of them.
        """
        if not key or (self.links is not None and self.links.key == key):
            return self if key else replace(self, links=None)
        return replace(self, links=LinkSlot(key, ready))

    @property
    def building(self) -> tuple[Slot, ...]:
        """Return the indexes that some resources may have no values of yet."""
        return tuple(slot for slot in self.slots if slot.state is IndexState.BUILDING)

    def declaring(
        self, wanted: Iterable[tuple[tuple[IndexField, ...], bool]], *, since: int, state: IndexState
    ) -> KindStorage:
        """Return the storage with these indexes: those that are there keep their slots, others take free ones.

        Args:
            wanted: (fields, unique) of each index.
            since: Position before which nobody knew of the new ones.
            state: Of the new ones: READY where there can be no resources yet.
        """
        present = {(slot.fields, slot.unique): slot for slot in self.slots}
        asked = list(dict.fromkeys(wanted))
        taken = {present[index].name for index in asked if index in present}
        free = {
            unique: iter([name for name in names if name not in taken])
            for unique, names in ((False, PLAIN_SLOTS), (True, UNIQUE_SLOTS))
        }
        slots = []
        for fields, unique in asked:
            slot = present.get((fields, unique))
            slots.append(slot or Slot(next(free[unique]), f"{self.key}:{since}", fields, unique, since, state))
        return replace(self, slots=tuple(slots))

    def with_slots(self, changed: Mapping[Slot, Slot]) -> KindStorage:
        """Return the storage with others in the place of some indexes; what is not there any more stays away."""
        return replace(self, slots=tuple(changed.get(slot, slot) for slot in self.slots))

    def as_document(self) -> dict[str, Any]:
        """Return the stored form."""
        slots = [
            {
                "name": slot.name,
                "key": slot.key,
                "fields": [{"path": list(field.path), "instant": field.instant} for field in slot.fields],
                "unique": slot.unique,
                "since": slot.since,
                "state": slot.state.value,
                "message": slot.message,
            }
            for slot in self.slots
        ]
        runs = [{"number": Int64(run.number), "declared": orjson.dumps(run.declared).decode()} for run in self.runs]
        links = {} if self.links is None else {"links": {"key": self.links.key, "ready": self.links.ready}}
        return {"storageKey": self.key, "slots": slots, "runs": runs, **links}

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> KindStorage:
        """Return what a stored form says."""
        slots = tuple(
            Slot(
                slot["name"],
                slot["key"],
                tuple(IndexField(tuple(field["path"]), field["instant"]) for field in slot["fields"]),
                slot["unique"],
                slot["since"],
                IndexState(slot["state"]),
                slot["message"],
            )
            for slot in stored["slots"]
        )
        runs = tuple(Run(one["number"], tuple(orjson.loads(one["declared"]))) for one in stored.get("runs", ()))
        links = stored.get("links")
        held = None if links is None else LinkSlot(links["key"], links["ready"])
        return cls(stored["storageKey"], slots, runs, held)


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """A definition and its kind's storage.

    Attributes:
        state: The definition.
        storage: Where its kind's resources are.
        judged_by: The version of Kindgraph that accepted it.
    """

    state: State
    storage: KindStorage
    judged_by: str = VERSION

    @property
    def name(self) -> str:
        """Return the definition's name, which is its kind's."""
        return str(self.state.metadata["name"])

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> StoredDefinition:
        """Return what a document holds."""
        internal = document["internal"]
        return cls(state_of(document), KindStorage.from_document(internal), internal["judgedBy"])

    def as_document(self) -> Document:
        """Return the document.

        Raises:
            LimitExceeded: It is larger than a resource may be.
        """
        internal = {**self.storage.as_document(), "judgedBy": self.judged_by}
        return to_document(self.state, storage=DEFINITIONS_KEY, internal=internal)


def definition_key(name: str) -> str:
    """Return the key of a definition."""
    return resource_key(DEFINITIONS_KEY, namespace=None, name=name)


async def all_definitions(store: Store) -> AsyncIterator[StoredDefinition]:
    """Yield every definition, sorted by name; few of them are in memory at a time."""
    async for document, _ in store.scan(_range(), batch_size=_READ_AT_ONCE):
        yield StoredDefinition.from_document(document)


async def definition_versions(store: Store) -> dict[str, int]:
    """Return the version of every definition by its key."""
    found = store.scan(_range(), batch_size=5_000, projection={"version": 1})
    return {document["_id"]: document["version"] async for document, _ in found}


async def find_definitions(store: Store, keys: Sequence[str]) -> AsyncIterator[StoredDefinition]:
    """Yield the definitions of keys; those that are gone are left out."""
    for start in range(0, len(keys), _READ_AT_ONCE):
        chosen = {"_id": {"$in": list(keys[start : start + _READ_AT_ONCE])}}
        async for document, _ in store.scan(chosen):
            yield StoredDefinition.from_document(document)


def _range() -> dict[str, Any]:
    keys = kind_range(DEFINITIONS_KEY)
    return {"_id": {"$gt": keys.after, "$lt": keys.before}}
