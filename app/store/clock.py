"""The database's own clock, told without asking it each time."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Any, Final

from app.store.errors import driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

__all__ = ["DatabaseClock"]

_GOOD_FOR_SECONDS: Final = 10.0


class DatabaseClock:
    """Tells the time of the primary's clock, never a later one."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._database = database
        self._time = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        self._told_at = float("-inf")

    async def now(self) -> datetime.datetime:
        """Return the database's time in UTC, late by at most a round trip; asked anew every ten seconds.

        Raises:
            Unavailable: The database does not answer.
        """
        if time.monotonic() - self._told_at > _GOOD_FOR_SECONDS:
            with driver_errors():
                answer = await self._database.command("hello")
            self._time = answer["localTime"].replace(tzinfo=datetime.UTC)  # commands are answered without a zone
            self._told_at = time.monotonic()
        return self._time + datetime.timedelta(seconds=time.monotonic() - self._told_at)
