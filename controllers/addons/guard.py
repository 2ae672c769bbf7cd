"""The process between the addon manager and a controller: it ends that, and all that it started, with the manager.

Run as a script, without site packages, so that it starts in milliseconds:

    python -I -S guard.py GRACE_SECONDS DESCRIPTOR COMMAND…

Standard input is the reading end of a pipe whose writing end only the manager has. End of file means that the
controller shall stop, or that the manager is dead. To the descriptor it writes the process id of the controller, which
leads a process group of its own; what leaves the group becomes the guard's own child (Linux), and is ended too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["main"]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_LOOK_SECONDS: Final = 0.02


def main(arguments: Sequence[str]) -> int:
    """Run a command until it ends or standard input does; returns its exit code, negative for a signal."""
    grace_seconds, descriptor, command = float(arguments[0]), int(arguments[1]), arguments[2:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe decides
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 - this process has one thread
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
        return 127
    with contextlib.suppress(OSError):
        os.write(descriptor, f"{child.pid}\n".encode())
        os.close(descriptor)
    try:
        while child.poll() is None:
            readable, _, _ = select.select([0, woken], [], [])
            if woken in readable:
                os.read(woken, 1024)
            elif not os.read(0, 1024):
                return _stop(child, grace_seconds)
        return child.returncode
    finally:
        _end_rest(child.pid)


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what makes the child end should the guard itself be killed; None where the system cannot."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # killed before the request took hold
            os._exit(1)

    return prepare


def _stop(child: subprocess.Popen[bytes], grace_seconds: float) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        return child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        return child.wait()


def _end_rest(group: int) -> None:
    """End what the controller has left behind: its group, and what has left the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        for orphan in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(orphan, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(_LOOK_SECONDS)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as stream:
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) & 0xFF)
