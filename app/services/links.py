"""Consequences of references: what may not be deleted, what must not be named any more, and what follows a deletion.

    RESTRICT   the deletion of what is named is refused
    CASCADE    who names it is deleted after it      ── app.services.cascades
    SET_NULL   the name is taken away after it       ── app.services.cascades

Whoever names a resource anew and whoever deletes it write the same fence in their transactions, so one of them sees
the other: MongoDB lets neither commit beside the other.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.errors import Conflict, LimitExceeded, Unavailable
from app.resources.decisions import Action
from app.resources.keys import kind_range, resource_key, split_key
from app.resources.states import State, is_going
from app.services.naming import DEFAULT_NAMESPACE, shown
from app.store.documents import state_of
from app.store.fences import Fences
from app.store.links import (
    LINKS,
    Cascade,
    find_cascades,
    link_term,
    note_cascade,
    referrers,
)
from schema_builder.differences import pointer_token
from schema_builder.errors import Failure, Invalid
from schema_builder.links import LINK_KEYWORD, OnDelete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.store.mongo import Document, Store
    from app.store.sessions import WriteSession
    from schema_builder.compile import CompiledKind
    from schema_builder.linking import Found
    from schema_builder.links import LinkTarget

__all__ = ["Consequences", "Links", "link_terms", "link_values", "names_gone"]

_LOOKED_AT: Final = 1_000
"""Resources that are looked at, to say before anything is done that a cascade would meet a RESTRICT."""
_TOLD: Final = 20
_KEYS_AT_ONCE: Final = 500
_MAX_NAMED: Final = 10_000
_HOLDING: Final = frozenset({OnDelete.RESTRICT, OnDelete.CASCADE})
_FOLLOWING: Final = frozenset({OnDelete.CASCADE, OnDelete.SET_NULL})


@dataclass(frozen=True, slots=True)
class Consequences:
    """What is to be judged together with a write.

    Attributes:
        named: What the resource names from now on, with consequences that a deletion must see.
        gone: What is, or is to be, deleted, where others may name it.
        is_final: It is gone once the write is committed.
    """

    named: tuple[Found, ...]
    gone: Cascade | None
    is_final: bool


class _Referrer(NamedTuple):
    """A resource that names another."""

    served: Served
    document: Document
    found: Found

    @property
    def key(self) -> str:
        return str(self.document["_id"])

    @property
    def told(self) -> dict[str, Any]:
        _, namespace, name = split_key(self.key)
        path = pointer(self.found)
        return {"kind": self.served.rules.type_name, "namespace": namespace or None, "name": name, "path": path}


def pointer(found: Found) -> str:
    """Return where a name stands, as a JSON pointer from the resource's root."""
    return "".join(f"/{pointer_token(str(token))}" for token in found.path)


def link_terms(kind: CompiledKind, state: State) -> list[str]:
    """Return what stands for the resources that one names with consequences."""
    held = kind.body.held(state.body, namespace=state.metadata["namespace"])
    terms = {_term(found.target) for found in held}
    return sorted(term for term in terms if term is not None)


def link_values(served: Served, state: State) -> dict[str, Any]:
    """Return what a document keeps of what its resource names: ``{"links": {…}}``, or nothing.

    Raises:
        LimitExceeded: It names too many.
    """
    slot = served.storage.links
    if slot is None:
        return {}
    terms = link_terms(served.kind, state)
    if len(terms) > _MAX_NAMED:
        whole = shown(state.metadata["name"], state.metadata["namespace"])
        raise LimitExceeded(
            f"{served.rules.type_name} {whole} names {len(terms)} resources with consequences: {_MAX_NAMED} is the most"
        )
    return {LINKS: {"k": slot.key, "t": terms}}


def names_gone(found: Found, gone: Cascade) -> bool:
    """Tell whether a name is that of what is gone."""
    target = found.target
    if target.kind != gone.kind or gone.name is None:
        return target.kind == gone.kind
    same_namespace = gone.namespace is None or (target.namespace or DEFAULT_NAMESPACE) == gone.namespace
    return target.name == gone.name and same_namespace


def _term(target: LinkTarget) -> str | None:
    return link_term(target.kind, name=target.name, namespace=target.namespace or DEFAULT_NAMESPACE)


def _fence(kind: str, name: str | None) -> str:
    """Return what the fence is for: the scope of the kind, and so the namespace, may not be known."""
    return f"{kind} {name}"


class Links:
    """Judges writes by what resources name."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._fences = Fences(store)

    def consequences(
        self, served: Served, *, current: State | None, action: Action, state: State
    ) -> Consequences | None:
        """Return what is to be judged together with a write; None for nearly all, where nobody names anybody.

        Args:
            served: The kind.
            current: The stored state.
            action: What is to be committed.
            state: The next state; of a deletion, the last one.
        """
        named: tuple[Found, ...] = ()
        if action in (Action.INSERT, Action.REPLACE) and served.storage.links is not None:
            before = set() if current is None else {_term(found.target) for found in _held(served, current)}
            named = tuple(
                found
                for found in _held(served, state)
                if found.link.on_delete in _HOLDING and (term := _term(found.target)) and term not in before
            )
        gone = None
        is_marked = action is Action.REPLACE and is_going(state) and current is not None and not is_going(current)
        if (is_marked or action is Action.DELETE) and self._registry.referrers(served.rules.type_name):
            gone = Cascade(served.rules.type_name, state.metadata["name"], state.metadata["namespace"])
        if not named and gone is None:
            return None
        return Consequences(named, gone, action is Action.DELETE)

    async def foresee(self, gone: Cascade, *, key: str) -> None:
        """Refuse a deletion that others forbid, also those that it would cascade to; as things are now.

        Args:
            gone: What is to be deleted.
            key: Its key.

        Raises:
            Conflict: Somebody forbids it.
            Unavailable: It is not known yet who names what.
        """
        following, blocked = {key}, dict[str, _Referrer]()
        direct: list[_Referrer] = []
        pending = [gone]
        while pending and len(following) + len(blocked) < _LOOKED_AT:
            one = pending.pop()
            async for referrer in self._referrers(one):
                if referrer.found.link.on_delete is OnDelete.RESTRICT:
                    if one is not gone:
                        blocked.setdefault(referrer.key, referrer)
                    elif referrer.key != key:
                        direct.append(referrer)
                elif referrer.found.link.on_delete is OnDelete.CASCADE and referrer.key not in following:
                    following.add(referrer.key)
                    _, namespace, name = split_key(referrer.key)
                    pending.append(Cascade(referrer.served.rules.type_name, name, namespace or None))
                if len(following) + len(blocked) >= _LOOKED_AT or len(direct) >= _TOLD:
                    break
            if direct:
                raise _refusal(gone, direct)
        forbidding = [referrer for key, referrer in blocked.items() if key not in following]
        if forbidding:
            raise _refusal(gone, forbidding[:_TOLD])

    @asynccontextmanager
    async def judging(self, session: WriteSession, what: Consequences, *, key: str) -> AsyncIterator[Cascade | None]:
        """Judge a write in a transaction, in which the block then commits it; what is to follow it is noted there, too.

        Raises:
            Conflict: The deletion is forbidden.
            Invalid: What is named is being deleted.
            LostRace: Somebody names or deletes the same at the same time.
        """
        named = {_fence(one.target.kind, one.target.name) for one in what.named}
        deleted = None if what.gone is None else _fence(what.gone.kind, what.gone.name)
        with self._fences.passing(named, deleted=deleted) as fences:
            async with session.transaction():
                await self._fences.write(session, fences)
                follows = await self.judge(session, what, key=key)
                yield None if follows is None else await note_cascade(self._store, session, follows)

    async def judge(self, session: WriteSession, what: Consequences, *, key: str) -> Cascade | None:
        """Judge a write by what the session reads; return what is to follow it.

        Args:
            session: Reads.
            what: The write.
            key: Of the resource.

        Raises:
            Conflict: The deletion is forbidden.
            Invalid: What is named is being deleted.
        """
        if what.named:
            await self._judge_named(session, what.named)
        gone = what.gone
        if gone is None:
            return None
        forbidding, follows = [], False
        async for referrer in self._referrers(gone, session=session):
            if referrer.key == key:
                continue
            follows = follows or referrer.found.link.on_delete in _FOLLOWING
            if referrer.found.link.on_delete is OnDelete.RESTRICT:
                forbidding.append(referrer)
            if len(forbidding) >= _TOLD or (follows and not self._restricts(gone.kind)):
                break
        if forbidding:
            raise _refusal(gone, forbidding)
        return gone if follows and what.is_final else None

    def _restricts(self, kind: str) -> bool:
        """Tell whether any kind forbids that resources of a kind are deleted."""
        return any(
            link.kind == kind and link.on_delete is OnDelete.RESTRICT
            for name in self._registry.referrers(kind)
            if (served := self._registry.find(name)) is not None
            for links in served.kind.definition.links.values()
            for link in links
        )

    async def _judge_named(self, session: WriteSession, named: Collection[Found]) -> None:
        keys = {found: self.key_of(found.target) for found in named}
        found = await self._store.find_going([key for key in keys.values() if key is not None], session=session)
        wanted = {cascade.key for one in named for cascade in self._cascades_of(one.target)}
        pending = {one.key for one in await find_cascades(self._store, sorted(wanted), session=session)}
        failures = []
        for one, key in keys.items():
            served = self._registry.find(one.target.kind)
            is_leaving = served is not None and served.going
            if is_leaving or key in found or any(cascade.key in pending for cascade in self._cascades_of(one.target)):
                whole = shown(one.target.name, one.target.namespace)
                message = f"names the {one.target.kind} {whole}, which is being deleted"
                failures.append(Failure(pointer(one), LINK_KEYWORD, message))
        if failures:
            raise Invalid(f"The resource is invalid: {len(failures)} failure(s)", failures)

    def key_of(self, target: LinkTarget) -> str | None:
        """Return the key of a named resource, None where its kind is not served."""
        served = self._registry.find(target.kind)
        if served is None or _term(target) is None:
            return None
        namespace = (target.namespace or DEFAULT_NAMESPACE) if served.rules.namespaced else None
        return resource_key(served.storage.key, namespace=namespace, name=target.name)

    @staticmethod
    def _cascades_of(target: LinkTarget) -> Iterator[Cascade]:
        yield Cascade(target.kind)
        yield Cascade(target.kind, target.name, target.namespace or DEFAULT_NAMESPACE)
        yield Cascade(target.kind, target.name, None)

    async def _referrers(self, gone: Cascade, *, session: WriteSession | None = None) -> AsyncIterator[_Referrer]:
        """Yield everybody who names what is gone, once for each time."""
        for name in sorted(self._registry.referrers(gone.kind)):
            served = self._registry.find(name)
            if served is None or served.storage.links is None:
                continue
            if not served.storage.links.ready:
                raise Unavailable(f"What the resources of {name} name is being looked at; try again in some seconds.")
            keys = kind_range(served.storage.key)
            async for document in referrers(self._store, gone, keys, session=session):
                for found in _held(served, state_of(document)):
                    if names_gone(found, gone):
                        yield _Referrer(served, document, found)

    async def foresee_kind(self, name: str) -> None:
        """Refuse the deletion of a kind while others forbid that of resources that it has.

        Raises:
            Conflict: Somebody does.
            Unavailable: It is not known yet who names what.
        """
        if not self._restricts(name):
            return
        waiting: dict[str, _Referrer] = {}
        async for referrer in self._referrers(Cascade(name)):
            if referrer.found.link.on_delete is not OnDelete.RESTRICT or referrer.served.rules.type_name == name:
                continue
            key = self.key_of(referrer.found.target)
            if key is not None:
                waiting.setdefault(key, referrer)
            if len(waiting) >= _KEYS_AT_ONCE:
                await self._refuse_present(name, waiting)
                waiting = {}
        await self._refuse_present(name, waiting)

    async def _refuse_present(self, name: str, waiting: dict[str, _Referrer]) -> None:
        present = await self._store.find_all(list(waiting)) if waiting else {}
        if present:
            raise _refusal(Cascade(name), [waiting[key] for key in sorted(present)][:_TOLD])


def _held(served: Served, state: State) -> Iterator[Found]:
    return served.kind.body.held(state.body, namespace=state.metadata["namespace"])


def _refusal(gone: Cascade, forbidding: list[_Referrer]) -> Conflict:
    told = [referrer.told for referrer in forbidding]
    first = told[0]
    whole = gone.kind if gone.name is None else f"{gone.kind} {shown(gone.name, gone.namespace)}"
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    by = f"{first['kind']} {shown(first['name'], first['namespace'])} at {first['path']}"
    message = f"{whole} cannot be deleted while it is named by {by}{more}"
    return Conflict(message, extensions={"referrers": told})
