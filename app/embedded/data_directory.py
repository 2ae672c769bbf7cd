"""The data directory of an embedded mongod: its layout, its lock, and a socket path that fits.

DIR/lock          flock; "PID START" of the server that has it
DIR/mongod/       the database's files
DIR/mongod.log    of this run; mongod.log.1 of the one before
DIR/run/          0700: mongod.sock
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote_plus

from app.embedded.errors import DatabaseUnusable, DataDirectoryInUse

__all__ = ["DataDirectory"]

MAX_SOCKET_PATH_BYTES: Final = 107  # sockaddr_un.sun_path holds 108 with its NUL (unix(7))
SOCKET_NAME: Final = "mongod.sock"
_POLL_SECONDS: Final = 0.05


class DataDirectory:
    """A data directory that this process has the lock of; ``close`` gives it back.

    Attributes:
        path: Absolute.
        lock_descriptor: The open, locked file. A child that inherits it holds the lock as well.
        short_path: A private directory that leads to ``run`` by a short path, where the direct one is too long
            for a socket; else None.
    """

    def __init__(self, path: Path, *, lock_descriptor: int) -> None:
        self.path = path
        self.lock_descriptor = lock_descriptor
        for part in (self.database, self.run):
            part.mkdir(mode=0o700, exist_ok=True)
            part.chmod(0o700)
        self.short_path = None if _fits(self.run / SOCKET_NAME) else _short_path_to(self.run)

    @classmethod
    def open(cls, path: Path, *, timeout_seconds: float = 45) -> DataDirectory:
        """Make the directory if need be and lock it.

        Args:
            path: The directory.
            timeout_seconds: How long to wait for the mongod of a server that was killed: it still holds the lock
                while it stops. A server that lives is not waited for.

        Raises:
            DataDirectoryInUse: Another server has it, or what a killed one left behind does not end.
            DatabaseUnusable: The directory cannot be made or written.
        """
        path = path.expanduser().absolute()
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseUnusable(f"the data directory {path} cannot be used: {error.strerror}") from error
        try:
            _lock(descriptor, path=path, deadline=time.monotonic() + timeout_seconds)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {_started_at(os.getpid())}\n".encode(), 0)
            return cls(path, lock_descriptor=descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def database(self) -> Path:
        """Where mongod keeps its files."""
        return self.path / "mongod"

    @property
    def run(self) -> Path:
        """Where the socket is."""
        return self.path / "run"

    @property
    def log(self) -> Path:
        """What mongod writes in this run."""
        return self.path / "mongod.log"

    @property
    def socket(self) -> Path:
        """The socket, by a path that fits into an address."""
        return (self.run if self.short_path is None else self.short_path / "run") / SOCKET_NAME

    @property
    def mongo_uri(self) -> str:
        """The address of the database for this machine's clients."""
        return f"mongodb://{quote_plus(os.fsencode(self.socket))}/?directConnection=true"

    def close(self) -> None:
        """Give the directory back; a mongod that still has the lock keeps it."""
        if self.short_path is not None:
            shutil.rmtree(self.short_path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self.lock_descriptor)


def _lock(descriptor: int, *, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _living_holder(descriptor)
            if holder is not None:
                raise DataDirectoryInUse(
                    f"the data directory {path} is in use by another server, process {holder}. Stop it, or give this "
                    "one a directory of its own with --data-dir or KINDGRAPH_DATA_DIR"
                ) from None
            if time.monotonic() > deadline:
                raise DataDirectoryInUse(
                    f"the data directory {path} is still locked by the mongod of a server that has gone; "
                    f"see {path / 'mongod.log'}"
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return


def _living_holder(descriptor: int) -> int | None:
    """Return the server that wrote the lock, None where it is dead or its number went to another process."""
    words = os.pread(descriptor, 100, 0).split()
    if len(words) != 2 or not words[0].isdigit():
        return None
    pid = int(words[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return pid if _started_at(pid).encode() == words[1] else None


def _started_at(pid: int) -> str:
    """Return what tells a process from a later one of the same number, ``-`` where the system does not say.

    The 22nd field of ``/proc/PID/stat`` (proc(5)); the second may hold spaces and parentheses.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "-"
    fields = stat.rpartition(")")[2].split()
    return "-" if fields[0] == "Z" else fields[19]


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES


def _short_path_to(run: Path) -> Path:
    parents = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - mkdtemp makes a private directory in it
    for parent in parents:
        short = Path(tempfile.mkdtemp(prefix="kindgraph-", dir=parent))
        if _fits(short / "run" / SOCKET_NAME):
            (short / "run").symlink_to(run, target_is_directory=True)
            return short
        short.rmdir()
    raise DatabaseUnusable(f"no path to {run} is short enough for a socket ({MAX_SOCKET_PATH_BYTES} bytes)")
