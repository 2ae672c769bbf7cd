"""Runs the application in this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from app.application import Application, create_application
from app.process.garbage import Workers, collect_in_steps, tune_garbage_collection
from app.process.memory import tune_memory
from app.process.serving import ApplicationServer, uvicorn_config

if TYPE_CHECKING:
    from app.settings import Settings

__all__ = ["serve_application"]

_CHECK_SECONDS: Final = 0.5
_SWITCH_SECONDS: Final = 0.001  # a thread that compiles a large definition gives way sooner than by default

_logger = logging.getLogger(__name__)


def serve_application(
    settings: Settings,
    *,
    sockets: Sequence[socket.socket],
    on_ready: Callable[[], None],
    find_failure: Callable[[], str | None] = lambda: None,
) -> int:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: With the address of a database that is there.
        sockets: Bound; listened on once the application has started.
        on_ready: Called when requests are answered.
        find_failure: Asked now and then for a reason to end.

    Returns:
        The exit code: 0 after a signal, 1 after a failure.

    Raises:
        ApplicationUnable: It could not begin to serve.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    tune_memory()
    tune_garbage_collection()
    application = create_application(settings)
    config = uvicorn_config(application, settings)
    server = ApplicationServer(config, drain=application.drain, on_ready=on_ready, drain_seconds=settings.drain_seconds)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(application, server, sockets, find_failure))
    if server.failure is not None:
        _logger.error("%s", server.failure)
    return 0 if server.failure is None and server.started else 1


async def _serve(
    application: Application,
    server: ApplicationServer,
    sockets: Sequence[socket.socket],
    find_failure: Callable[[], str | None],
) -> None:
    workers = Workers()
    asyncio.get_running_loop().set_default_executor(workers)
    async with application:
        beside = asyncio.gather(_watch_for_failure(server, find_failure), collect_in_steps(lambda: workers.pending > 0))
        try:
            await server.serve(sockets=list(sockets))
        finally:
            beside.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beside


async def _watch_for_failure(server: ApplicationServer, find_failure: Callable[[], str | None]) -> None:
    while server.failure is None:
        await asyncio.sleep(_CHECK_SECONDS)
        reason = find_failure()
        if reason is not None:
            server.fail(reason)
