"""The process between server and mongod; it has one job: mongod ends when the server does.

Run as a script, without site packages, so that it starts in milliseconds:

    python -I -S supervisor.py SHORT_PATH LOCK_DESCRIPTOR COMMAND…       (SHORT_PATH may be empty)

Standard input is the reading end of a pipe whose writing end only the server has. End of file means that the server
wants mongod stopped, or is dead. The supervisor never has a second thread: Linux ties the parent-death signal to the
thread that forked (prctl(2)).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["main"]

_PR_SET_PDEATHSIG: Final = 1
_STOP_TIMEOUT_SECONDS: Final = 30


def main(arguments: Sequence[str]) -> int:
    """Run the command until it ends or standard input does.

    Returns:
        The command's exit code, negative for a signal.
    """
    short_path, lock_descriptor, *command = arguments
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the pipe decides: a signal to the whole group must not stop mongod under a server that drains.
        signal.signal(number, signal.SIG_IGN)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=[int(lock_descriptor)],
        preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 - this process has one thread
    )
    try:
        while child.poll() is None:
            readable, _, _ = select.select([0, woken], [], [])
            if woken in readable:
                os.read(woken, 1024)
            elif not os.read(0, 1024):
                return _stop(child)
        return child.returncode
    finally:
        if short_path:
            shutil.rmtree(short_path, ignore_errors=True)


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what makes the child end should the supervisor itself be killed; None where the system cannot."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # killed before the request took hold
            os._exit(1)

    return prepare


def _stop(child: subprocess.Popen[bytes]) -> int:
    child.terminate()
    try:
        return child.wait(_STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) & 0xFF)
