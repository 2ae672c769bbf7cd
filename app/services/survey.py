"""Looking, before a new schema is published, which stored resources it would refuse.

Read in batches at one position, and checked in threads: memory is bounded, and the event loop is free. Resources that
others write meanwhile may be missed. That does no harm: whether an update needs permission is first of all a matter
of the two definitions, and what a new schema refuses stays readable and can be edited (``schema_builder.ratcheting``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.resources.keys import kind_range, split_key
from app.store.documents import state_of

if TYPE_CHECKING:
    from app.store.mongo import Document, Store
    from schema_builder.body import BodySchema
    from schema_builder.errors import Failure

__all__ = ["Refusal", "Refusals", "survey"]

_AT_ONCE: Final = 100
_LISTED: Final = 20
_TOLD_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)

Body = Mapping[str, Any]


class Refusal(NamedTuple):
    """A stored resource that a schema refuses, and the first reason."""

    namespace: str
    name: str
    failure: Failure

    def as_dict(self) -> dict[str, Any]:
        """Return the wire form."""
        where = {"namespace": self.namespace} if self.namespace else {}
        return {**where, "name": self.name, "path": self.failure.path, "message": self.failure.message}


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a survey found.

    Attributes:
        checked: How many resources were looked at.
        count: How many of them the new schema refuses.
        new: How many of those the present schema accepts.
        first: The first of them, in the order of keys.
    """

    checked: int = 0
    count: int = 0
    new: int = 0
    first: tuple[Refusal, ...] = ()

    def plus(self, other: Refusals) -> Refusals:
        """Return this and what was found behind it."""
        first = (*self.first, *other.first)[:_LISTED]
        return Refusals(self.checked + other.checked, self.count + other.count, self.new + other.new, first)

    def as_dict(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"count": self.count, "checked": self.checked, "resources": [one.as_dict() for one in self.first]}


async def survey(
    store: Store, storage: str, *, before: BodySchema, after: BodySchema, migrate: Callable[[Body], Body]
) -> Refusals:
    """Return which resources of a kind a new schema would refuse if they were written as they are.

    Args:
        store: The database.
        storage: The kind's storage key.
        before: The present schema.
        after: The new one.
        migrate: What migrations will make of a body.
    """
    keys = kind_range(storage)
    found, told = Refusals(), time.monotonic()
    batch: list[Document] = []

    async def checked() -> Refusals:
        return found.plus(await asyncio.to_thread(_check, tuple(batch), before, after, migrate))

    async for document, _ in store.scan({"_id": {"$gt": keys.after, "$lt": keys.before}}, batch_size=_AT_ONCE):
        batch.append(document)
        if len(batch) < _AT_ONCE:
            continue
        found = await checked()
        batch.clear()
        if time.monotonic() - told > _TOLD_SECONDS:
            told = time.monotonic()
            _log.info("%s: %d resources checked, the new schema refuses %d", storage, found.checked, found.count)
    return await checked() if batch else found


def _check(
    documents: tuple[Document, ...], before: BodySchema, after: BodySchema, migrate: Callable[[Body], Body]
) -> Refusals:
    found = Refusals()
    for document in documents:
        body = state_of(document).body
        failures = after.failures(after.complete(migrate(body), previous=body))
        if not failures:
            found = found.plus(Refusals(checked=1))
            continue
        is_new = not before.failures(before.complete(body, previous=body))
        _, namespace, name = split_key(document["_id"])
        found = found.plus(Refusals(1, 1, int(is_new), (Refusal(namespace, name, failures[0]),)))
    return found
