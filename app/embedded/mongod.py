"""Starts mongod under its supervisor, waits until it is primary, stops it."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from app.embedded import supervisor
from app.embedded.data_directory import SOCKET_NAME, DataDirectory
from app.embedded.errors import MongodFailed

__all__ = ["EmbeddedMongod"]

HISTORY_WINDOW_SECONDS: Final = 1800
"""How far back a list can be read and a watch can be resumed, at the least."""

_REPLICA_SET: Final = "kindgraph"
_OPLOG_MIB: Final = 1024
_NOT_YET_INITIALIZED: Final = 94
_ALREADY_INITIALIZED: Final = 23
_POLL_SECONDS: Final = 0.02

# Relative to the data directory, where mongod runs: the replica set's configuration names this path, so that the
# directory can be moved, and be deeper than a socket's address is long.
_ADDRESS: Final = f"./run/{SOCKET_NAME}"

_logger = logging.getLogger(__name__)


class EmbeddedMongod:
    """One mongod on one data directory, as the only member of a replica set.

    It listens on a Unix socket in a directory that only its user may enter, and on no port; so it needs no password.
    """

    def __init__(self, directory: DataDirectory, *, binary: Path, cache_gib: float = 0.5) -> None:
        self._directory = directory
        self._binary = binary
        self._cache_gib = cache_gib
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def mongo_uri(self) -> str:
        """The address for clients on this machine."""
        return self._directory.mongo_uri

    def start(self, *, timeout_seconds: float = 60) -> None:
        """Start it and wait until it takes writes.

        Raises:
            MongodFailed: It ended, or was not primary in time; the message has mongod's own last words.
        """
        deadline = time.monotonic() + timeout_seconds
        log = self._directory.log
        if log.exists():
            log.replace(log.with_name(log.name + ".1"))
        self._supervisor = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", supervisor.__file__),
                *(str(self._directory.short_path or ""), str(self._directory.lock_descriptor)),
                *self._command(),
            ],
            cwd=self._directory.path,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[self._directory.lock_descriptor],
            start_new_session=True,  # a Ctrl-C in the terminal is for the server alone
        )
        try:
            self._await_socket(deadline)
            self._await_primary(deadline)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it cleanly and wait for its end; its files are then whole and free."""
        if self._supervisor is not None:
            if self._supervisor.stdin is not None:
                with contextlib.suppress(OSError):
                    self._supervisor.stdin.close()
            self._supervisor.wait()

    @property
    def has_ended(self) -> bool:
        """Whether mongod is gone, though nobody stopped it."""
        return self._supervisor is not None and self._supervisor.poll() is not None

    def last_words(self) -> str:
        """Return the errors at the end of mongod's log, and where the log is."""
        return f"{_last_errors(self._directory.log)} (see {self._directory.log})"

    def __enter__(self) -> EmbeddedMongod:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str]:
        parameters = {
            "minSnapshotHistoryWindowInSeconds": HISTORY_WINDOW_SECONDS,
            "diagnosticDataCollectionEnabled": "false",
            "shutdownTimeoutMillisForSignaledShutdown": 100,
        }
        return [
            str(self._binary),
            *("--dbpath", str(self._directory.database), "--logpath", str(self._directory.log), "--quiet"),
            *("--replSet", _REPLICA_SET, "--bind_ip", _ADDRESS, "--unixSocketPrefix", "./run"),
            *("--oplogSize", str(_OPLOG_MIB), "--oplogMinRetentionHours", str(HISTORY_WINDOW_SECONDS / 3600)),
            *("--wiredTigerCacheSizeGB", str(self._cache_gib)),
            *(word for name, value in parameters.items() for word in ("--setParameter", f"{name}={value}")),
        ]

    def _await_socket(self, deadline: float) -> None:
        while True:
            with socket.socket(socket.AF_UNIX) as probe:
                with contextlib.suppress(OSError):
                    probe.connect(str(self._directory.socket))
                    return
            self._wait_a_little(deadline)

    def _await_primary(self, deadline: float) -> None:
        with MongoClient[dict[str, Any]](self.mongo_uri, serverSelectionTimeoutMS=5000) as client:
            while True:
                try:
                    hello = client.admin.command("hello")
                    if hello.get("isWritablePrimary"):
                        return
                    if hello.get("isreplicaset"):
                        _initiate(client)
                except PyMongoError as error:
                    _logger.debug("mongod is not ready: %s", error)
                self._wait_a_little(deadline)

    def _wait_a_little(self, deadline: float) -> None:
        if self.has_ended:
            raise MongodFailed(f"mongod ended while starting: {self.last_words()}")
        if time.monotonic() > deadline:
            raise MongodFailed(f"mongod did not become primary in time: {self.last_words()}")
        time.sleep(_POLL_SECONDS)


def _initiate(client: MongoClient[dict[str, Any]]) -> None:
    configuration = {"_id": _REPLICA_SET, "members": [{"_id": 0, "host": _ADDRESS}]}
    try:
        client.admin.command("replSetInitiate", configuration)
    except OperationFailure as error:
        if error.code not in (_ALREADY_INITIALIZED, _NOT_YET_INITIALIZED):
            raise


def _last_errors(log: Path, *, count: int = 3) -> str:
    """Return the newest errors of a structured log (``{"s": "E", "msg": …, "attr": …}`` a line)."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it wrote no log"
    errors: list[str] = []
    for line in lines:
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if entry.get("s") in {"E", "F"}:
                errors.append(" ".join([*entry["msg"].split(), json.dumps(entry.get("attr", {}))]))
    return "; ".join(errors[-count:]) if errors else "it logged no error"
