"""Python's cyclic garbage collector, tuned so that it never holds the event loop for long.

Compiled kinds live as long as they are served, and a full collection visits every object that lives: with thousands of
kinds it would stop the server for tenths of a second, each time the heap has grown by a quarter. Here full collections
see only what is new since the last one, and what survives them is set aside (``gc.freeze``): each is as short as little
was added. Garbage among what was set aside, such as kinds that were deleted meanwhile, is found once an hour.
"""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Final

__all__ = ["collect_in_steps", "tune_garbage_collection"]

_YOUNG_OBJECTS: Final = 5_000
_YOUNG_COLLECTIONS: Final = 8
_NEVER: Final = 1_000_000_000
_STEP_SECONDS: Final = 0.25
_THAW_SECONDS: Final = 3600.0


def tune_garbage_collection() -> None:
    """Leave full collections to ``collect_in_steps``; call once, early."""
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_COLLECTIONS, _NEVER)


async def collect_in_steps() -> None:
    """Do full collections of what is new, for ever; cancel it to end it."""
    _collect()
    thawed_at = time.monotonic()
    while True:
        await asyncio.sleep(_STEP_SECONDS)
        if time.monotonic() - thawed_at > _THAW_SECONDS:
            gc.unfreeze()
            _collect()
            thawed_at = time.monotonic()
        elif gc.get_count()[2]:  # objects have reached the oldest generation
            _collect()


def _collect() -> None:
    gc.collect()
    gc.freeze()
