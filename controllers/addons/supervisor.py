"""Keeps one process running: starts it behind a guard, starts it again with backoff, and ends it for good."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from controllers.addons.errors import AddonRefused
from controllers.limiter import Backoff

if TYPE_CHECKING:
    from controllers.addons.logbook import LogBook
    from controllers.addons.program import Program

__all__ = ["Keeper", "Timings"]

_GUARD: Final = Path(__file__).with_name("guard.py")
_AFTER_GRACE_SECONDS: Final = 10.0
_CLEANUP_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Timings:
    """How long things may take.

    Attributes:
        backoff: How long a process that ended waits before it is started again.
        stable_seconds: A process that ran for so long starts with the shortest wait again.
        grace_seconds: How long a process may take to end once it is told to.
        startup_seconds: How long it may take until its first heartbeat before it is started anew.
    """

    backoff: Backoff = field(default_factory=lambda: Backoff(base_seconds=1.0, most_seconds=300.0))
    stable_seconds: float = 60.0
    grace_seconds: float = 25.0
    startup_seconds: float = 60.0


class Keeper:
    """One process that is kept running.

    Args:
        prepare: Returns what to start, for a token of its own each time. What it raises counts as a failed start.
        log: Where what it writes goes.
        timings: How long things may take.
        on_change: Called when something happened to the process.

    Attributes:
        token: Of the process that runs, or ran last.
        pid: Of the process; None while none runs.
        restarts: How often it was started again.
        last_exit: How it ended last; empty if it never has.
        refused: Why it cannot be started; None where it can.
    """

    def __init__(
        self,
        prepare: Callable[[str], Awaitable[Program]],
        *,
        log: LogBook,
        timings: Timings,
        on_change: Callable[[], None],
    ) -> None:
        self.log = log
        self.token = secrets.token_hex(4)
        self.pid: int | None = None
        self.started_at = time.monotonic()
        self.restarts = 0
        self.last_exit = ""
        self.refused: AddonRefused | None = None
        self._prepare = prepare
        self._timings = timings
        self._on_change = on_change
        self._stopping = asyncio.Event()
        self._pipe: int | None = None
        self._task = asyncio.create_task(self._keep())

    @property
    def running_seconds(self) -> float:
        """How long the process has run; 0 while none runs."""
        return 0.0 if self.pid is None else time.monotonic() - self.started_at

    async def stop(self) -> None:
        """End the process for good; return once nothing of it is left."""
        self._stopping.set()
        self._hang_up()
        await asyncio.wait({self._task}, timeout=self._timings.grace_seconds + _AFTER_GRACE_SECONDS)
        if not self._task.done():
            self._kill()
            await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()

    def restart(self, reason: str) -> None:
        """End the process as hung; another one takes its place."""
        self.log.note(f"[addon manager] {reason}: the process is started anew")
        self._kill()

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            await self._run_once()
            self._on_change()
            if self._stopping.is_set():
                return
            failures = 1 if time.monotonic() - began > self._timings.stable_seconds else failures + 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._timings.backoff.delay(failures))
            self.restarts += 1

    async def _run_once(self) -> None:
        self.token = secrets.token_hex(4)
        try:
            program = await self._prepare(self.token)
            self.refused = None
        except AddonRefused as error:
            self.refused = error
        except OSError as error:
            self.refused = AddonRefused(f"its private copy cannot be made: {error.strerror}", reason="NotStarted")
        if self.refused is not None:
            self.log.note(f"[addon manager] not started: {self.refused}")
            return
        if self._stopping.is_set():
            return
        try:
            await self._clean_up(program)
            self.last_exit = _described(await self._run(program))
            if not self._stopping.is_set():
                self.log.note(f"[addon manager] ended with {self.last_exit}")
            self.pid = None
            await self._clean_up(program)
        except OSError as error:
            self.last_exit = f"{error.strerror}"
            self.log.note(f"[addon manager] cannot be run: {error}")
        finally:
            self.pid = None

    async def _run(self, program: Program) -> int:
        told, tell = os.pipe()
        stdin, self._pipe = os.pipe()
        grace = f"{self._timings.grace_seconds:g}"
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_GUARD), grace, str(tell), *program.command),
                stdin=stdin,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[tell],
                cwd=program.directory,
                env=dict(program.environment),
                start_new_session=True,
            )
        except OSError as error:
            os.close(told)
            self._hang_up()
            self.log.note(f"[addon manager] cannot be started: {error.strerror}")
            return 127
        finally:
            os.close(stdin)
            os.close(tell)
        self.started_at = time.monotonic()
        if self._stopping.is_set():
            self._hang_up()
        writing = asyncio.create_task(self._follow(process))
        try:
            self.pid = await _first_number(told)
            self._on_change()
            return await process.wait()
        finally:
            if process.returncode is None or process.returncode < 0:
                self._kill()  # the guard itself was killed, and has not ended the group
            self._hang_up()
            await writing

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is not None:
            await self.log.follow(process.stdout)

    async def _clean_up(self, program: Program) -> None:
        if not program.cleanup:
            return
        process = await asyncio.create_subprocess_exec(
            *program.cleanup,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(program.environment),
        )
        try:
            await asyncio.wait_for(process.wait(), _CLEANUP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _hang_up(self) -> None:
        """Close the pipe to the guard, which then ends the process."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _kill(self) -> None:
        if self.pid is not None:
            _kill_group(self.pid)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _described(code: int) -> str:
    number = code - 256 if code >= 192 else code  # the guard's own exit code has eight bits
    with contextlib.suppress(ValueError):
        if number < 0:
            return f"signal {signal.Signals(-number).name}"
    return f"exit code {code}"


async def _first_number(descriptor: int) -> int | None:
    """Return the number that is written to a pipe, and close it; None where nothing is."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        line = await reader.readline()
    finally:
        transport.close()
    return int(line) if line.strip().isdigit() else None
