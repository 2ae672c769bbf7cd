"""Ending work in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

__all__ = ["end_tasks"]

_AGAIN_SECONDS: Final = 0.5


async def end_tasks(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel tasks, and return when all of them have ended, however they ended.

    A cancellation can be lost: one that comes while the driver connects may be answered by an error of the network, and
    whoever tries again on those goes on. So whatever goes on is cancelled again.
    """
    asked = {task for task in tasks if task is not None}
    pending = {task for task in asked if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_AGAIN_SECONDS)
    for task in asked:
        if not task.cancelled():
            task.exception()  # whoever is interested in it has asked before
