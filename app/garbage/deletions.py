"""What becomes of one resource because of those that own it, or that it owns.

owned, and an owner is there       it stays; references to owners that are gone, or wait for it to go, are taken away
owned, and no owner is there       it is deleted
waits (``foregroundDeletion``)     what it owns is deleted; when nothing is left that blocks it, the finalizer goes
waits (``orphan``)                 references to it are taken away; when there are none left, the finalizer goes
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from app.errors import Conflict, KindRemoved, NotFound
from app.garbage.nobody import NOBODY
from app.garbage.owners import Owners, Standing
from app.resources.deletion import FOREGROUND, ORPHAN
from app.resources.keys import split_key
from app.store.owners import dependents
from schema_builder.backend import Propagation
from schema_builder.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from app.kinds.registry import Registry
    from app.store.mongo import Document, Store
    from schema_builder.backend import Backend
    from schema_builder.compile import CompiledKind

__all__ = ["Deletions"]

_FIELDS: Final = ("version", "metadata", "deleting")
_AT_ONCE: Final = 16
_GONE: Final = frozenset({Standing.ABSENT, Standing.WAITING})
_log = logging.getLogger(__name__)


class Deletions:
    """Looks at resources, and does what their owners ask for.

    Attributes:
        waiting: Those that wait for what they own: their keys by uid.
    """

    def __init__(self, store: Store, registry: Registry, backend: Backend) -> None:
        self.waiting: dict[str, str] = {}
        self._store = store
        self._registry = registry
        self._backend = backend
        self._owners = Owners(registry)

    async def suspicious(self, documents: Sequence[Document]) -> list[Document]:
        """Return those of some owned resources whose owners are not all known to be there, and to stay."""
        keys = {
            (document["_id"], one["uid"]): self._owners.key_of(one, namespace=document["metadata"]["namespace"])
            for document in documents
            for one in document["metadata"]["ownerReferences"]
        }
        wanted = sorted({key for key in keys.values() if key is not None})
        async with self._store.writing() as session:
            found = await session.outlines(wanted, ("metadata.uid", "deleting"))

        def is_there(document: Document, uid: str) -> bool:
            owner = found.get(keys[document["_id"], uid] or "")
            return owner is not None and owner["metadata"]["uid"] == uid and "deleting" not in owner

        return [
            document
            for document in documents
            if not all(is_there(document, one["uid"]) for one in document["metadata"]["ownerReferences"])
        ]

    async def look_at(self, key: str) -> bool:
        """Do what is to be done about a resource; tells whether that is all for now.

        Raises:
            Unavailable: The database does not answer.
        """
        async with self._store.writing() as session:
            document = (await session.outlines([key], _FIELDS)).get(key)
            if document is None:
                return True
            metadata = document["metadata"]
            if document.get("deleting") is None:
                if metadata["deletionRequestedAt"] is not None or not metadata["ownerReferences"]:
                    return True
                namespace = metadata["namespace"]
                standings = await self._owners.standings(session, metadata["ownerReferences"], namespace=namespace)
                ancestors: set[str] = set()
            else:
                standings = {}
                ancestors = await self._owners.waiting_ancestors(session, metadata)
        if document.get("deleting") is None:
            return await self._judge(document, standings)
        self.waiting[metadata["uid"]] = key
        is_orphaning = document["deleting"] == ORPHAN
        done = await (self._orphan(document) if is_orphaning else self._foreground(document, ancestors))
        if done:
            self.waiting.pop(metadata["uid"], None)
        return done

    async def _judge(self, document: Document, standings: Mapping[str, Standing]) -> bool:
        """Delete what nobody owns any more; else take away references to owners that do not count."""
        found = set(standings.values())
        if not found & _GONE:
            return True
        if found <= _GONE:
            uid = document["metadata"]["uid"]
            follows = Standing.WAITING in found and await self._owns(uid, besides=document["_id"])
            return await self._delete(document, Propagation.FOREGROUND if follows else None)
        kept = [one for one in document["metadata"]["ownerReferences"] if standings[one["uid"]] not in _GONE]
        return await self._patch(document, {"ownerReferences": kept})

    async def _foreground(self, document: Document, ancestors: set[str]) -> bool:
        uid, key = document["metadata"]["uid"], document["_id"]
        staying = dependents(self._store, [uid], staying=True, besides=key)
        await _each(staying, lambda one: self.look_at(one["_id"]))
        async for one in dependents(self._store, [uid], blocking=True, besides=key):
            if one["metadata"]["uid"] not in ancestors:  # it waits for this one: neither would ever go
                return False
        return await self._release(document, FOREGROUND)

    async def _orphan(self, document: Document) -> bool:
        uid, key = document["metadata"]["uid"], document["_id"]

        async def let_go(one: Document) -> bool:
            kept = [owner for owner in one["metadata"]["ownerReferences"] if owner["uid"] != uid]
            return await self._patch(one, {"ownerReferences": kept})

        await _each(dependents(self._store, [uid], besides=key), let_go)
        return False if await self._owns(uid, besides=key) else await self._release(document, ORPHAN)

    async def _owns(self, uid: str, *, besides: str) -> bool:
        async for _ in dependents(self._store, [uid], besides=besides):
            return True
        return False

    async def _release(self, document: Document, finalizer: str) -> bool:
        kept = [one for one in document["metadata"]["finalizers"] if one != finalizer]
        return await self._patch(document, {"finalizers": kept})

    async def _delete(self, document: Document, propagation: Propagation | None) -> bool:
        async def delete(kind: CompiledKind, **meant: Any) -> None:
            await self._backend.delete(NOBODY, kind, **meant, propagation=propagation)

        return await self._write(document, delete)

    async def _patch(self, document: Document, metadata: Mapping[str, Any]) -> bool:
        async def update(kind: CompiledKind, **meant: Any) -> None:
            await self._backend.update(NOBODY, kind, {"metadata": metadata}, **meant)

        return await self._write(document, update)

    async def _write(self, document: Document, write: Callable[..., Awaitable[None]]) -> bool:
        """Write the very version of a resource that was decided on; tells whether it is done with."""
        storage, namespace, name = split_key(document["_id"])
        kind = self._registry.kind_by_storage_key(storage)
        if kind is None:
            _log.info("%s is not served, and left as it is", document["_id"])
            return False
        version = str(document["version"])
        try:
            await write(kind, name=name, namespace=namespace or None, resource_version=version, dry_run=False)
        except (NotFound, KindRemoved):
            return True
        except (Conflict, Invalid) as error:
            _log.info("%s: %s", document["_id"], error.message)
            return False
        return True


async def _each(documents: AsyncIterator[Document], act: Callable[[Document], Awaitable[bool]]) -> None:
    """Act on documents, some at a time."""
    some: list[Document] = []
    async for document in documents:
        some.append(document)
        if len(some) >= _AT_ONCE:
            await asyncio.gather(*map(act, some))
            some = []
    await asyncio.gather(*map(act, some))
