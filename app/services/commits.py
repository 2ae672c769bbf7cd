"""One write, from the state that is read to the commit; and again where another write came in between.

current state, and a position before the commit ── session.find
next state                                      ── decide, pure
commit, if the current state still is           ── session.insert | replace | delete
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.errors import AlreadyExists, Conflict
from app.kinds.compiling import is_large
from app.resources.decisions import Action, Decision, Rules
from app.resources.keys import resource_key
from app.resources.states import State
from app.services.guards import check_lag
from app.services.naming import shown
from app.store.documents import state_of, to_document, visible
from app.store.errors import LostRace
from app.store.slots import slot_values

if TYPE_CHECKING:
    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.services.gates import Gates
    from app.store.mongo import Store
    from app.store.sessions import WriteSession
    from schema_builder.backend import RequestScope, Resource
    from schema_builder.compile import CompiledKind

__all__ = ["Commits", "Decide", "Target"]

_ATTEMPTS: Final = 6
"""The first one, and five more after lost races."""

Decide = Callable[[Rules, State | None], Decision]


@dataclass(frozen=True, slots=True)
class Target:
    """What is written.

    Attributes:
        kind: The kind as the request knows it.
        name: The resource's name.
        namespace: Its namespace; None in a cluster-scoped kind.
    """

    kind: CompiledKind
    name: str
    namespace: str | None


class Commits:
    """Commits decisions on resources of every kind but definitions."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        gates: Gates,
        *,
        lag_seconds: Callable[[], float],
        removed: Callable[[str], None],
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: The kinds.
            gates: Where writers of a kind stand aside while it is changed.
            lag_seconds: How far behind the change stream is.
            removed: Told the name of a kind that is going whenever one of its resources is gone.
        """
        self._store = store
        self._registry = registry
        self._gates = gates
        self._lag_seconds = lag_seconds
        self._removed = removed

    async def write(
        self, scope: RequestScope, target: Target, decide: Decide, *, given: Any, dry_run: bool
    ) -> Resource:
        """Commit what is decided on the stored state.

        Args:
            scope: Told the commit's position.
            target: What is written.
            decide: Decides; asked again after a lost race.
            given: What the client sent: where it is large, decisions are made in a thread.
            dry_run: Do all but commit.

        Returns:
            The state after the commit; of a deletion, the last one.

        Raises:
            Conflict: Every race was lost.
            AlreadyExists: The values of a unique index are taken.
        """
        check_lag(self._lag_seconds)
        storage = self._registry.served(target.kind).storage.key
        key = resource_key(storage, namespace=target.namespace, name=target.name)
        async with self._gates.passing(storage), self._store.writing() as session:
            for _ in range(_ATTEMPTS):
                served = self._registry.served(target.kind)
                document = await session.find(key)
                current = None if document is None else state_of(document)
                decision = await _decided(decide, served.rules, current, given=given)
                state = _next_state(decision, current, version=session.position)
                try:
                    await _commit(session, served, decision.action, state, current, dry_run=dry_run)
                except LostRace as lost:
                    _explain(served, lost, target)
                    continue
                if not dry_run:
                    scope.committed(session.position)
                    if decision.action is Action.DELETE and served.going:
                        self._removed(served.rules.type_name)
                return visible(state, target.kind)
        whole = shown(target.name, target.namespace)
        raise Conflict(f"{target.kind.names.type_name} {whole} was changed by others meanwhile", retryable=True)


async def _decided(decide: Decide, rules: Rules, current: State | None, *, given: Any) -> Decision:
    if is_large(given) or (current is not None and is_large(current.body)):
        return await asyncio.to_thread(decide, rules, current)
    return decide(rules, current)


def _next_state(decision: Decision, current: State | None, *, version: int) -> State:
    if decision.action in (Action.INSERT, Action.REPLACE) or current is None:
        return decision.state._replace(version=version)
    return decision.state._replace(version=current.version)


async def _commit(
    session: WriteSession, served: Served, action: Action, state: State, current: State | None, *, dry_run: bool
) -> None:
    if action is Action.NOTHING:
        return
    metadata = state.metadata
    key = resource_key(served.storage.key, namespace=metadata["namespace"], name=metadata["name"])
    if action is Action.DELETE:
        if not dry_run:
            await session.delete(key, seen=state.version)
        return
    slots = served.storage.slots
    held = slot_values(slots, metadata, state.body, key=key)
    document = to_document(state, storage=served.storage.key, slots=held)
    if dry_run:
        await session.try_slots(document, [slot for slot in slots if slot.unique])
    elif current is None:
        await session.insert(document)
    else:
        await session.replace(document, seen=current.version)


def _explain(served: Served, lost: LostRace, target: Target) -> None:
    """Raise for a violated unique index: writing again cannot help."""
    for slot in served.storage.slots:
        if slot.name == lost.index:
            fields = [".".join(field.path) for field in slot.fields]
            raise AlreadyExists(
                f"{served.rules.type_name} {shown(target.name, target.namespace)}: "
                f"another resource has the same {', '.join(fields)}",
                extensions={"index": fields},
            ) from None
