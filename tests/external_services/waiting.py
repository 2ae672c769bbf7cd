"""Waiting for what must become so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

PATIENCE_SECONDS: Final = 30.0


async def becomes(look: Callable[[], Awaitable[Any]], expected: Any) -> None:
    """Return once looking gives what is expected."""
    found: Any = None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await look()
                if found == expected:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"still {found!r}, and not {expected!r}") from None
