"""``kindgraph serve`` as a process: how it starts, what it says, and how it ends."""

import os
import re
import signal
import socket
import time

import httpx
import pytest

from tests.support.processes import await_end, children_of


def descendants(pid):
    found = children_of(pid)
    return [*found, *(grandchild for child in found for grandchild in descendants(child))]


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_it_prints_its_addresses_once_it_is_ready(server_process):
    assert httpx.get(f"{server_process.url}/healthz").text == "ok\n"
    assert httpx.get(f"{server_process.url}/readyz").json() == {"ready": True, "reasons": {}}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_zero_and_no_process_left(start_server, number):
    server = start_server()
    assert server.url
    processes = descendants(server.pid)
    began = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - began < 10
    for process in processes:
        await_end(process)
    assert "Traceback" not in "".join(server.output)


def test_a_killed_server_leaves_no_process_and_its_successor_is_ready_within_a_minute(start_server):
    server = start_server()
    assert server.url
    processes = descendants(server.pid)
    assert len(processes) == 2
    server.stop(signal.SIGKILL)
    began = time.monotonic()
    successor = start_server()
    assert httpx.get(f"{successor.url}/readyz").status_code == 200
    assert time.monotonic() - began < 60
    for process in processes:
        await_end(process)


def test_a_signal_before_it_is_ready_ends_it_and_leaves_no_process(start_server):
    server = start_server()
    deadline = time.monotonic() + 30
    while not (processes := descendants(server.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert server.stop(signal.SIGTERM) == 0
    for process in processes:
        await_end(process)


def test_a_taken_port_is_told_before_a_database_is_started(start_server, taken_port, tmp_path):
    server = start_server("--port", str(taken_port))
    assert server.wait() == 1
    assert "".join(server.output).startswith(f"error: port {taken_port} on 127.0.0.1 is taken by another program")
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_told_to_several_workers_too(start_server, taken_port):
    server = start_server("--port", str(taken_port), "--workers", "2")
    assert server.wait() == 1
    assert "is taken by another program" in "".join(server.output)


def test_a_data_directory_in_use_names_the_process_that_has_it(start_server, server_process):
    second = start_server()
    assert second.wait() == 1
    assert re.match(
        rf"error: the data directory .* in use by another server, process {server_process.pid}\.", second.output[0]
    )
    assert httpx.get(f"{server_process.url}/readyz").status_code == 200


def test_a_deep_data_directory_works_and_leaves_nothing_elsewhere(start_server, tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-name"] * 8)
    server = start_server(data_dir=deep)
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    assert server.stop() == 0
    assert (deep / "mongod").is_dir()


def test_a_wrong_option_is_told_by_its_name(start_server):
    server = start_server("--port", "http")
    assert server.wait() == 2
    assert server.output[0].startswith("error: --port: ")


def test_a_wrong_variable_is_told_by_its_name(start_server):
    server = start_server(workers="none")
    assert server.wait() == 2
    assert server.output[0].startswith("error: KINDGRAPH_WORKERS: ")


def test_a_misspelt_variable_is_told(start_server):
    server = start_server("--port", "http", prot="9000")
    server.wait()
    assert server.output[0].startswith("warning: the variable KINDGRAPH_PROT is no setting")


def test_an_unknown_host_is_told(start_server):
    server = start_server("--host", "no-such-host.invalid")
    assert server.wait() == 1
    assert "error: the host no-such-host.invalid is unknown" in "".join(server.output)


def test_an_unusable_mongod_is_told(start_server):
    server = start_server(mongod="/absent/mongod")
    assert server.wait() == 1
    assert "error: /absent/mongod does not run" in "".join(server.output)


def test_it_serves_from_a_given_replica_set(start_server, mongo_uri, database):
    server = start_server("--mongo-uri", mongo_uri, database=database)
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    assert children_of(server.pid) == []
    assert server.stop() == 0


def test_a_mongod_that_dies_ends_the_server_with_its_reason(server_process):
    (supervisor,) = children_of(server_process.pid)
    (mongod,) = children_of(supervisor)
    os.kill(mongod, signal.SIGKILL)
    assert server_process.wait() == 1
    assert "mongod has ended" in "".join(server_process.output)
