"""What requested deletions wait for: finalizers, what is owned, and of definitions their kinds' resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.resources.deletion import FOREGROUND, ORPHAN, held_by_collector
from app.resources.keys import split_key
from app.services.definitions import DEFINITION_KIND
from app.store.owners import dependents
from app.store.sweeping import some_resources
from schema_builder.types.blockers import finalizer_blockers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.kinds.registry import Registry
    from app.store.mongo import Document, Store
    from schema_builder.backend import Resource

__all__ = ["Blockers"]

_TOLD: Final = 20
"""So many resources are told of each deletion."""
_LOOKED_AT: Final = 500
"""So many resources are looked at for all deletions of a request."""


class Blockers:
    """Finds what deletions wait for, when somebody asks."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    async def find(self, resources: Sequence[Resource]) -> dict[str, list[dict[str, Any]]]:
        """Return what each of some resources that are being deleted waits for, by uid; resources by their keys."""
        found = {one.metadata["uid"]: finalizer_blockers(one.metadata) for one in resources}
        held = {one.metadata["uid"]: held_by_collector(one.metadata) for one in resources}
        since = {one.metadata["uid"]: one.metadata["deletionRequestedAt"] for one in resources}
        for finalizer in (FOREGROUND, ORPHAN):
            uids = [uid for uid, holds in held.items() if holds == finalizer]
            for uid, document in await self._dependents(uids, blocking=finalizer == FOREGROUND):
                if sum("child" in one for one in found[uid]) < _TOLD:
                    found[uid].append(self._child(document, since=since[uid]))
        for one in resources:
            if one.kind == DEFINITION_KIND:
                uid = one.metadata["uid"]
                found[uid] += await self._resources_of(one.metadata["name"], since=since[uid])
        return found

    async def _dependents(self, uids: Sequence[str], *, blocking: bool) -> Iterable[tuple[str, Document]]:
        pairs: list[tuple[str, Document]] = []
        if not uids:
            return pairs
        wanted, looked_at = set(uids), 0
        async for document in dependents(self._store, uids, blocking=blocking):
            for one in document["metadata"]["ownerReferences"]:
                is_one = one["uid"] in wanted and (one.get("blockOwnerDeletion") or not blocking)
                if is_one and one["uid"] != document["metadata"]["uid"]:
                    pairs.append((one["uid"], document))
            looked_at += 1
            if looked_at >= _LOOKED_AT:
                break
        return pairs

    async def _resources_of(self, name: str, *, since: str) -> list[dict[str, Any]]:
        refused, served = self._registry.refused.get(name), self._registry.find(name)
        storage = refused.stored.storage.key if refused else served.storage.key if served else None
        if storage is None:
            return []
        documents = await some_resources(self._store, storage, most=_TOLD)
        return [self._child(document, since=since, kind=name) for document in documents]

    def _child(self, document: Document, *, since: str, kind: str | None = None) -> dict[str, Any]:
        storage, namespace, name = split_key(document["_id"])
        served = self._registry.kind_by_storage_key(storage)
        metadata: Mapping[str, Any] = document["metadata"]
        child = {
            "kind": kind or (served.names.type_name if served is not None else ""),
            "namespace": namespace or None,
            "name": name,
            "uid": metadata["uid"],
        }
        return {"child": child, "since": max(since, metadata["createdAt"])}
