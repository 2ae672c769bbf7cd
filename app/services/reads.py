"""Reads of resources: one by its key, one page of a list, some by their ids."""

from __future__ import annotations

import asyncio
import builtins
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from app.errors import LimitExceeded
from app.kinds.compiling import is_large
from app.resources.cursors import encode_cursor, order_signature, parse_cursor
from app.resources.keys import kind_range, namespace_range, resource_key, split_key
from app.resources.selectors import Selector, parse_selector
from app.services.access import Access, access_of
from app.services.naming import DEFAULT_NAMESPACE, argument_namespace
from app.services.scans import SERVED_SECONDS, missing_indexes, too_slow
from app.store.documents import to_resource
from app.store.errors import TooSlow
from app.store.orders import Place
from app.store.pages import Found, Span, count_all, read_page
from app.store.patience import Patience
from app.store.pushdown import Filter, Narrowing, narrow
from app.store.slots import IndexState
from schema_builder.backend import ListQuery, Page, Resource
from schema_builder.conditions import Condition, decider
from schema_builder.node_id import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.store.mongo import Document, Store
    from app.store.slots import Slot
    from schema_builder.compile import CompiledKind
    from schema_builder.links import LinkTarget

__all__ = ["Reads"]

_DEFAULT_PAGE: Final = 50
_LINKED_AT_ONCE: Final = 500
_MAX_FULL_MESSAGES: Final = 4
_MAX_NAME: Final = 253


class Reads:
    """The part of ``schema_builder.backend.Backend`` that reads."""

    def __init__(self, store: Store, registry: Registry, *, max_scan_seconds: float) -> None:
        """Put the parts together.

        Args:
            store: The database.
            registry: The kinds.
            max_scan_seconds: How long a list may look for what no index finds.
        """
        self._store = store
        self._registry = registry
        self._max_scan_seconds = max_scan_seconds

    async def get(self, kind: CompiledKind, *, name: str, namespace: str | None) -> Resource | None:
        """Return the newest committed state of one resource, or None."""
        served = self._registry.served(kind)
        chosen = argument_namespace(served.rules, namespace)
        document = await self._store.find(resource_key(served.storage.key, namespace=chosen, name=name))
        if document is not None and _is_heavy(document, kind):
            return await asyncio.to_thread(to_resource, document, kind)
        return None if document is None else to_resource(document, kind)

    async def nodes(self, ids: Sequence[str]) -> list[Resource | None]:
        """Return resources by opaque ids, in their order; None where there is none, or where it has another uid."""
        wanted: list[tuple[str, Served, str] | None] = []
        for text in ids:
            node = decode(text)
            served = None if node is None else self._registry.find(node.kind)
            if node is None or served is None:
                wanted.append(None)
            else:
                wanted.append(
                    (resource_key(served.storage.key, namespace=node.namespace, name=node.name), served, node.uid)
                )
        documents = await self._store.find_all([one[0] for one in wanted if one is not None])
        answers: list[Resource | None] = []
        for one in wanted:
            document = None if one is None else documents.get(one[0])
            is_same = one is not None and document is not None and document["metadata"]["uid"] == one[2]
            answers.append(to_resource(document, one[1].kind) if one and document and is_same else None)
        return answers

    async def linked(self, targets: Sequence[LinkTarget], *, position: int | None) -> builtins.list[Resource | None]:
        """Return the resources that links name, in their order; None for what does not exist, or is not served.

        Raises:
            Expired: The position is outside of what the database knows.
            LimitExceeded: They would take too much memory.
        """
        keys = [self._key_of(target) for target in targets]
        wanted = sorted({key for key in keys if key is not None})
        found: dict[str, Resource] = {}
        full_messages = 0
        while wanted:
            chosen = wanted[:_LINKED_AT_ONCE]
            batch, position, cut = await self._store.read(
                {"_id": {"$in": chosen}}, limit=len(chosen), position=position
            )
            for document in batch:
                kind = self._registry.kind_by_storage_key(split_key(document["_id"])[0])
                if kind is not None:
                    heavy = _is_heavy(document, kind)
                    found[document["_id"]] = (
                        await asyncio.to_thread(to_resource, document, kind) if heavy else to_resource(document, kind)
                    )
            full_messages += cut
            if full_messages > _MAX_FULL_MESSAGES:
                raise LimitExceeded("What the references name is too large; ask for fewer resources.")
            wanted = [key for key in wanted if key > batch[-1]["_id"]] if cut else wanted[_LINKED_AT_ONCE:]
        return [None if key is None else found.get(key) for key in keys]

    def _key_of(self, target: LinkTarget) -> str | None:
        served = self._registry.find(target.kind)
        if served is None or len(target.name) > _MAX_NAME or len(target.namespace or "") > _MAX_NAME:
            return None
        namespace = (target.namespace or DEFAULT_NAMESPACE) if served.rules.namespaced else None
        return resource_key(served.storage.key, namespace=namespace, name=target.name)

    async def list(self, kind: CompiledKind, query: ListQuery) -> Page:
        """Return one page.

        Raises:
            BadUserInput: A cursor or the selector cannot be read.
            Expired: The position is outside of what the database knows.
            LimitExceeded: The list takes too long; where an index would help, it is named.
        """
        if query.position is not None:
            await self._store.require_position(query.position)
        listing = _Listing.of(self._registry.served(kind), kind, query)
        patience = Patience(SERVED_SECONDS if listing.is_served else self._max_scan_seconds)
        try:
            found = await self._read(listing, query, patience)
            total = await self._count(listing, query, found.position, patience)
        except TooSlow as slow:
            raise too_slow(kind, listing.missing(), self._registry.served(kind).storage.slots) from slow
        items, has_next, has_previous = _window(found, query)
        return Page(
            resources=[resource for _, resource in items],
            cursors=[listing.cursor(place) for place, _ in items],
            has_next=has_next,
            has_previous=has_previous,
            total=total,
            position=found.position,
        )

    async def _count(self, listing: _Listing, query: ListQuery, position: int, patience: Patience) -> int | None:
        if not query.with_total:
            return None
        return await count_all(self._store, listing.span, position=position, keep=listing.keep, patience=patience)

    async def _read(self, listing: _Listing, query: ListQuery, patience: Patience) -> Found[Resource]:
        backward = query.first is None and query.last is not None
        limit = query.last if query.first is None else query.first
        return await read_page(
            self._store,
            listing.span,
            limit=_DEFAULT_PAGE if limit is None else limit,
            backward=backward,
            position=query.position,
            keep=listing.keep,
            is_heavy=listing.is_heavy,
            patience=patience,
        )


def _window(found: Found[Resource], query: ListQuery) -> tuple[list[tuple[Place, Resource]], bool, bool]:
    """Return (items, has_next, has_previous); of ``first`` and ``last`` together, last counts inside of first."""
    items = found.items
    if query.first is None and query.last is not None:
        return items, query.before is not None, found.more
    has_previous = query.after is not None
    if query.last is not None and query.last < len(items):
        return items[len(items) - query.last :], found.more or query.before is not None, True
    return items, found.more or query.before is not None, has_previous


@dataclass(frozen=True, slots=True)
class _Listing:
    """One list as it is to be read."""

    span: Span
    keep: Callable[[Document], Resource | None]
    is_heavy: Callable[[Document], bool]
    is_served: bool
    missing: Callable[[], Sequence[Sequence[str]]]
    cursor: Callable[[Place], str]

    @classmethod
    def of(cls, served: Served, kind: CompiledKind, query: ListQuery) -> _Listing:
        namespace = argument_namespace(served.rules, query.namespace) if query.namespace is not None else None
        storage = served.storage.key
        selector = parse_selector(query.label_selector)
        slots = _usable(served.storage.slots, query.position)
        access = access_of(
            query.order,
            query.where,
            served.storage.slots,
            usable=slots,
            one_namespace=not served.rules.namespaced or namespace is not None,
        )
        signature = order_signature(query.order, storage=storage, namespace=namespace)

        def place(cursor: str | None, argument: str) -> Place | None:
            if cursor is None:
                return None
            values, where = parse_cursor(cursor, signature, terms=len(access.ordering.terms), argument=argument)
            return Place(values, f"{storage} {where}")

        span = Span(
            keys=kind_range(storage) if namespace is None else namespace_range(storage, namespace),
            narrowing=_narrowing(query.where, selector, access, bodies=not kind.body.has_write_only),
            ordering=access.ordering,
            hint=access.hint,
            after=place(query.after, "after"),
            before=place(query.before, "before"),
        )
        return cls(
            span=span,
            keep=_keeper(kind, query.where, selector),
            is_heavy=lambda document: _is_heavy(document, kind),
            is_served=access.is_served and not selector.requirements,
            missing=partial(missing_indexes, kind.definition, query.where, query.order),
            cursor=lambda at: encode_cursor(signature, at.values, place=at.key.partition(" ")[2]),
        )


def _is_heavy(document: Document, kind: CompiledKind) -> bool:
    """Tell whether it takes long to present a document: a large one that has to be walked through."""
    return (kind.body.has_write_only or "escaped" in document) and is_large(document["body"])


def _keeper(kind: CompiledKind, where: Condition | None, selector: Selector) -> Callable[[Document], Resource | None]:
    decide = None if where is None else decider(where)

    def keep(document: Document) -> Resource | None:
        resource = to_resource(document, kind)
        if not selector.matches(resource.metadata["labels"]):
            return None
        if decide is not None and not decide({**resource.body, "metadata": resource.metadata}):
            return None
        return resource

    return keep


def _usable(slots: Sequence[Slot], position: int | None) -> list[Slot]:
    ready = (slot for slot in slots if slot.state is IndexState.READY)
    return [slot for slot in ready if position is None or slot.since <= position]


def _narrowing(where: Condition | None, selector: Selector, access: Access, *, bodies: bool) -> Narrowing:
    said = Narrowing(None, exact=True) if where is None or access.is_exact else narrow(where, bodies=bodies)
    filters = [one for one in (said.filter, access.filter) if one is not None]
    filters += [
        _label_filter(requirement.operator, requirement.key, requirement.values)
        for requirement in selector.requirements
    ]
    return Narrowing({"$and": filters} if filters else None, said.exact, said.objects)


def _label_filter(operator: str, key: str, values: Sequence[str]) -> Filter:
    match operator:
        case "in":
            return {"labels": {"$in": [f"{key}={value}" for value in values]}}
        case "notin":
            return {"labels": {"$nin": [f"{key}={value}" for value in values]}}
        case "exists":
            return {"labels": key}
        case _:
            return {"labels": {"$ne": key}}
