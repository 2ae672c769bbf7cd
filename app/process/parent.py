"""The parent of several server processes: starts them, starts dead ones again, and ends with all of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.process.listening import bind, bound_port
from app.process.worker import READY, order

if TYPE_CHECKING:
    from app.settings import Settings

__all__ = ["Parent"]

_CHECK_SECONDS: Final = 0.2
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_STABLE_SECONDS: Final = 30.0
_KILL_AFTER_SECONDS: Final = 5.0  # beyond the drain time

_logger = logging.getLogger(__name__)


class Parent:
    """Runs ``settings.workers`` processes on one port until a signal ends them.

    Each worker gets sockets of its own, bound to the same port, so that the system spreads connections evenly and
    those of a dead worker are refused at once instead of waiting for its successor.

    Args:
        settings: With the address of a database that is there.
        sockets: Bound with ``shared``, never listened on: they keep the port while workers come and go.
        on_ready: Called once, when every worker answers requests.
        find_failure: Asked now and then for a reason to end.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sockets: list[socket.socket],
        on_ready: Callable[[], None],
        find_failure: Callable[[], str | None],
    ) -> None:
        self._settings = settings
        self._port = bound_port(sockets)
        self._on_ready = on_ready
        self._find_failure = find_failure
        self._stop = asyncio.Event()
        self._failure: str | None = None
        self._ready: set[int] = set()
        self._told = False

    def run(self) -> int:
        """Run; return the exit code: 0 after a signal, 1 after a failure."""
        asyncio.run(self._run())
        if self._failure is not None:
            _logger.error("%s", self._failure)
        return 0 if self._failure is None else 1

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch_for_failure())
            keepers = [tasks.create_task(self._keep(slot)) for slot in range(self._settings.workers)]
            await self._stop.wait()
            await asyncio.wait(keepers)
            watching.cancel()

    async def _keep(self, slot: int) -> None:
        """Run one worker after the other in a slot."""
        pause = _FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            began = time.monotonic()
            code = await self._run_worker(slot)
            if self._stop.is_set():
                return
            if slot not in self._ready and not self._told:
                self._fail(f"a worker ended with code {code} before it was ready")
                return
            self._ready.discard(slot)
            if time.monotonic() - began > _STABLE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            _logger.error("worker %d ended with code %s; starting another in %.1f s", slot, code, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _run_worker(self, slot: int) -> int:
        listeners = bind(self._settings.host, self._port, shared=True)
        ours, theirs = socket.socketpair()
        descriptors = [listener.fileno() for listener in listeners]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "app.process.worker", str(theirs.fileno())),
            pass_fds=[theirs.fileno(), *descriptors],
            stdin=asyncio.subprocess.DEVNULL,
        )
        for given in (theirs, *listeners):
            given.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        listening = asyncio.create_task(self._await_ready(slot, reader))
        ending = asyncio.create_task(self._end_when_told(process))
        try:
            writer.write(order(self._settings, listeners=descriptors))
            return await process.wait()
        finally:
            listening.cancel()
            ending.cancel()
            writer.close()

    async def _await_ready(self, slot: int, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            if await reader.readline() == READY:
                self._ready.add(slot)
        if not self._told and len(self._ready) == self._settings.workers:
            self._told = True
            self._on_ready()

    async def _end_when_told(self, process: asyncio.subprocess.Process) -> None:
        await self._stop.wait()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            await asyncio.sleep(self._settings.drain_seconds + _KILL_AFTER_SECONDS)
            process.kill()

    async def _watch_for_failure(self) -> None:
        while not self._stop.is_set():
            reason = self._find_failure()
            if reason is not None:
                self._fail(reason)
            await asyncio.sleep(_CHECK_SECONDS)

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or reason
        self._stop.set()
