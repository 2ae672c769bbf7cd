"""Python's cyclic garbage collector, tuned for a process that holds many objects for ever.

Compiled kinds are reference cycles that live as long as the kind; a full collection visits all of them and stops the
event loop meanwhile, about 0.1 s for each million objects. So what is there after the start is set aside, the youngest
generation is larger, and full collections are rarer.
"""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["set_aside", "tune_garbage_collection"]

_THRESHOLDS: Final = (50_000, 20, 50)


def tune_garbage_collection() -> None:
    """Collect less often; call once, early."""
    gc.set_threshold(*_THRESHOLDS)


def set_aside() -> None:
    """Keep what lives now out of all later collections; call when the server is ready."""
    gc.collect()
    gc.freeze()
