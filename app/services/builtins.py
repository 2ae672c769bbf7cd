"""Storing the definitions of built-in kinds, which are resources like any other."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from app.errors import Unavailable
from app.kinds.builtins import BUILTIN_NAMES, builtin_storage, compile_builtin, is_displaced
from app.kinds.served import index_fields
from app.resources.drafts import initial_metadata
from app.resources.states import State
from app.resources.times import format_time
from app.services.definition_status import accepted_status, with_index_status
from app.store.definitions import StoredDefinition, definition_key
from app.store.errors import LostRace
from app.store.slots import IndexState
from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.differences import identical

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from app.store.mongo import Store
    from schema_builder.compile import CompiledKind

__all__ = ["store_builtins"]

_ATTEMPTS = 20


async def store_builtins(store: Store, *, now: datetime.datetime) -> None:
    """Store the definition of each built-in kind as this version has it; other servers may do the same at once.

    What a user has stored under such a name is left as it is.

    Raises:
        Unavailable: Others keep writing definitions.
    """
    for name, spec in zip(BUILTIN_NAMES, BUILTIN_DEFINITIONS, strict=True):
        kind = await compile_builtin(name)
        for _ in range(_ATTEMPTS):
            try:
                await _store(store, kind, spec, now=now)
                break
            except LostRace:
                continue
        else:
            raise Unavailable("The built-in kinds cannot be stored: other servers keep writing definitions.")


async def _store(store: Store, kind: CompiledKind, spec: Mapping[str, Any], *, now: datetime.datetime) -> None:
    identity = await store.identities.read()
    async with store.writing() as session:
        document = await session.find(definition_key(kind.name))
        current = None if document is None else StoredDefinition.from_document(document)
        if current is not None and (is_displaced(current) or identical(current.state.body["spec"], spec)):
            return
        storage = builtin_storage(kind)
        if current is not None:
            indexes = index_fields(kind.definition)
            storage = current.storage.declaring(indexes, since=session.position, state=IndexState.BUILDING)
        state = _state(kind, spec, None if current is None else current.state, now=now)
        stored = StoredDefinition(
            with_index_status(state._replace(version=session.position), storage),
            storage,
        )
        async with session.transaction():
            await store.identities.swap(session.driver_session, version=identity.version)
            if current is None:
                await session.insert(stored.as_document())
            else:
                await session.replace(stored.as_document(), seen=current.state.version)


def _state(kind: CompiledKind, spec: Mapping[str, Any], current: State | None, *, now: datetime.datetime) -> State:
    if current is None:
        metadata = initial_metadata({}, name=kind.name, namespace=None, uid=str(uuid.uuid4()), now=now)
        previous = None
    else:
        generation = current.metadata["generation"] + 1
        metadata = {**current.metadata, "generation": generation, "updatedAt": format_time(now)}
        previous = current.body.get("status")
    status = accepted_status(kind, generation=metadata["generation"], previous=previous, now=now)
    return State(metadata, {"spec": spec, "status": status})
