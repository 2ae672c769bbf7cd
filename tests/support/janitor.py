"""Cleans up after a process that was killed before it could; started by it, and told of its end by the system.

    python janitor.py FOLDER

Standard input is the reading end of a pipe whose writing end only that process has: at its end, what has a database in
the folder is killed, paused or not, and the folder removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["cleaned_up"]

_ATTEMPTS: Final = 100
_PAUSE_SECONDS: Final = 0.05


@contextlib.contextmanager
def cleaned_up(directory: Path) -> Iterator[None]:
    """Have a folder removed, and the mongods in it killed, when the block ends, or this process in whatever way."""
    janitor = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(directory)], stdin=subprocess.PIPE, start_new_session=True
    )
    assert janitor.stdin is not None
    try:
        yield
    finally:
        janitor.stdin.close()
        janitor.wait()


def _clean_up(directory: Path) -> None:
    for lock in directory.glob("*/mongod.lock"):
        with contextlib.suppress(OSError, ValueError):
            pid = int(lock.read_text())
            if os.fsencode(directory) in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
    for _ in range(_ATTEMPTS):  # a mongod that is just ending may still write
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            break
        time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    _clean_up(Path(sys.argv[1]))
