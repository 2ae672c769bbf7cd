"""``kindgraph serve --workers N``: several processes on one port."""

import os
import re
import signal
import time

import httpx
import pytest

from tests.support.processes import await_end, children_of

WORKERS = 2


@pytest.fixture
def parent(start_server, mongo_uri, database):
    process = start_server("--workers", str(WORKERS), "--mongo-uri", mongo_uri, database=database)
    assert process.url
    return process


def answering_processes(url, *, count=WORKERS, timeout_seconds=30):
    """The start times, which tell processes apart, of all that answer on a port, by new connections."""
    seen = set()
    deadline = time.monotonic() + timeout_seconds
    while len(seen) < count:
        assert time.monotonic() < deadline, seen
        text = httpx.get(f"{url}/metrics").text
        seen.add(re.search(r"^process_start_time_seconds (\S+)$", text, re.MULTILINE)[1])
    return seen


def test_they_share_the_port(parent):
    assert len(children_of(parent.pid)) == WORKERS
    assert len(answering_processes(parent.url)) == WORKERS


def test_a_dead_worker_is_replaced_and_the_others_go_on(parent):
    before = answering_processes(parent.url)
    dead, alive = children_of(parent.pid)
    os.kill(dead, signal.SIGKILL)
    await_end(dead)
    assert httpx.get(f"{parent.url}/healthz").status_code == 200
    parent.wait_for("starting another")
    after = answering_processes(parent.url)
    assert len(after & before) == 1
    assert alive in children_of(parent.pid)


def test_a_signal_ends_all_with_exit_code_zero(parent):
    processes = children_of(parent.pid)
    assert parent.stop(signal.SIGTERM) == 0
    for process in processes:
        await_end(process)
    assert "Traceback" not in "".join(parent.output)


def test_the_parents_death_ends_all_and_the_embedded_mongod(start_server):
    parent = start_server("--workers", str(WORKERS))
    assert parent.url
    processes = [child for own in children_of(parent.pid) for child in (own, *children_of(own))]
    assert len(processes) == WORKERS + 2
    parent.stop(signal.SIGKILL)
    for process in processes:
        await_end(process)


def test_workers_that_cannot_start_end_the_parent(start_server, mongo_uri):
    server = start_server("--workers", "2", "--mongo-uri", mongo_uri, database="config")
    assert server.wait() == 1
    assert "before it was ready" in "".join(server.output)
