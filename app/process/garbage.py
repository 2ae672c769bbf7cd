"""Python's cyclic garbage collector, tuned so that it never holds the event loop for long.

Compiled kinds live as long as they are served, and a full collection visits every object that lives: with thousands of
kinds it would stop the server for tenths of a second, each time the heap has grown by a quarter. Here full collections
see only what is new since the last one, and what survives them is set aside (``gc.freeze``): each is as short as little
was added. Garbage among what was set aside, such as kinds that were deleted meanwhile, is looked for only when the
process has doubled: that one collection visits everything, and stops the event loop for some 0.2 s each thousand kinds.

What threads are at work on is not set aside: it may be garbage soon, and much of it, such as the types of a large
definition that is refused in the end.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeVar

from app.process.memory import give_back_memory, resident_bytes

__all__ = ["Workers", "collect_in_steps", "tune_garbage_collection"]

P = ParamSpec("P")
T = TypeVar("T")

_YOUNG_OBJECTS: Final = 5_000
_YOUNG_COLLECTIONS: Final = 8
_NEVER: Final = 1_000_000_000
_STEP_SECONDS: Final = 0.25
_MOST_STEPS_UNFROZEN: Final = 40
_GROWTH: Final = 2.0
_LEAST_GROWTH_BYTES: Final = 256 * 2**20
_TRIMMED_BYTES: Final = 16 * 2**20


class Workers(ThreadPoolExecutor):
    """An executor that knows how much it has to do.

    Attributes:
        pending: Calls that are waiting or running.
    """

    def __init__(self) -> None:
        super().__init__(thread_name_prefix="worker")
        self.pending = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule a call; always from the event loop's thread."""
        future = super().submit(fn, *args, **kwargs)
        self.pending += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: Future[Any]) -> None:
        self.pending -= 1


def tune_garbage_collection() -> None:
    """Leave full collections to ``collect_in_steps``; call once, early."""
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_COLLECTIONS, _NEVER)


async def collect_in_steps(is_busy: Callable[[], bool] = lambda: False) -> None:
    """Do full collections of what is new, for ever; cancel it to end it.

    Args:
        is_busy: Tells whether threads are at work on what may be garbage soon.
    """
    gc.collect()
    gc.freeze()
    give_back_memory()  # so that what is given back later has been freed later
    bytes_then, unfrozen = resident_bytes(), 0
    trimmed = bytes_then
    while True:
        await asyncio.sleep(_STEP_SECONDS)
        if resident_bytes() > trimmed + _TRIMMED_BYTES:
            await asyncio.to_thread(give_back_memory)
            trimmed = resident_bytes()
        if not is_busy() and _has_grown(bytes_then):
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            bytes_then, unfrozen = resident_bytes(), 0
        elif gc.get_count()[2]:  # objects have reached the oldest generation
            gc.collect()
            unfrozen += 1
            if not is_busy() or unfrozen > _MOST_STEPS_UNFROZEN:
                gc.freeze()
                unfrozen = 0


def _has_grown(bytes_then: int) -> bool:
    return resident_bytes() > max(bytes_then * _GROWTH, bytes_then + _LEAST_GROWTH_BYTES)
