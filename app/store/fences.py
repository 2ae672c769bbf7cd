"""Fences: whoever names a resource and whoever deletes it write the same document, so MongoDB lets one of them win.

    {_id: "fence 517", n: 12}      in the collection ``meta``, which is not watched

Each resource has a block of fences. Those who name it take one of them, so that they seldom meet each other; whoever
deletes it takes all. Blocks are shared by chance, which costs a retry and nothing else.
"""

from __future__ import annotations

import random
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pymongo import UpdateOne

from app.store.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from app.store.mongo import Store
    from app.store.sessions import WriteSession

__all__ = ["Fences"]

_BLOCKS: Final = 64
_FENCES: Final = 64


class Fences:
    """The fences of one database, as one server uses them: its own writers keep out of each other's way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken: set[int] = set()

    @contextmanager
    def passing(self, named: Collection[str], *, deleted: str | None) -> Iterator[set[int]]:
        """Choose the fences of one write, and keep them while it lasts.

        Args:
            named: What stands for the resources that it names.
            deleted: What stands for the one that it deletes.
        """
        chosen = {self._free(name) for name in named}
        self._taken |= chosen
        try:
            yield chosen if deleted is None else chosen | set(_block(deleted))
        finally:
            self._taken -= chosen

    async def write(self, session: WriteSession, fences: set[int]) -> None:
        """In a transaction: make sure that nobody commits beside it who has one of the fences.

        Raises:
            LostRace: Somebody has one.
        """
        updates = [UpdateOne({"_id": f"fence {one}"}, {"$inc": {"n": 1}}, upsert=True) for one in sorted(fences)]
        with driver_errors():
            await self._store.database["meta"].bulk_write(updates, session=session.driver_session)

    def _free(self, name: str) -> int:
        block = _block(name)
        return random.choice([one for one in block if one not in self._taken] or block)  # noqa: S311 - no secret


def _block(name: str) -> range:
    first = zlib.crc32(name.encode("utf-8", "surrogatepass")) % _BLOCKS * _FENCES
    return range(first, first + _FENCES)
