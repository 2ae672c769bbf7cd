"""Migrating one stored resource: an ordinary write, by the rules that hold for clients."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.errors import LimitExceeded
from app.kinds.compiling import is_large
from app.resources.migrating import migrated, newest, pending, with_generation
from app.resources.times import format_time
from app.services.links import link_values
from app.store.documents import state_of, to_document
from app.store.errors import LostRace
from app.store.slots import slot_values
from schema_builder.migrations import Blocked

if TYPE_CHECKING:
    from app.kinds.served import Served
    from app.store.mongo import Document, Store

__all__ = ["Rewriting", "Stuck", "rewrite"]

_ATTEMPTS: Final = 6


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What is the same for many resources.

    Attributes:
        store: The database.
        served: Their kind.
        until: When the database is to refuse the writes.
        now: The clock.
    """

    store: Store
    served: Served
    until: datetime.datetime
    now: Callable[[], datetime.datetime]


class Stuck(NamedTuple):
    """A resource that cannot be migrated as it is, and why."""

    key: str
    path: str
    message: str


async def rewrite(rewriting: Rewriting, document: Document) -> Stuck | None:
    """Bring one resource through what is pending for it; nothing where nothing of it changes.

    Args:
        rewriting: What it is migrated by.
        document: The resource as it was read; read again where it has changed since.

    Raises:
        LostRace: Others keep writing it, or it is too late.
    """
    key = document["_id"]
    try:
        if await _following(rewriting, document, version=0) is None:
            return None
        for _ in range(_ATTEMPTS):
            async with rewriting.store.writing() as session:
                found = await session.find(key)
                following = None if found is None else await _following(rewriting, found, version=session.position)
                if found is None or following is None:
                    return None
                try:
                    await session.replace(following, seen=found["version"], until=rewriting.until)
                except LostRace as lost:
                    slot = next((one for one in rewriting.served.storage.slots if one.name == lost.index), None)
                    if slot is not None:
                        return Stuck(key, "", f"would have the same {slot.says} as another resource")
                    continue
                return None
    except Blocked as blocked:
        return Stuck(key, blocked.path, blocked.message)
    except LimitExceeded as error:
        return Stuck(key, "", error.message)
    raise LostRace


async def _following(rewriting: Rewriting, found: Document, *, version: int) -> Document | None:
    if is_large(found["body"]):
        return await asyncio.to_thread(_next, rewriting, found, version)
    return _next(rewriting, found, version)


def _next(rewriting: Rewriting, found: Document, version: int) -> Document | None:
    """Return the document of a resource after what is pending for it; None where nothing changes.

    Raises:
        Blocked: It cannot be migrated, or the schema refuses what would become of it.
        LimitExceeded: It would be too large.
    """
    storage, rules = rewriting.served.storage, rewriting.served.rules
    state = state_of(found)
    after = migrated(state, pending(storage.runs, mark=found.get("migrated", 0)))
    if after is state:
        return None
    failures = rules.body.failures(after.body, previous=state.body, metadata=state.metadata, max_depth=rules.max_depth)
    if failures:
        raise Blocked(failures[0].path, failures[0].message)
    metadata = {**state.metadata, "updatedAt": format_time(rewriting.now())}
    after = with_generation(state, after._replace(metadata=metadata, version=version))
    held = slot_values(storage.slots, after.metadata, after.body, key=found["_id"])
    held |= link_values(rewriting.served, after)
    return to_document(after, storage=storage.key, slots=held, migrated=newest(storage.runs))
