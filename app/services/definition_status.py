"""The status of a definition: what the server says of a kind; no client writes it."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from app.resources.times import format_time
from app.services.migration_status import with_progress
from app.store.slots import IndexState
from app.store.sweeping import count_resources
from schema_builder.degraded import summarize
from schema_builder.indexes import written_path

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from app.kinds.registry import Registry
    from app.resources.states import State
    from app.store.definitions import KindStorage
    from app.store.mongo import Store
    from app.store.slots import Slot
    from schema_builder.backend import Resource
    from schema_builder.compile import CompiledKind

__all__ = ["Presentation", "accepted_status", "with_index_status"]

_CONDITIONS: Final = (
    ("Accepted", "SchemaAccepted", "The definition can be served as it is."),
    ("NamesAccepted", "NoClashes", "No other kind has any of the names."),
    ("Established", "Served", "The kind is served."),
)
_KEPT: Final = ("lastChange", "migration")
_COSTLY_SECONDS: Final = 0.02
_KEEP_SECONDS: Final = 10.0
_AT_ONCE: Final = 8
_DEGRADED_SHOWN: Final = 20
_FEW_SUBSCHEMAS: Final = 300


def accepted_status(
    kind: CompiledKind, *, generation: int, previous: Mapping[str, Any] | None, now: datetime.datetime
) -> dict[str, Any]:
    """Return the status of a definition that is served.

    Args:
        kind: What it was compiled to.
        generation: The definition's ``metadata.generation``.
        previous: The status before; a condition that stays keeps its time.
        now: The time.
    """
    names = kind.names
    kept = {name: previous[name] for name in _KEPT if name in previous} if previous else {}
    before = {condition["type"]: condition for condition in (previous or {}).get("conditions") or ()}
    return {
        **kept,
        "conditions": [
            _condition(before.get(name), name, status="True", reason=reason, message=message, now=now)
            for name, reason, message in _CONDITIONS
        ],
        "names": {
            "type": names.type_name,
            "singular": names.singular_field,
            "plural": names.plural_field,
            "create": names.create,
            "update": names.update,
            "replace": names.replace,
            "apply": names.apply,
            "updateStatus": names.update_status,
            "delete": names.delete,
            "watch": names.watch,
        },
        "observedGeneration": generation,
    }


def _condition(
    before: Mapping[str, Any] | None, name: str, *, status: str, reason: str, message: str, now: datetime.datetime
) -> dict[str, Any]:
    stays = before is not None and before.get("status") == status
    since = before["lastTransitionTime"] if stays and before is not None else format_time(now)
    return {"type": name, "status": status, "reason": reason, "message": message, "lastTransitionTime": since}


def with_index_status(state: State, storage: KindStorage) -> State:
    """Return a definition whose status tells how far its indexes are."""
    status = {name: value for name, value in (state.body.get("status") or {}).items() if name != "indexes"}
    if storage.slots:
        status["indexes"] = [_index_status(slot) for slot in storage.slots]
    return state._replace(body={**state.body, "status": status})


def _index_status(slot: Slot) -> dict[str, Any]:
    told = {
        "fields": [written_path(field.path) for field in slot.fields],
        "unique": slot.unique,
        "state": slot.state.value,
    }
    return {**told, "message": slot.message} if slot.message else told


def _is_large(kind: CompiledKind) -> bool:
    """Tell whether a kind may have many places: what references name stands wherever they do."""
    definition = kind.definition
    return definition.size > _FEW_SUBSCHEMAS or any(section.definitions for section in definition.sections.values())


class Presentation:
    """Adds to definitions what is known when they are read.

    That is how many resources there are, what of them is degraded to JSON, and whether this server serves them.
    """

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._counts: dict[str, tuple[float, int]] = {}
        self._degraded: WeakKeyDictionary[CompiledKind, dict[str, Any]] = WeakKeyDictionary()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def present(self, definitions: Sequence[Resource]) -> list[Resource]:
        """Return definitions with their whole status, in their order."""
        return list(await asyncio.gather(*map(self._presented, definitions)))

    async def present_new(self, definition: Resource) -> Resource:
        """Return a definition that was created just now: its kind had no resources then."""
        return await self._presented(definition, stored_resources=0)

    async def _presented(self, definition: Resource, *, stored_resources: int | None = None) -> Resource:
        name = definition.metadata["name"]
        refused = self._registry.refused.get(name)
        served = self._registry.find(name) if refused is None else None
        status = dict(definition.body.get("status") or {})
        status["builtIn"] = served is not None and served.built_in
        storage = served.storage.key if served is not None else refused.stored.storage.key if refused else None
        if storage is not None:
            status["storedResources"] = await self._count(storage) if stored_resources is None else stored_resources
            status["indexes"] = await self._with_progress(status.get("indexes") or [], storage)
            if not status["indexes"]:
                del status["indexes"]
            if "migration" in status:
                status["migration"] = with_progress(status["migration"], await self._store.migrations.find(storage))
        if served is not None:
            status["degraded"] = await self._degradation(served.kind)
        if refused is not None:
            status["conditions"] = [
                _condition(None, kind, status="False", reason="Refused", message=refused.message, now=refused.since)
                for kind, _, _ in _CONDITIONS
            ]
        return definition._replace(body={**definition.body, "status": status})

    async def _degradation(self, kind: CompiledKind) -> dict[str, Any]:
        """Look once for as long as the kind is served as it is; at a large one in a thread."""
        told = self._degraded.get(kind)
        if told is None:
            find = partial(summarize, kind.definition.sections, most=_DEGRADED_SHOWN)
            summary = await asyncio.to_thread(find) if _is_large(kind) else find()
            places = [place._asdict() for place in summary.first]
            told = self._degraded[kind] = {"count": summary.count, "places": places}
        return told

    async def _with_progress(self, indexes: Sequence[Mapping[str, Any]], storage: str) -> list[Mapping[str, Any]]:
        if not any(index["state"] == IndexState.BUILDING for index in indexes):
            return list(indexes)
        build = await self._store.builds.find(storage)
        if build is None or build.total is None:
            return list(indexes)
        progress = {"indexed": min(build.indexed, build.total), "total": build.total}
        return [{**index, **progress} if index["state"] == IndexState.BUILDING else index for index in indexes]

    async def _count(self, storage: str) -> int:
        """Count, or tell the last count for a while where counting is costly."""
        until, count = self._counts.get(storage, (0.0, 0))
        if time.monotonic() < until:
            return count
        async with self._slots:
            started = time.monotonic()
            count = await count_resources(self._store, storage)
        ended = time.monotonic()
        self._counts.pop(storage, None)
        if ended - started > _COSTLY_SECONDS and count > 10_000:
            self._counts[storage] = (ended + _KEEP_SECONDS, count)
        return count
