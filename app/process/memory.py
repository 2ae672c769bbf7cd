"""The C library's heap: what was freed goes back to the system.

For some milliseconds, compiling a definition takes a hundred times the memory that its kind keeps. glibc holds on to it
afterwards, and in several threads it does so several times over. Other C libraries are left as they are.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, Final

__all__ = ["give_back_memory", "resident_bytes", "tune_memory"]

_STATM: Final = Path("/proc/self/statm")
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2


def resident_bytes() -> int:
    """Return how much memory the process has; 0 where the system does not say."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def tune_memory() -> None:
    """Have all threads share few heaps; call once, early."""
    library = _glibc()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back_memory() -> None:
    """Give freed memory back to the system; takes some milliseconds, and lets other threads run."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> Any:
    """Return the C library where it is glibc, else None."""
    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "gnu_get_libc_version") and hasattr(library, "malloc_trim") else None
    except OSError:
        return None
