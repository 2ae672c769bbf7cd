"""The embedded mongod itself: what it is, and how it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pymongo import MongoClient

from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.errors import MongodFailed
from app.embedded.mongod import HISTORY_WINDOW_SECONDS, EmbeddedMongod
from tests.support.processes import await_end, children_of

SERVE_AND_SLEEP = """
import sys, time
from pathlib import Path
from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.mongod import EmbeddedMongod
directory = DataDirectory.open(Path(sys.argv[1]))
mongod = EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25)
mongod.start()
print(mongod.mongo_uri, flush=True)
time.sleep(100)
"""


@pytest.fixture
def started(tmp_path):
    """Starts a mongod under a process of its own, which can be killed."""
    processes = []

    def start(path=tmp_path / "data"):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE_AND_SLEEP, str(path)], stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def read_parameter(client, name):
    return client.admin.command("getParameter", **{name: 1})[name]


def test_it_is_a_replica_set_with_a_long_history_and_no_port(tmp_path):
    directory = DataDirectory.open(tmp_path)
    with contextlib.closing(directory), EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25) as mongod:
        with MongoClient(mongod.mongo_uri) as client:
            hello = client.admin.command("hello")
            assert hello["isWritablePrimary"]
            assert hello["setName"] == "kindgraph"
            assert read_parameter(client, "minSnapshotHistoryWindowInSeconds") == HISTORY_WINDOW_SECONDS
            process = client.admin.command("serverStatus")["pid"]
        inodes = set()
        for link in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # mongod opens and closes files all the time
                inodes.add(os.readlink(link))
        for table in ("tcp", "tcp6"):
            rows = [line.split() for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]]
            assert not [row for row in rows if f"socket:[{row[9]}]" in inodes]


def test_its_data_survives_a_move_of_the_directory(tmp_path):
    for path in (tmp_path / "here", tmp_path.joinpath(*["a-rather-long-name"] * 6)):
        if path != tmp_path / "here":
            path.parent.mkdir(parents=True)
            (tmp_path / "here").rename(path)
        directory = DataDirectory.open(path)
        with contextlib.closing(directory), EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25) as mongod:
            with MongoClient(mongod.mongo_uri) as client:
                client.kept.things.insert_one({"path": str(path)})
                count = client.kept.things.count_documents({})
    assert count == 2


def test_it_ends_with_a_server_that_is_killed(started):
    server, _ = started()
    (supervisor,) = children_of(server.pid)
    (mongod,) = children_of(supervisor)
    server.kill()
    await_end(mongod)
    await_end(supervisor)


def test_it_ends_with_a_supervisor_that_is_killed(started):
    server, _ = started()
    (supervisor,) = children_of(server.pid)
    (mongod,) = children_of(supervisor)
    os.kill(supervisor, signal.SIGKILL)
    await_end(mongod)


def test_signals_to_the_supervisor_do_not_stop_it(started):
    server, uri = started()
    (supervisor,) = children_of(server.pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(supervisor, number)
    with MongoClient(uri) as client:
        assert client.admin.command("ping")["ok"]
    assert children_of(supervisor)


def test_a_successor_starts_at_once_where_a_server_was_killed(started):
    server, uri = started()
    with MongoClient(uri) as client:
        client.kept.things.with_options(write_concern=client.write_concern).insert_one({"_id": 1})
    server.kill()
    began = time.monotonic()
    _, uri = started()
    with MongoClient(uri) as client:
        assert client.kept.things.find_one() == {"_id": 1}
    assert time.monotonic() - began < 60


def test_a_successor_starts_where_mongod_was_killed_too(started):
    server, uri = started()
    with MongoClient(uri, w="majority", journal=True) as client:
        client.kept.things.insert_one({"_id": 1})
    (supervisor,) = children_of(server.pid)
    (mongod,) = children_of(supervisor)
    for process in (mongod, supervisor, server.pid):
        os.kill(process, signal.SIGKILL)
    _, uri = started()
    with MongoClient(uri) as client:
        assert client.kept.things.find_one() == {"_id": 1}


def test_data_that_it_cannot_read_ends_with_its_own_words(tmp_path):
    (tmp_path / "mongod").mkdir()
    (tmp_path / "mongod" / "WiredTiger").write_text("no such thing")
    (tmp_path / "mongod" / "storage.bson").write_text("neither")
    with contextlib.closing(DataDirectory.open(tmp_path)) as directory:
        with pytest.raises(MongodFailed, match=r"ended while starting: .*mongod\.log"):
            EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25).start()


def test_an_end_that_nobody_asked_for_is_noticed(tmp_path):
    with contextlib.closing(DataDirectory.open(tmp_path)) as directory:
        with EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25) as mongod:
            assert not mongod.has_ended
            with MongoClient(mongod.mongo_uri) as client:
                process = client.admin.command("serverStatus")["pid"]
            os.kill(process, signal.SIGKILL)
            await_end(process)
            deadline = time.monotonic() + 10
            while not mongod.has_ended and time.monotonic() < deadline:
                time.sleep(0.01)
            assert mongod.has_ended
