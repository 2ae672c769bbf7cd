"""One write, from the state that is read to the commit; and again where another write came in between.

current state, and a position before the commit ── session.find
next state                                      ── decide, pure
commit, if the current state still is           ── session.insert | replace | delete
"""

from __future__ import annotations

import asyncio
import datetime
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.errors import AlreadyExists, Conflict
from app.kinds.compiling import is_large
from app.resources.decisions import Action, Decision, Rules
from app.resources.keys import resource_key, split_key
from app.resources.migrating import migrated, newest, pending, with_generation
from app.resources.states import State
from app.services.guards import MAX_LAG_SECONDS, check_lag
from app.services.links import link_values
from app.services.naming import shown
from app.services.ownership import check_owners
from app.store.documents import state_of, to_document, visible
from app.store.errors import LostRace
from app.store.filling import find_twin
from app.store.slots import slot_failures, slot_values
from schema_builder.errors import Invalid, told
from schema_builder.indexes import written_path
from schema_builder.migrations import Blocked

if TYPE_CHECKING:
    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.resources.migrating import Run
    from app.services.gates import Gates
    from app.services.links import Links
    from app.store.links import Cascade
    from app.store.mongo import Document, Store
    from app.store.sessions import WriteSession
    from schema_builder.backend import RequestScope, Resource
    from schema_builder.compile import CompiledKind

__all__ = ["DECISION_SECONDS", "OUTDATED_WRITES_SECONDS", "Commits", "Decide", "Target"]

DECISION_SECONDS: Final = 4.0
"""How long a write may take from the definitions that it is decided by to the database."""
OUTDATED_WRITES_SECONDS: Final = MAX_LAG_SECONDS + DECISION_SECONDS + 1.0
"""So long after a definition was committed, no write by its predecessor is applied any more, on any server.

The last second is for clocks: those of two members of the replica set, when the primary changes.
"""

_ATTEMPTS: Final = 6
"""The first one, and five more after lost races."""
_MOST_ATTEMPTS: Final = 40
"""Where references are judged: whoever names the same resource at the same time is a rival, too."""
_WAIT_SECONDS: Final = 0.002

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
        links: Links,
        lag_seconds: Callable[[], float],
        removed: Callable[[str], None],
        follow: Callable[[Cascade], Awaitable[None]],
    ) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: The kinds.
            gates: Where writers of a kind stand aside while it is changed.
            links: Judges by what resources name.
            lag_seconds: How far behind the change stream is.
            follow: Does what follows a deletion.
            removed: Told the name of a kind that is going whenever one of its resources is gone.
        """
        self._store = store
        self._registry = registry
        self._gates = gates
        self._links = links
        self._lag_seconds = lag_seconds
        self._removed = removed
        self._follow = follow

    async def write(
        self, scope: RequestScope, target: Target, decide: Decide, *, given: Any, dry_run: bool
    ) -> Resource:
        """Commit what is decided on the stored state.

        Args:
            scope: Told the commit's position.
            target: What is written.
            decide: Decides; asked again after a lost race.
            given: What the client sent: where it is large, or the kind has rules, decisions are made in a thread.
            dry_run: Do all but commit.

        Returns:
            The state after the commit; of a deletion, the last one.

        Raises:
            Conflict: Every race was lost.
            AlreadyExists: The values of a unique index are taken.
        """
        plan, follows = await self._write(scope, target, decide, given=given, dry_run=dry_run)
        if follows is not None and not dry_run:
            await self._follow(follows)
        return visible(plan.state, target.kind)

    async def _write(
        self, scope: RequestScope, target: Target, decide: Decide, *, given: Any, dry_run: bool
    ) -> tuple[_Plan, Cascade | None]:
        """Commit what is decided on the stored state; returns what was committed, and what is to follow it."""
        storage = self._registry.served(target.kind).storage.key
        key = resource_key(storage, namespace=target.namespace, name=target.name)
        async with self._gates.passing(storage), self._store.writing() as session:
            for attempt in range(_MOST_ATTEMPTS):
                until = await self._deadline()
                served = self._registry.served(target.kind)
                stored = await session.find(key)
                decision = partial(_plan, decide, served, stored, version=session.position)
                slow = served.rules.body.has_rules or is_large(given) or is_large(stored)
                plan = await asyncio.to_thread(decision) if slow else decision()
                if plan.document is not None and plan.state.metadata["ownerReferences"]:
                    await check_owners(self._registry, served.rules, current=plan.current, state=plan.state)
                try:
                    follows = await self._judge_and_commit(session, served, plan, key, until=until, dry_run=dry_run)
                except LostRace as lost:
                    await self._explain(served, lost, plan, target)
                    if not self._meets_others(served, plan):
                        if attempt + 1 >= _ATTEMPTS:
                            break
                        continue
                    await asyncio.sleep(random.uniform(0, _WAIT_SECONDS * (attempt + 1)))  # noqa: S311 - no secret
                    continue
                if not dry_run:
                    scope.committed(await session.committed_at())
                    if plan.action is Action.DELETE and served.going:
                        self._removed(served.rules.type_name)
                return plan, follows
        whole = shown(target.name, target.namespace)
        raise Conflict(f"{target.kind.names.type_name} {whole} was changed by others meanwhile", retryable=True)

    def _meets_others(self, served: Served, plan: _Plan) -> bool:
        """Tell whether a plan races with those that name the same resource, or the same one."""
        return self._links.consequences(served, current=plan.current, action=plan.action, state=plan.state) is not None

    async def _judge_and_commit(
        self, session: WriteSession, served: Served, plan: _Plan, key: str, *, until: datetime.datetime, dry_run: bool
    ) -> Cascade | None:
        """Commit a plan, together with what references demand; returns what is to follow."""
        what = self._links.consequences(served, current=plan.current, action=plan.action, state=plan.state)
        if what is None:
            await _commit(session, served, plan, until=until, dry_run=dry_run)
            return None
        if what.gone is not None:
            await self._links.foresee(what.gone, key=key)
        if dry_run:
            await _commit(session, served, plan, until=until, dry_run=True)
            return await self._links.judge(session, what, key=key)
        async with self._links.judging(session, what, key=key) as follows:
            await _commit(session, served, plan, until=until, dry_run=False)
        return follows

    async def _deadline(self) -> datetime.datetime:
        """Return until when the database may apply a write that is decided by the definitions of now.

        Raises:
            Unavailable: This server may not know of all definitions.
        """
        check_lag(self._lag_seconds)
        return await self._store.clock.now() + datetime.timedelta(seconds=DECISION_SECONDS)

    async def _explain(self, served: Served, lost: LostRace, plan: _Plan, target: Target) -> None:
        """Raise for a violated unique index, unless it is none any more: writing again cannot help."""
        slot = next((one for one in served.storage.slots if one.name == lost.index), None)
        if slot is None or plan.document is None:
            return
        other = await find_twin(self._store, slot, plan.document[slot.name], key=plan.document["_id"])
        if other is None:
            return
        _, namespace, name = split_key(other)
        raise AlreadyExists(
            f"{served.rules.type_name} {shown(target.name, target.namespace)}: "
            f"{shown(name, namespace)} has the same {slot.says}",
            extensions={
                "index": [written_path(field.path) for field in slot.fields],
                "resource": {"name": name, "namespace": namespace or None},
            },
        ) from None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be committed: the next state, its document where it has one, and the state it takes the place of."""

    action: Action
    state: State
    document: Mapping[str, Any] | None
    current: State | None

    @property
    def seen(self) -> int | None:
        """Return the version that it takes the place of."""
        return None if self.current is None else self.current.version


def _plan(decide: Decide, served: Served, stored: Document | None, *, version: int) -> _Plan:
    current = None if stored is None else state_of(stored)
    runs, mark = served.storage.runs, 0 if stored is None else stored.get("migrated", 0)
    before, through = _migrated(current, runs, mark)
    decision = decide(served.rules, before)
    if decision.action not in (Action.INSERT, Action.REPLACE):
        left = current if current is not None and decision.action is Action.NOTHING else decision.state
        kept = version if current is None else current.version
        return _Plan(decision.action, left._replace(version=kept), None, current)
    state = decision.state._replace(version=version)
    if current is not None and before is not current:
        state = with_generation(current, state)
    metadata, storage = state.metadata, served.storage
    key = resource_key(storage.key, namespace=metadata["namespace"], name=metadata["name"])
    if failures := list(slot_failures(storage.slots, state.body)):
        whole = shown(metadata["name"], metadata["namespace"])
        raise Invalid(f"{served.rules.type_name} {whole} is invalid: {told(failures)}.", failures)
    held = {**slot_values(storage.slots, metadata, state.body, key=key), **link_values(served, state)}
    document = to_document(state, storage=storage.key, slots=held, migrated=through)
    return _Plan(decision.action, state, document, current)


def _migrated(current: State | None, runs: Sequence[Run], mark: int) -> tuple[State | None, int]:
    """Return what a write begins with, and the newest run that it has gone through: pending migrations come first."""
    if not runs:
        return current, mark
    if current is None:
        return None, newest(runs)
    try:
        return migrated(current, pending(runs, mark=mark)), newest(runs)
    except Blocked:
        return current, mark


async def _commit(
    session: WriteSession, served: Served, plan: _Plan, *, until: datetime.datetime, dry_run: bool
) -> None:
    if plan.document is None:
        if plan.action is Action.DELETE and plan.seen is not None and not dry_run:
            metadata = plan.state.metadata
            key = resource_key(served.storage.key, namespace=metadata["namespace"], name=metadata["name"])
            await session.delete(key, seen=plan.seen)
    elif dry_run:
        await session.try_slots(plan.document, [slot for slot in served.storage.slots if slot.name in plan.document])
    elif plan.seen is None:
        await session.insert(plan.document, until=until)
    else:
        await session.replace(plan.document, seen=plan.seen, until=until)
