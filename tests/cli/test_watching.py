"""Watches of the command line outlive connections, and forget nothing when a position is lost."""

import asyncio
import contextlib
import re
from pathlib import Path

import pytest

from app.cli.listing import Listing
from app.cli.watching import differences

SERVICES = Path(__file__).parents[2] / "examples" / "external-services"


class Proxy:
    """Passes connections on to a server until it is told to cut them."""

    def __init__(self, url):
        self._host, _, self._port = url.removeprefix("http://").partition(":")
        self._writers = set()
        self._server = None

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_):
        self.cut()
        self._server.close()

    def cut(self):
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(self._host, int(self._port))
        writers = {writer, upstream_writer}
        self._writers |= writers
        await asyncio.gather(self._pass(reader, upstream_writer), self._pass(upstream_reader, writer))
        self._writers -= writers

    @staticmethod
    async def _pass(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def proxy(server):
    async with Proxy(server.url) as running:
        yield running


async def test_a_lost_connection_is_taken_up_again_without_gap_or_repeat(cli, cli_process, proxy, server):
    await cli("apply", "-f", str(SERVICES))
    watch = await cli_process("get", "externalservices", "--watch", "--server", proxy.url)
    for _ in range(4):
        await watch.line()
    for port in (7001, 7002, 7003):
        update = f'mutation {{ updateExternalService(name: "payments", patch: {{spec: {{port: {port}}}}}) {{ id }} }}'
        await server.graphql(update)
        assert re.match(rf"payments .* {port} ", await watch.line())
        proxy.cut()
    assert await watch.interrupt() == (130, "")


def raw(name, version, uid="u"):
    return {"metadata": {"name": name, "namespace": "default", "uid": uid, "resourceVersion": version}}


def test_after_a_lost_position_the_differences_are_the_changes():
    known = {("default", name): raw(name, "1") for name in ("same", "changed", "gone", "again")}
    listing = Listing([raw("same", "1"), raw("changed", "2"), raw("again", "1", uid="v"), raw("new", "3")], "9")
    changes = [(change.type, change.resource["metadata"]["name"]) for change in differences(known, listing)]
    assert changes == [("DELETED", "gone"), ("MODIFIED", "changed"), ("MODIFIED", "again"), ("ADDED", "new")]
