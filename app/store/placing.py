"""Where in time a write was committed, when the driver may have sent it twice.

A write whose connection breaks is sent again by the driver, and applied once. Where the first sending was applied, the
second is answered with what the first has done, and with a time of its own: that is later than the commit, and may be
another's (https://www.mongodb.com/docs/manual/core/retryable-writes/). So the commit is looked up in the change stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.errors import Unavailable
from app.store.changes import ChangeEvent, HistoryLost, open_changes

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

__all__ = ["Sent", "find_commit"]

_PATIENCE_SECONDS: Final = 10.0
_AWAIT_MILLISECONDS: Final = 50


class Sent(NamedTuple):
    """A write that the database has acknowledged.

    Attributes:
        key: The document's ``_id``.
        since: A position before the commit.
        is_ours: Tells the change that it made from others of the same document.
        topology: How the driver saw the database when the write was first sent.
    """

    key: str
    since: int
    is_ours: Callable[[ChangeEvent], bool]
    topology: object

    def was_sent_once(self, topology: object) -> bool:
        """Tell whether nothing can have happened to its connection: the driver sees the database as it did before.

        The driver makes a new description with every failure, and with every news of a member. So this may be false
        for a write that went well; that costs a look-up.
        """
        return self.topology is topology


async def find_commit(resources: AsyncCollection[Any], sent: Sent) -> int:
    """Return the position of a write's commit.

    Raises:
        Unavailable: It cannot be told now.
    """
    document = [{"documentKey._id": sent.key}]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async with open_changes(
                resources, after=sent.since, within=document, await_milliseconds=_AWAIT_MILLISECONDS
            ) as cursor:
                while True:
                    event = await cursor.next()
                    if event is not None and sent.is_ours(event):
                        return event.position
    except (HistoryLost, TimeoutError) as error:
        raise Unavailable("The write was committed, and its position cannot be told now.") from error
