"""The programs of docs/clients.md, word for word: each follows a kind over a connection that is cut, missing none."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.node import PROJECT
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from tests.support.node import RunScript
    from tests.support.serving import RunningServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clients.md").read_text()
DEFINITION = yaml.safe_load((ROOT / "examples" / "external-services" / "definition.yaml").read_text())
PRINTED = "127.0.0.1:8000"
PATIENCE_SECONDS = 30

DEFINE = "mutation($spec: ResourceDefinitionSpecInput!) { createResourceDefinition(input: {spec: $spec}) { id } }"
CREATE = 'mutation { createExternalService(input: {metadata: {name: "db"}, spec: {host: "h", port: 1}}) { id } }'
UPDATE = 'mutation { updateExternalService(name: "db", patch: {spec: {port: %d}}) { id } }'
DELETE = 'mutation { deleteExternalService(name: "db") { id } }'


def programs(heading: str) -> list[str]:
    """Return the indented blocks below a heading."""
    (section,) = re.findall(rf"^## {heading}.*?$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"(?:^(?: {4}.*|)\n)+", section, re.MULTILINE)
    lines = [[line.removeprefix("    ") for line in block.strip("\n").splitlines()] for block in blocks]
    return ["\n".join(block) + "\n" for block in lines if any(block)]


@pytest.fixture
async def proxy(server: RunningServer) -> AsyncIterator[Proxy]:
    """A network to a server that has the kind of the page, with a resource in it."""
    await server.graphql(DEFINE, {"spec": DEFINITION["spec"]})
    await server.graphql(CREATE)
    async with Proxy(server.url) as running:
        yield running


@asynccontextmanager
async def running(*command: str | Path) -> AsyncIterator[asyncio.StreamReader]:
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def line(output: asyncio.StreamReader) -> str:
    return (await asyncio.wait_for(output.readline(), PATIENCE_SECONDS)).decode().rstrip("\n")


@pytest.mark.parametrize("heading", ["graphql-ws", "graphql-sse", "EventSource", "Python"])
async def test_a_program_follows_a_kind_without_gap_or_repeat(
    node: RunScript, server: RunningServer, proxy: Proxy, tmp_path: Path, heading: str
) -> None:
    (program,) = programs(heading)
    assert program.count(PRINTED) == 1
    program = program.replace(PRINTED, proxy.url.removeprefix("http://"))
    if heading == "Python":
        script, command = tmp_path / "program.py", [sys.executable]
    else:
        # Packages are found from where a script is.
        script, command = PROJECT / f".{heading}-{tmp_path.name}.mjs", [ROOT / "tools" / "node.sh", "node"]
    if heading == "EventSource":
        program = f"import {{ EventSource }} from 'eventsource';\n{program}"
    script.write_text(program)
    try:
        async with running(*command, script) as output:
            assert await line(output) == "ADDED db 1"
            await server.graphql(UPDATE % 2)
            assert await line(output) == "MODIFIED db 2"
            proxy.cut()
            for port in (3, 4):
                await server.graphql(UPDATE % port)
            assert [await line(output) for _ in range(2)] == ["MODIFIED db 3", "MODIFIED db 4"]
            await server.graphql(DELETE)
            assert await line(output) == "DELETED db 4"
    finally:
        script.unlink()


async def test_curl_goes_on_after_the_id_that_it_has_seen(server: RunningServer, proxy: Proxy) -> None:
    first, second = (command.replace(PRINTED, proxy.url.removeprefix("http://")) for command in programs("curl"))
    async with running(*shlex.split(first)) as output:
        assert [await line(output) for _ in range(3)] == [":", "", "event: next"]
        assert re.fullmatch(r"id: \d+", await line(output))
        assert (await line(output)).startswith('data: {"data":{"watchExternalServices":{"type":"BOOKMARK"')
        await server.graphql(UPDATE % 2)
        assert [await line(output) for _ in range(2)] == ["", "event: next"]
        last = (await line(output)).removeprefix("id: ")
        assert '"type":"MODIFIED"' in await line(output)
    for port in (3, 4):
        await server.graphql(UPDATE % port)
    second = re.sub(r"last-event-id: \d+", f"last-event-id: {last}", second)
    async with running(*shlex.split(second)) as output:
        ids: list[Any] = []
        assert [await line(output) for _ in range(2)] == [":", ""]
        for _ in range(2):
            assert await line(output) == "event: next"
            ids.append(int((await line(output)).removeprefix("id: ")))
            assert '"type":"MODIFIED"' in await line(output)
            assert await line(output) == ""
    assert int(last) < ids[0] < ids[1]
