"""What resources name with consequences, as MongoDB keeps it: who names whom, and cascades to be done.

Each resource of a kind with such references holds

    links: {k: "<what is looked at>", t: ["<kind> <name> <namespace>", …]}

under one index that all kinds share. ``k`` changes with where the kind's schema has references.

A deletion whose consequences are to be seen to is noted in the collection ``meta``, which is not watched:

    {_id: "cascade <kind> <name> <namespace>", kind: …, name: …, namespace: …, mark: "…"}
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pymongo import ASCENDING, IndexModel, UpdateOne

from app.pacing import Pace
from app.store.documents import state_of
from app.store.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from app.resources.keys import KeyRange
    from app.resources.states import State
    from app.store.mongo import Document, Store
    from app.store.sessions import WriteSession

__all__ = [
    "LINKS",
    "Cascade",
    "fill_links",
    "find_cascades",
    "forget_cascade",
    "link_term",
    "links_index",
    "note_cascade",
    "referrers",
]

LINKS: Final = "links"
_TERMS: Final = f"{LINKS}.t"
_MAX_NAME: Final = 253
_AT_ONCE: Final = 200


def links_index() -> IndexModel:
    """Return MongoDB's index of who names whom."""
    return IndexModel(
        [(_TERMS, ASCENDING), ("_id", ASCENDING)], name=LINKS, partialFilterExpression={_TERMS: {"$exists": True}}
    )


def link_term(kind: str, *, name: str, namespace: str | None) -> str | None:
    """Return what stands for a named resource; None where no resource can be called so."""
    if not name or " " in name or len(name) > _MAX_NAME or len(namespace or "") > _MAX_NAME:
        return None
    return f"{kind} {name} {namespace or ''}"


@dataclass(frozen=True, slots=True)
class Cascade:
    """Which resources are gone, so that something may have to be done to those that name them.

    Attributes:
        kind: The GraphQL name of their kind.
        name: Name of the one that is gone; None: all of the kind.
        namespace: Its namespace; None in a cluster-scoped kind.
        mark: Which deletion was noted, where it was.
    """

    kind: str
    name: str | None = None
    namespace: str | None = None
    mark: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Return the key under which it is noted."""
        return " ".join(["cascade", self.kind, *([] if self.name is None else [self.name, self.namespace or ""])])

    @property
    def condition(self) -> Document:
        """Return MongoDB's filter of those that may name one of them: their kind's scope may have been another."""
        if self.name is not None and self.namespace is not None:
            return {_TERMS: f"{self.kind} {self.name} {self.namespace}"}
        head = self.kind if self.name is None else f"{self.kind} {self.name}"
        return {_TERMS: {"$elemMatch": {"$gte": f"{head} ", "$lt": f"{head}!"}}}


async def referrers(
    store: Store, cascade: Cascade, keys: KeyRange, *, session: WriteSession | None = None
) -> AsyncIterator[Document]:
    """Yield the documents of a kind that may name what is, or is to be, gone, in the order of their keys.

    Args:
        store: The database.
        cascade: What is gone.
        keys: The kind's range.
        session: Has a transaction to read in.
    """
    after = keys.after
    driver_session = None if session is None else session.driver_session
    while True:
        within = {**cascade.condition, "_id": {"$gt": after, "$lt": keys.before}}
        with driver_errors():
            found = store.resources.find(within, session=driver_session).sort("_id", 1).limit(_AT_ONCE)
            batch = await found.to_list()
        for document in batch:
            yield document
        if len(batch) < _AT_ONCE:
            return
        after = batch[-1]["_id"]


async def note_cascade(store: Store, session: WriteSession, cascade: Cascade) -> Cascade:
    """In a transaction: have somebody see to the consequences of a deletion; returns it with its mark."""
    marked = replace(cascade, mark=uuid.uuid4().hex)
    what = {"kind": cascade.kind, "name": cascade.name, "namespace": cascade.namespace, "mark": marked.mark}
    with driver_errors():
        await store.database["meta"].update_one(
            {"_id": cascade.key}, {"$set": what}, upsert=True, session=session.driver_session
        )
    return marked


async def find_cascades(
    store: Store, keys: Sequence[str] | None = None, *, session: WriteSession | None = None
) -> list[Cascade]:
    """Return cascades that are to be done: all, or those of some keys."""
    chosen: Document = {"_id": {"$gte": "cascade ", "$lt": "cascade!"} if keys is None else {"$in": list(keys)}}
    driver_session = None if session is None else session.driver_session
    with driver_errors():
        found = store.database["meta"].find(chosen, session=driver_session)
        return [Cascade(one["kind"], one["name"], one["namespace"], one["mark"]) async for one in found]


async def forget_cascade(store: Store, cascade: Cascade) -> None:
    """Note that the consequences of a deletion have been seen to; not those of a later one of the same name."""
    with driver_errors():
        await store.database["meta"].delete_one({"_id": cascade.key, "mark": cascade.mark})


async def fill_links(store: Store, keys: KeyRange, *, key: str, terms_of: Callable[[State], list[str]]) -> None:
    """Note what the resources of a kind name, where that has not been done; their versions stay as they are.

    A resource that is written meanwhile gets it from whoever writes it.

    Args:
        store: The database.
        keys: The kind's range.
        key: What ``k`` is to be.
        terms_of: Returns what stands for the resources that one names.
    """
    pace, after = Pace(), keys.after
    while True:
        within = {"_id": {"$gt": after, "$lt": keys.before}, f"{LINKS}.k": {"$ne": key}}
        batch, _, cut = await store.read(within, limit=_AT_ONCE)
        updates = []
        for document in batch:
            held = {LINKS: {"k": key, "t": terms_of(state_of(document))}}
            updates.append(UpdateOne({"_id": document["_id"], "version": document["version"]}, {"$set": held}))
            await pace.keep()
        if updates:
            with driver_errors():
                await store.resources.bulk_write(updates, ordered=False)
        if len(batch) < _AT_ONCE and not cut:
            return
        after = batch[-1]["_id"]
