"""Real mongods as one replica set, for tests that take its members away."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from app.embedded import supervisor
from app.embedded.binary import find_mongod
from tests.support.janitor import cleaned_up

__all__ = ["Member", "ReplicaSet", "one_replica_set", "replica_set", "running_replica_set"]

_NAME: Final = "chaos"
_POLL_SECONDS: Final = 0.02
_TIMEOUT_SECONDS: Final = 60
_ELECTION_MILLISECONDS: Final = 1_000
_HEARTBEAT_MILLISECONDS: Final = 200


class Member:
    """One mongod of a replica set, on a Unix socket.

    Its supervisor ends it when the test process ends, however that ends. All of this is synchronous: call it in a
    thread where an event loop must go on (``asyncio.to_thread``).

    Attributes:
        socket: Its address.
        log: What it has logged.
    """

    def __init__(self, directory: Path, *, number: int, oplog_mib: int, options: Sequence[str]) -> None:
        self._options = ("--oplogSize", str(oplog_mib), *options)
        self.socket = directory / f"{number}.sock"
        self.log = directory / f"{number}.log"
        self._data = directory / str(number)
        self._data.mkdir(mode=0o700)
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The address of this member alone."""
        return f"mongodb://{quote_plus(str(self.socket))}/?directConnection=true"

    @property
    def pid(self) -> int:
        """The process number of mongod itself, waiting until it has told it."""
        lock = self._data / "mongod.lock"
        _await(
            lambda: not self.is_running or (lock.exists() and lock.read_text().strip() != ""), "mongod does not start"
        )
        return int(lock.read_text())

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._supervisor is not None and self._supervisor.poll() is None

    def start(self) -> None:
        """Start it, as it was or anew; returns at once."""
        assert not self.is_running
        for stale in (self.socket, self._data / "mongod.lock"):
            stale.unlink(missing_ok=True)
        command = [
            *(str(find_mongod()), "--dbpath", str(self._data), "--logpath", str(self.log), "--logappend", "--quiet"),
            *("--replSet", _NAME, "--bind_ip", str(self.socket), "--unixSocketPrefix", str(self.socket.parent)),
            *("--wiredTigerCacheSizeGB", "0.25", *self._options),
            *("--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "enableTestCommands=1"),
        ]
        self._supervisor = subprocess.Popen(
            [sys.executable, "-I", "-S", supervisor.__file__, "", "1", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End it as a crash does (SIGKILL), and wait for its end."""
        os.kill(self.pid, signal.SIGKILL)
        self._await_end()

    def pause(self) -> None:
        """Stop it from running, connections and all (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it cleanly, if it runs, and wait for its end."""
        if self.is_running:
            with contextlib.suppress(OSError, ValueError):
                self.resume()
            self._await_end()

    def discard(self) -> None:
        """End it, if it runs, as fast as can be."""
        if self.is_running:
            with contextlib.suppress(OSError, ValueError):
                os.kill(self.pid, signal.SIGKILL)
            self._await_end()

    def command(self, name: str, value: Any = 1, **options: Any) -> dict[str, Any]:
        """Run a command of the ``admin`` database on this member."""
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=2_000) as client:
            return client.admin.command(name, value, **options)

    def _await_end(self) -> None:
        assert self._supervisor is not None
        assert self._supervisor.stdin is not None
        with contextlib.suppress(OSError):
            self._supervisor.stdin.close()
        self._supervisor.wait(_TIMEOUT_SECONDS)


class ReplicaSet:
    """Some members, of which one is primary while most of them run.

    Attributes:
        members: All of them, running or not.
    """

    def __init__(self, directory: Path, *, size: int, oplog_mib: int, options: Sequence[str]) -> None:
        self.members = tuple(
            Member(directory, number=number, oplog_mib=oplog_mib, options=options) for number in range(size)
        )

    @property
    def uri(self) -> str:
        """The address for clients, who find the primary themselves."""
        return f"mongodb://{','.join(quote_plus(str(member.socket)) for member in self.members)}/?replicaSet={_NAME}"

    def start(self) -> None:
        """Start all members for the first time; return when there is a primary and the others follow it."""
        for member in self.members:
            member.start()
        for member in self.members:
            _await(partial(_answers, member), f"{member.socket} does not answer")
        self.members[0].command(
            "replSetInitiate",
            {
                "_id": _NAME,
                "members": [{"_id": number, "host": str(member.socket)} for number, member in enumerate(self.members)],
                "settings": {
                    "electionTimeoutMillis": _ELECTION_MILLISECONDS,
                    "heartbeatIntervalMillis": _HEARTBEAT_MILLISECONDS,
                    "heartbeatTimeoutSecs": 1,
                    "chainingAllowed": False,
                    "catchUpTimeoutMillis": 2_000,
                },
            },
        )
        self.await_whole()

    def stop(self) -> None:
        """End all members; what they stored is of no more use."""
        for member in self.members:
            member.discard()

    def primary(self) -> Member:
        """Return the member that takes writes, waiting until there is one."""
        found: list[Member] = []

        def find() -> bool:
            found[:] = [member for member in self.members if _state(member).get("isWritablePrimary")]
            return bool(found)

        _await(find, "there is no primary")
        return found[0]

    def secondaries(self) -> list[Member]:
        """Return the members that follow the primary."""
        return [member for member in self.members if _state(member).get("secondary")]

    def step_down(self, *, seconds: int = 10) -> Member:
        """Have the primary step down, and return the next one.

        Args:
            seconds: For how long the old one does not stand for election.
        """
        old = self.primary()
        with contextlib.suppress(PyMongoError):
            old.command("replSetStepDown", seconds, secondaryCatchUpPeriodSecs=5)
        _await(lambda: self.primary() is not old, "nobody takes over")
        return self.primary()

    def await_whole(self) -> None:
        """Return when every member runs and one of them is primary."""
        _await(lambda: len(self.secondaries()) == len(self.members) - 1, "members are missing")
        self.primary()

    def heal(self) -> None:
        """Start and resume what was ended and paused; return when it is whole."""
        for member in self.members:
            if member.is_running:
                member.resume()
            else:
                member.start()
        self.await_whole()


@contextlib.contextmanager
def running_replica_set(*, size: int = 3, oplog_mib: int = 64, options: Sequence[str] = ()) -> Iterator[ReplicaSet]:
    """Run a replica set in a private folder with a short path (a socket's path holds 107 bytes).

    Args:
        size: Number of members.
        oplog_mib: How much of the past each of them knows.
        options: Further options of mongod.
    """
    directory = Path(tempfile.mkdtemp(prefix="kindgraph-", dir="/tmp"))
    with cleaned_up(directory):
        members = ReplicaSet(directory, size=size, oplog_mib=oplog_mib, options=options)
        try:
            members.start()
            yield members
        finally:
            members.stop()


@pytest.fixture(scope="session")
def one_replica_set() -> Iterator[ReplicaSet]:
    """A replica set of three for all tests that ask for ``replica_set``."""
    with running_replica_set() as members:
        yield members


@pytest.fixture
def replica_set(one_replica_set: ReplicaSet) -> ReplicaSet:
    """A replica set of three, all of whose members run, whatever tests did to them before."""
    one_replica_set.heal()
    return one_replica_set


def _state(member: Member) -> dict[str, Any]:
    if not member.is_running:
        return {}
    try:
        with MongoClient[dict[str, Any]](
            member.uri, serverSelectionTimeoutMS=300, connectTimeoutMS=300, socketTimeoutMS=300
        ) as client:
            return client.admin.command("hello")
    except PyMongoError:
        return {}


def _answers(member: Member) -> bool:
    assert member.is_running, f"mongod ended: see {member.log}"
    return bool(_state(member))


def _await(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(_POLL_SECONDS)
