"""Watches of the command line outlive connections, and forget nothing when a position is lost."""

import re
from pathlib import Path

import pytest

from app.cli.listing import Listing
from app.cli.watching import differences
from tests.support.proxy import Proxy

SERVICES = Path(__file__).parents[2] / "examples" / "external-services"


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
