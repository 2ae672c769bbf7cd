"""The benchmark's cases run, at the smallest sizes; nothing here looks at a clock."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.__main__ import CASES
from bench.environment import read_environment
from bench.progress import Steps
from bench.report import markdown, write_page
from bench.sizes import SMOKE
from bench.wire import Connection, get_request


async def test_every_case_runs_and_is_reported(mongo_uri: str) -> None:
    results = await asyncio.gather(*(case(mongo_uri, SMOKE, Steps(None)) for case in CASES.values()))
    text = markdown(read_environment(mongo_uri), dict(zip(CASES, results, strict=True)))
    assert "### Define-to-usable" in text
    assert "### Reads" in text
    assert "### Watches" in text
    assert "### Validation" in text
    assert "### Controllers" in text
    assert "get-one, against plain Strawberry" in text


async def test_a_closed_connection_fails_the_request_that_waits() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        connection = await Connection.open(server.sockets[0].getsockname()[1])
        with pytest.raises(ConnectionError):
            await connection.send(get_request("/"))


async def test_answers_come_back_whole_over_one_connection() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for body in (b"first", b"second" * 50_000):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        connection = await Connection.open(server.sockets[0].getsockname()[1])
        assert await connection.send(get_request("/")) == (200, b"first")
        assert await connection.send(get_request("/")) == (200, b"second" * 50_000)
        connection.close()


def test_tables_replace_what_stands_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n", encoding="utf-8")
    write_page("new", page=page)
    assert page.read_text(encoding="utf-8") == "before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n"
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="bench:begin"):
        write_page("new", page=page)
