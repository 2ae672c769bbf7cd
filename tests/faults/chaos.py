"""One run: a replica set, servers, clients and faults, and then the judgement.

    python -m tests.faults.chaos [--seconds 600] [--servers 3] [--seed SEED] [--keep FOLDER]

Everything that the run needs it starts, on Unix sockets and loopback; none of it outlives the run. The record is
removed if the history is right, and kept, with the logs, if it is not.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.faults.checker import check
from tests.faults.graphql import DEFINE
from tests.faults.history import Outcome
from tests.faults.nemesis import Fault, Nemesis
from tests.faults.oplog import read_oplog
from tests.faults.processes import ClientProcess, Server
from tests.faults.recording import append_witness, load
from tests.faults.violations import Violation
from tests.support.replica_set import running_replica_set

__all__ = ["Plan", "Report", "run"]

_OPLOG_MIB: Final = 512  # the whole run has to be in it, for the checker
_POLL_SECONDS: Final = 0.1
_PROGRESS_SECONDS: Final = 5.0
_FINISH_SECONDS: Final = 90.0
_MOST_TIMES: Final = 4
"""So many times as long as planned a run may take, until enough was written."""

_SETTINGS: Final = ({}, {"KINDGRAPH_HISTORY_EVENTS": "10"}, {"KINDGRAPH_MAX_QUEUED_EVENTS": "20"})
"""One server remembers little, so that those who come back to it are served from the oplog; one ends who dawdles."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run is to be.

    Attributes:
        seed: Decides what is written, watched and broken.
        seconds: How long faults are done, at the least.
        acknowledged: How many writes are to be acknowledged, at the least.
        faults: Those that come first; each is done whatever the seed.
        pause_seconds: How long a writer waits between writes, on average.
    """

    seed: str
    seconds: float
    acknowledged: int = 500
    servers: int = 2
    writers: int = 4
    watchers: int = 6
    pause_seconds: float = 0.05
    faults: tuple[Fault, ...] = (Fault.KILL_SERVER, Fault.KILL_PRIMARY, Fault.PAUSE_SERVER, Fault.PAUSE_PRIMARY)


@dataclass(kw_only=True)
class Report:
    """What a run was.

    Attributes:
        seconds: How long faults were done.
        counts: How many of what the clients have counted.
        faults: How often each fault was done.
        violations: What was broken.
        record: The recorded history.
    """

    plan: Plan
    record: Path
    seconds: float = 0
    counts: dict[str, int] = field(default_factory=dict)
    faults: Counter[Fault] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        faults = ", ".join(f"{count} x {fault}" for fault, count in self.faults.items())
        told = f"SEED={self.plan.seed} · {self.seconds:.0f} s · {counts} · {faults}"
        if not self.violations:
            return f"{told} · no violation"
        shown = "\n".join(f"  {violation}" for violation in self.violations[:20])
        return f"{told}\n{len(self.violations)} violations, in {self.record}:\n{shown}"


def run(plan: Plan, *, directory: Path, say: Callable[[str], None] = lambda _: None) -> Report:
    """Run, and judge.

    Args:
        plan: What to do.
        directory: Takes the record and the logs.
        say: Told how it goes.
    """
    report = Report(plan=plan, record=directory / "history.jsonl")
    with ExitStack() as stack:
        replica_set = stack.enter_context(running_replica_set(oplog_mib=_OPLOG_MIB))
        servers = [
            Server(number, mongo_uri=replica_set.uri, directory=directory, settings=_SETTINGS[number % len(_SETTINGS)])
            for number in range(plan.servers)
        ]
        for server in servers:
            stack.callback(server.end, signal.SIGKILL)
            server.start()
        urls = [server.await_address() for server in servers]
        _define(urls[0])
        clients = ClientProcess(_options(report, urls), directory=directory)
        stack.callback(clients.stop)
        nemesis = Nemesis(
            servers=servers,
            replica_set=replica_set,
            seed=plan.seed,
            readdress=lambda server, url: clients.tell(server=server.number, url=url),
        )
        _Course(report, clients=clients, nemesis=nemesis, say=say).follow()
        clients.stop()
        append_witness(report.record, read_oplog(replica_set.uri))
    say("judging")
    report.violations += check(load(report.record))
    return report


class _Course:
    """What happens between the start and the end of all processes."""

    def __init__(self, report: Report, *, clients: ClientProcess, nemesis: Nemesis, say: Callable[[str], None]) -> None:
        self._report = report
        self._clients = clients
        self._nemesis = nemesis
        self._say = say
        self._begun = time.monotonic()
        self._said = 0.0

    def follow(self) -> None:
        plan = self._report.plan
        self._wait(1, "quiet")
        for number, (fault, lasts, quiet) in enumerate(self._nemesis.schedule(first=plan.faults), 1):
            self._note(f"begins: {fault}")
            undo = self._nemesis.do(fault)
            self._wait(lasts, str(fault))
            undo()
            self._note(f"is over: {fault}")
            self._wait(quiet, "quiet")
            if self._is_enough(number):
                break
        self._report.seconds = time.monotonic() - self._begun
        self._note("heal")
        self._nemesis.heal()
        self._clients.tell(finish=True)
        self._wait(_FINISH_SECONDS, "finishing")
        if not self._clients.has_finished:
            self._report.violations.append(Violation("stuck", "the clients did not see the last commit in time"))
        self._report.counts = self._clients.counts
        self._report.faults = self._nemesis.done

    def _is_enough(self, number: int) -> bool:
        plan, elapsed = self._report.plan, time.monotonic() - self._begun
        is_done = number >= len(plan.faults) and self._acknowledged >= plan.acknowledged
        return elapsed >= plan.seconds and (is_done or elapsed >= plan.seconds * _MOST_TIMES)

    @property
    def _acknowledged(self) -> int:
        return self._clients.counts.get(Outcome.DONE, 0)

    def _note(self, text: str) -> None:
        self._clients.tell(note=text)
        self._progress(text)

    def _wait(self, seconds: float, what: str) -> None:
        """Wait, and tell how it goes; less long where the clients finish."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._clients.has_finished:
            if time.monotonic() > self._said + _PROGRESS_SECONDS:
                self._progress(what)
            self._nemesis.look()
            time.sleep(_POLL_SECONDS)

    def _progress(self, what: str) -> None:
        self._said = time.monotonic()
        minutes, seconds = divmod(round(self._said - self._begun), 60)
        counts = self._clients.counts
        writes = " ".join(f"{counts.get(outcome, 0)} {outcome}" for outcome in Outcome)
        watched = (
            f"{counts.get('watches', 0)} watches, {counts.get('events', 0)} events, {counts.get('lists', 0)} lists"
        )
        self._say(f"{minutes:02}:{seconds:02}  writes: {writes} · {watched} · {what}")


def _options(report: Report, urls: list[str]) -> dict[str, Any]:
    plan = report.plan
    return {
        "seed": plan.seed,
        "urls": urls,
        "record": str(report.record),
        "writers": plan.writers,
        "watchers": plan.watchers,
        "pause_seconds": plan.pause_seconds,
    }


def _define(url: str) -> None:
    request = urllib.request.Request(
        f"{url}/graphql", data=json.dumps(DEFINE).encode(), headers={"content-type": "application/json"}
    )
    deadline = time.monotonic() + _FINISH_SECONDS
    while True:
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if not answer.get("errors"):
            return
        assert time.monotonic() < deadline, answer
        time.sleep(_POLL_SECONDS)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _main() -> int:
    parser = argparse.ArgumentParser(description="Break servers and their database under load, and check the history.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--watchers", type=int, default=10)
    parser.add_argument("--writers", type=int, default=5)
    parser.add_argument("--seed", default="")
    parser.add_argument("--keep", type=Path, help="a folder for the record and the logs, kept in any case")
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    directory = options.keep or Path(tempfile.mkdtemp(prefix="kindgraph-chaos-"))
    directory.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        seed=seed,
        seconds=options.seconds,
        servers=options.servers,
        watchers=options.watchers,
        writers=options.writers,
    )
    _say(f"SEED={seed}; the record and the logs are in {directory}")
    report = run(plan, directory=directory, say=_say)
    _say(str(report))
    if not report.violations and options.keep is None:
        shutil.rmtree(directory)
    return bool(report.violations)


if __name__ == "__main__":
    sys.exit(_main())
