"""Writes that survive others' writes: read, decide, write with a precondition, and again where somebody was faster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from controllers.errors import Conflict, NotFound
from controllers.limiter import Backoff

if TYPE_CHECKING:
    from controllers.resource import Resource
    from controllers.resources import Written

__all__ = ["rewrite"]

_ATTEMPTS: Final = 8
_BACKOFF: Final = Backoff(base_seconds=0.02, most_seconds=1.0, jitter=0.5)


async def rewrite(
    resource: Resource,
    *,
    read: Callable[[], Awaitable[Resource | None]],
    write: Callable[[Resource], Awaitable[Written | None]],
) -> Written | None:
    """Write what is decided from a state, and decide again from the newest one where that was not it.

    Args:
        resource: The state to begin with.
        read: Returns the newest state.
        write: Decides and writes, with the version of the state that it is given as a precondition; None where there is
            nothing to write.

    Returns:
        What was written; None where nothing had to be, or the resource is gone.

    Raises:
        Conflict: Others were faster, time after time.
    """
    current: Resource | None = resource
    for attempt in range(1, _ATTEMPTS + 1):
        if current is None or current.uid != resource.uid:
            return None
        try:
            return await write(current)
        except NotFound:
            return None
        except Conflict:
            if attempt == _ATTEMPTS:
                raise
        await asyncio.sleep(_BACKOFF.delay(attempt))
        current = await read()
    return None
