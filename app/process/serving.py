"""One server process: an ASGI application on uvicorn, from its first request to its last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from app.process.http import HttpConnection
from app.process.websockets.connection import Connection

if TYPE_CHECKING:
    from app.settings import Settings

__all__ = ["ApplicationServer", "uvicorn_config"]

_BACKLOG: Final = 2048
_KEEP_ALIVE_SECONDS: Final = 75  # longer than clients and proxies keep theirs, so that they end connections, not we

_logger = logging.getLogger(__name__)


def uvicorn_config(application: Any, settings: Settings) -> uvicorn.Config:
    """Return how we run uvicorn; benchmarks and tests use the same."""
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=HttpConnection,
        ws=Connection,
        ws_max_size=settings.max_body_bytes,
        ws_ping_interval=settings.keep_alive_seconds,
        lifespan="off",
        access_log=settings.access_log,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )


class ApplicationServer(uvicorn.Server):
    """Uvicorn's server, which drains before it shuts down and then ends without re-raising the signal.

    Attributes:
        failure: Why the process must end although nobody asked it to; None while there is no reason.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        drain: Callable[[], Awaitable[None]],
        on_ready: Callable[[], None] = lambda: None,
        drain_seconds: float = 10,
    ) -> None:
        super().__init__(config)
        self.failure: str | None = None
        self._drain = drain
        self._on_ready = on_ready
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End within the drain time: no new requests, watches end with a resumable error, requests finish."""
        began = time.monotonic()
        for server in self.servers:
            server.close()
        try:
            async with asyncio.timeout(self._drain_seconds):
                await self._drain()
        except TimeoutError:
            _logger.warning("watches were still open after %s seconds", self._drain_seconds)
        except Exception:
            _logger.exception("draining failed")
        left = self._drain_seconds - (time.monotonic() - began)
        self.config.timeout_graceful_shutdown = max(1, round(left))
        await super().shutdown(sockets)

    def fail(self, reason: str) -> None:
        """End as after a signal, and remember why."""
        self.failure = reason
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT drain, and a second SIGINT end at once."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def serve_forever(self, sockets: Sequence[socket.socket]) -> None:
        """Run until a signal or a failure ends it."""
        self.run(sockets=list(sockets))
