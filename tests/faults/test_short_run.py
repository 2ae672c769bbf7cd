"""Servers and their database are broken under load; afterwards every promise was kept. ``make chaos`` takes longer."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.chaos import Plan, run
from tests.faults.history import Outcome
from tests.faults.nemesis import Fault
from tests.support.processes import await_end, children_of


@pytest.mark.timeout(400)
def test_no_promise_is_broken_while_servers_and_primaries_die(tmp_path):
    seed = os.environ.get("SEED") or secrets.token_hex(4)
    plan = Plan(seed=seed, seconds=20, acknowledged=500, servers=2, writers=6, watchers=6, pause_seconds=0.03)
    report = run(plan, directory=tmp_path, say=print)
    assert not report.violations, str(report)
    assert report.seconds >= 20
    assert report.counts[Outcome.DONE] >= 500, str(report)
    assert report.faults[Fault.KILL_SERVER] >= 1
    assert report.faults[Fault.KILL_PRIMARY] >= 1
    assert report.faults[Fault.PAUSE_SERVER] >= 1
    assert report.faults[Fault.PAUSE_PRIMARY] >= 1


@pytest.mark.timeout(200)
def test_a_run_that_is_killed_leaves_nothing_behind(tmp_path):
    command = [sys.executable, "-m", "tests.faults.chaos", "--seconds", "60", "--servers", "1", "--keep", str(tmp_path)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert run.stdout is not None
    with run.stdout:
        while "quiet" not in (line := run.stdout.readline()):
            assert line, "the run has ended by itself"
        processes = _descendants(run.pid)
        folders = {folder for pid in processes for folder in _folders(pid)}
        assert len(processes) >= 3 * 2 + 2
        assert len(folders) == 1
        run.send_signal(signal.SIGKILL)
        run.wait()
    for pid in processes:
        await_end(pid)
    assert not any(folder.exists() for folder in folders)


def _descendants(pid: int) -> list[int]:
    children = children_of(pid)
    return [*children, *(below for child in children for below in _descendants(child))]


def _folders(pid: int) -> set[Path]:
    """Return where a process keeps a database of a run."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    return {Path(found) for found in re.findall(r"/tmp/kindgraph-\w+", command)}
