"""A sign of life for whoever keeps this process running: a Lease of its own, renewed from when all is known.

The addon manager names it in the environment, and sees in a watch that the process is well, also while another one
holds the lease of the controller itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from controllers.clock import SystemClock
from controllers.election import Elector, LeaseTerms
from controllers.resource import Key

if TYPE_CHECKING:
    from controllers.resources import Resources

__all__ = ["beating"]

_VARIABLE: Final = "KINDGRAPH_HEARTBEAT"
_SECONDS_VARIABLE: Final = "KINDGRAPH_HEARTBEAT_SECONDS"
_DEFAULT_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 0.05


@contextlib.asynccontextmanager
async def beating(
    resources: Resources, *, is_ready: Callable[[], bool], status: Callable[[], Mapping[str, Any]]
) -> AsyncIterator[None]:
    """Keep the Lease that the environment names as ``NAMESPACE/NAME``, for the length of a block; else do nothing.

    Args:
        resources: The server.
        is_ready: The first sign of life waits for it.
        status: Returns what the Lease's status shall tell.
    """
    namespace, _, name = os.environ.get(_VARIABLE, "").partition("/")
    if not name:
        yield
        return
    seconds = float(os.environ.get(_SECONDS_VARIABLE) or _DEFAULT_SECONDS)
    terms = LeaseTerms(Key(namespace, name), identity=name, lease_seconds=seconds, exclusive=False)
    elector = Elector(terms, resources=resources, clock=SystemClock(), status=status, on_change=lambda: None)

    async def beat() -> None:
        while not is_ready():  # noqa: ASYNC110 - nothing tells when a controller is
            await asyncio.sleep(_LOOK_SECONDS)
        await elector.run()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await elector.release()
