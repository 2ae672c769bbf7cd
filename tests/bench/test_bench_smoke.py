"""The benchmark's cases run, at the smallest sizes; nothing here looks at a clock."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from bench import workload
from bench.__main__ import CASES
from bench.client import Client, install_workload
from bench.environment import read_environment
from bench.processes import kindgraph, yardstick
from bench.progress import Steps
from bench.report import markdown, write_page
from bench.sizes import SMOKE
from bench.wire import Connection
from bench.yardsticks.store import seed


async def test_every_case_runs_and_is_reported(mongo_uri: str) -> None:
    with Steps(None) as steps:
        results = {name: await case(mongo_uri, SMOKE, steps) for name, case in CASES.items()}
    text = markdown(read_environment(mongo_uri), results)
    assert "### Define-to-usable" in text
    assert "### Reads" in text
    assert "get-one, against plain Strawberry" in text


async def test_all_servers_answer_alike(mongo_uri: str) -> None:
    await seed(mongo_uri, SMOKE.resources)
    answers = {}
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(kindgraph(mongo_uri=mongo_uri, database="kindgraph_bench_alike"))
        await install_workload(server.port, resources=SMOKE.resources)
        answers["kindgraph"] = await _answers(server.port, raw=False)
        for name in ("plain", "cached", "raw"):
            server = await stack.enter_async_context(yardstick(name, mongo_uri=mongo_uri))
            answers[name] = await _answers(server.port, raw=name == "raw")
    assert answers["kindgraph"] == answers["plain"] == answers["cached"] == answers["raw"]
    assert len(answers["raw"][-1]["externalServices"]["nodes"]) == SMOKE.resources


async def _answers(port: int, *, raw: bool) -> list[dict]:
    gets = (workload.raw_get_requests if raw else workload.graphql_get_requests)(SMOKE.resources)
    lists = (workload.raw_list_requests if raw else workload.graphql_list_requests)()
    client = await Client.open(port)
    answers = [await client.send(request) for request in (*gets, *lists)]
    client.close()
    for node in [*(answer["externalService"] for answer in answers[:-1]), *answers[-1]["externalServices"]["nodes"]]:
        assert node["metadata"].pop("resourceVersion")  # each server counts its own
    return answers


async def test_a_closed_connection_fails_the_request_that_waits(mongo_uri: str) -> None:
    async with yardstick("raw", mongo_uri=mongo_uri) as server:
        connection = await Connection.open(server.port)
    with pytest.raises(ConnectionError):
        await connection.send(workload.raw_list_requests()[0])


def test_tables_replace_what_stands_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n", encoding="utf-8")
    write_page("new", page=page)
    assert page.read_text(encoding="utf-8") == "before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n"
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="bench:begin"):
        write_page("new", page=page)
