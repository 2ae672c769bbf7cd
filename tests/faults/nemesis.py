"""What a run does to its processes: kills, pauses and restarts, one at a time, by a seed."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.processes import Server
    from tests.support.replica_set import Member, ReplicaSet

__all__ = ["Fault", "Nemesis"]


class Fault(StrEnum):
    KILL_SERVER = "kill a server"
    KILL_PRIMARY = "kill the primary"
    PAUSE_SERVER = "pause a server"
    PAUSE_PRIMARY = "pause the primary"
    PAUSE_SECONDARY = "pause a secondary"
    KILL_SECONDARY = "kill a secondary"
    STOP_SERVER = "stop a server"
    ISOLATE_PRIMARY = "part the primary from the others, then kill it"
    """What it alone has committed is undone."""
    STEP_DOWN = "have the primary step down"


class Nemesis:
    """Does a fault, and undoes it.

    Attributes:
        done: How often each fault was done.
    """

    def __init__(
        self,
        *,
        servers: list[Server],
        replica_set: ReplicaSet,
        seed: str,
        readdress: Callable[[Server, str], None],
    ) -> None:
        """Take the processes of a run.

        Args:
            servers: Its servers.
            replica_set: Its database.
            seed: Decides what is chosen.
            readdress: Told the new address of a server that was started again.
        """
        self.done: Counter[Fault] = Counter()
        self._servers = servers
        self._replica_set = replica_set
        self._random = random.Random(f"{seed}/nemesis")
        self._readdress = readdress
        self._starting: list[Server] = []

    def schedule(self, *, first: tuple[Fault, ...]) -> Iterator[tuple[Fault, float, float]]:
        """Yield (fault, seconds that it lasts, seconds of quiet after it), for ever.

        Args:
            first: Those that come first, in a random order.
        """
        faults = list(first)
        self._random.shuffle(faults)
        while True:
            for fault in faults:
                yield fault, self._random.uniform(0.5, 6), self._random.uniform(0.5, 4)
            faults = self._random.sample(list(Fault), len(Fault))

    def do(self, fault: Fault) -> Callable[[], None]:
        """Do a fault; return what undoes it."""
        self.done[fault] += 1
        match fault:
            case Fault.KILL_SERVER | Fault.STOP_SERVER:
                server = self._running()
                server.end(signal.SIGKILL if fault is Fault.KILL_SERVER else signal.SIGTERM)
                return lambda: self._start(server)
            case Fault.PAUSE_SERVER:
                server = self._running()
                server.send(signal.SIGSTOP)
                return lambda: server.send(signal.SIGCONT)
            case Fault.STEP_DOWN:
                self._replica_set.step_down(seconds=5)
                return lambda: None
            case Fault.ISOLATE_PRIMARY:
                return self._isolate()
            case Fault.KILL_PRIMARY | Fault.KILL_SECONDARY:
                member = self._member(is_primary=fault is Fault.KILL_PRIMARY)
                member.kill()
                return member.start
            case _:
                member = self._member(is_primary=fault is Fault.PAUSE_PRIMARY)
                member.pause()
                return member.resume

    def _isolate(self) -> Callable[[], None]:
        primary = self._replica_set.primary()
        others = [member for member in self._replica_set.members if member is not primary and member.is_running]
        for member in others:
            member.pause()

        def undo() -> None:
            primary.kill()
            for member in others:
                member.resume()
            self._replica_set.primary()  # another one, before the old one is back
            primary.start()

        return undo

    def heal(self) -> None:
        """Return when everything runs again."""
        for server in self._servers:
            if server.is_running:
                server.send(signal.SIGCONT)
        self._replica_set.heal()
        for server in self._servers:
            if not server.is_running:
                self._start(server)
        for server in list(self._starting):
            server.await_address()
        self.look()

    def look(self) -> None:
        """Tell the addresses of servers that have become ready meanwhile; call it now and then."""
        for server in list(self._starting):
            if (address := server.address) is not None:
                self._starting.remove(server)
                self._readdress(server, address)
            elif not server.is_running:  # it gives up where the database has no primary
                server.start()

    def _start(self, server: Server) -> None:
        server.start()
        if server not in self._starting:
            self._starting.append(server)

    def _running(self) -> Server:
        """Choose a server that serves, if any: one that was just started again may not be ready yet."""
        ready = [server for server in self._servers if server not in self._starting]
        return self._random.choice(ready or self._servers)

    def _member(self, *, is_primary: bool) -> Member:
        primary = self._replica_set.primary()
        others = [member for member in self._replica_set.members if member is not primary]
        return primary if is_primary else self._random.choice(others)
