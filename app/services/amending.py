"""Changing what servers keep beside a definition, or its status, without anything that clients have asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.resources.states import State
from app.resources.times import format_time
from app.store.definitions import StoredDefinition, definition_key
from app.store.documents import pack_texts
from app.store.errors import LostRace

if TYPE_CHECKING:
    import datetime

    from app.kinds.registry import Registry
    from app.store.mongo import Store
    from app.store.sessions import WriteSession

__all__ = ["Amend", "amend"]

_ATTEMPTS: Final = 20

Amend = Callable[[StoredDefinition], StoredDefinition | None]
"""Returns a definition with another status or storage; None where there is nothing to change any more."""


async def amend(
    store: Store, registry: Registry, name: str, change: Amend, *, storage: str, now: Callable[[], datetime.datetime]
) -> None:
    """Commit a change of a stored definition, and publish it; nothing where its kind is gone, or another.

    Args:
        store: The database.
        registry: What is served.
        name: The definition's.
        change: What is changed.
        storage: The storage key of the kind's incarnation that is meant.
        now: The clock.

    Raises:
        LostRace: Others kept writing definitions.
    """
    async with store.writing() as session, registry.lock:
        for _ in range(_ATTEMPTS):
            await registry.refresh_locked()
            document = await session.find(definition_key(name))
            if document is None:
                return
            stored = await asyncio.to_thread(StoredDefinition.from_document, document)  # its schemas may be large
            amended = change(stored) if stored.storage.key == storage else None
            if amended is None:
                return
            try:
                await _commit(store, registry, session, stored, amended, now=now())
            except LostRace:
                continue
            return
    raise LostRace


async def _commit(
    store: Store,
    registry: Registry,
    session: WriteSession,
    stored: StoredDefinition,
    amended: StoredDefinition,
    *,
    now: datetime.datetime,
) -> None:
    metadata = {**amended.state.metadata, "updatedAt": format_time(now)}
    body = await asyncio.to_thread(pack_texts, amended.state.body)
    settled = replace(amended, state=State(metadata, body, session.position))
    version = registry.version
    async with session.transaction():
        await store.identities.swap(session.driver_session, version=version)
        await session.replace(settled.as_document(), seen=stored.state.version)
    served = registry.find(stored.name)
    if served is not None:
        registry.publish(served.kind, settled)
    elif (refused := registry.refused.get(stored.name)) is not None:
        registry.refuse(settled, refused.reason)
    registry.advance(version + 1)
