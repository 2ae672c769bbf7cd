"""Servers inside another program's event loop, each with a database of its own: for tests of what talks to servers.

The entry point of the group ``kindgraph.test_servers``; see ``controllers.testing.plugin``.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from app.application import create_application
from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.mongod import EmbeddedMongod
from app.process.listening import bind, bound_port
from app.process.serving import ApplicationServer, uvicorn_config
from app.settings import Settings

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["EmbeddedServers"]

_CACHE_GIB: Final = 0.25
_DRAIN_SECONDS: Final = 2


class EmbeddedServers:
    """Makes servers on one embedded mongod; use it as a context manager.

    Args:
        mongo_uri: A replica set to use instead.
    """

    def __init__(self, *, mongo_uri: str | None = None) -> None:
        self._mongo_uri = mongo_uri
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> EmbeddedServers:
        if self._mongo_uri is None:
            path = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="kindgraph-"))
            directory = self._stack.enter_context(contextlib.closing(DataDirectory.open(Path(path))))
            mongod = EmbeddedMongod(directory, binary=find_mongod(), cache_gib=_CACHE_GIB)
            self._mongo_uri = self._stack.enter_context(mongod).mongo_uri
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextlib.asynccontextmanager
    async def server(self) -> AsyncIterator[str]:
        """Run a server without any kinds of users in the running event loop, and give its address."""
        if self._mongo_uri is None:
            raise RuntimeError("use it as a context manager")
        given: dict[str, Any] = {"mongo_uri": SecretStr(self._mongo_uri), "database": f"test_{secrets.token_hex(8)}"}
        settings = Settings(**given, port=0, drain_seconds=_DRAIN_SECONDS)
        async with create_application(settings) as application:
            (listener,) = bind("127.0.0.1", 0)
            ready = asyncio.Event()
            process = _SignalFree(
                uvicorn_config(application, settings),
                drain=application.drain,
                on_ready=ready.set,
                drain_seconds=settings.drain_seconds,
            )
            serving = asyncio.create_task(process.serve(sockets=[listener]))
            await ready.wait()
            try:
                yield f"http://127.0.0.1:{bound_port([listener])}"
            finally:
                process.should_exit = True
                await serving


class _SignalFree(ApplicationServer):
    """Leaves signals to the program that it is in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
