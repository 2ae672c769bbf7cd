"""``kindgraph get --watch``: every format, every change, and everything that can end a watch."""

import contextlib
import json
from pathlib import Path

import pytest
import yaml

from app.cli.showing import Columns, Shower
from app.settings import Settings
from tests.support.proxy import Proxy
from tests.support.serving import running_server

SERVICES = Path(__file__).parents[2] / "examples" / "external-services"
UPDATE = 'mutation { updateExternalService(name: "%s", patch: {%s}) { id } }'
DELETE = 'mutation { deleteExternalService(name: "%s") { id } }'
EVENTS = "--output-watch-events"

CREATE = """mutation { createExternalService(input: {
    metadata: {name: "new", labels: {team: "billing"}}, spec: {host: "new", port: 1}}) { id } }"""


@pytest.fixture
async def services(cli, server):
    """A server with the example's kind and three resources, of which the label ``team`` selects one."""
    await cli("apply", "-f", str(SERVICES))
    return server


async def change_all(server):
    """Change what is there in each way that a watch of the team ``billing`` can see."""
    await server.graphql(CREATE)
    await server.graphql(UPDATE % ("new", "spec: {port: 2}"))
    await server.graphql(UPDATE % ("payments", 'metadata: {labels: {team: "other"}}'))
    await server.graphql(DELETE % "new")


EXPECTED = [
    ("ADDED", "payments"),
    ("ADDED", "new"),
    ("MODIFIED", "new"),
    ("LEFT", "payments"),
    ("DELETED", "new"),
]
WATCH = ("get", "externalservices", "-l", "team=billing", "--watch", "-o")


async def test_what_came_changed_left_and_went_is_told(services, cli_process):
    table = await cli_process(*WATCH, "table")
    lines = [await table.line() for _ in range(2)]
    script = await cli_process(*WATCH, "json", EVENTS)
    events = [json.loads(await script.line())]
    await change_all(services)
    lines += [await table.line() for _ in range(4)]
    assert [line.split()[0] for line in lines] == ["NAME", "payments", "new", "new", "payments", "new"]
    assert [line.split()[2] for line in lines[2:]] == ["1", "2", "443", "2"]
    assert [line.rpartition("(")[2] for line in lines[4:]] == ["left)", "deleted)"]
    assert not any("(" in line for line in lines[:4])
    events += [json.loads(await script.line()) for _ in range(4)]
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == EXPECTED
    assert events[0]["object"]["spec"]["port"] == 443


def shown(output, **options):
    """Return what ``EXPECTED`` looks like, the first as it was there before."""
    shower = Shower(output, kind="Kind", columns=Columns([], [], []), with_namespace=False, now=lambda: None, **options)
    raws = [(change, {"kind": "Kind", "metadata": {"name": name}}) for change, name in EXPECTED]
    return [shower.show_all([raws[0][1]]), *(shower.show_change(change, raw) for change, raw in raws[1:])]


def test_names_mark_what_has_left_and_what_is_gone():
    expected = ["payments", "new", "new", "payments (left)", "new (deleted)"]
    assert shown("name") == [f"Kind/{text}\n" for text in expected]


def test_yaml_is_a_document_for_each_change_marked_by_comments():
    listed, *changes = shown("yaml")
    assert [item["metadata"]["name"] for item in yaml.safe_load(listed)["items"]] == ["payments"]
    documents = list(yaml.safe_load_all("".join(changes)))
    assert [document["metadata"]["name"] for document in documents] == ["new", "new", "payments", "new"]
    assert [change.splitlines()[1] for change in changes] == ["kind: Kind", "kind: Kind", "# (left)", "# (deleted)"]


def test_json_is_the_state_alone():
    listed, *changes = shown("json")
    assert [item["metadata"]["name"] for item in json.loads(listed)["items"]] == ["payments"]
    assert [json.loads(change)["metadata"]["name"] for change in changes] == ["new", "new", "payments", "new"]


def test_events_tell_scripts_what_happened():
    for output, parse in (("json", json.loads), ("yaml", lambda text: yaml.safe_load(text.removeprefix("---\n")))):
        events = [parse(text) for text in shown(output, as_events=True)]
        assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == EXPECTED
    assert all(text.count("\n") == 1 for text in shown("json", as_events=True))


async def test_events_are_for_watches_in_json_and_yaml(cli):
    for arguments in (["-o", "json"], ["-w"], ["-w", "-o", "name"]):
        ran = await cli("get", "externalservices", *arguments, EVENTS)
        assert (ran.code, ran.out) == (2, "")
        assert "--output-watch-events goes with --watch and -o json or yaml" in ran.err


async def test_a_watch_goes_on_at_another_server_after_a_restart(mongo_uri, database, cli, cli_process, server):
    """The server drains, nobody answers for a while, and changes are made while the watch waits."""
    await cli("apply", "-f", str(SERVICES))
    settings = Settings(mongo_uri=mongo_uri, database=database, port=0, drain_seconds=5)
    async with Proxy(server.url) as proxy:
        async with running_server(settings) as first:
            proxy.to(first.url)
            watch = await cli_process("get", "externalservices", "-w", "-o", "name", "--server", proxy.url)
            assert [await watch.line() for _ in range(3)] == [
                f"ExternalService/{name}" for name in ("orders-db", "payments", "session-cache")
            ]
            await server.graphql(UPDATE % ("payments", "spec: {port: 1}"))
            assert await watch.line() == "ExternalService/payments"
        assert b"; waiting for it" in await watch.errors().readline()
        await server.graphql(UPDATE % ("orders-db", "spec: {port: 2}"))
        await server.graphql(DELETE % "session-cache")
        proxy.to(server.url)
        assert [await watch.line() for _ in range(2)] == [
            "ExternalService/orders-db",
            "ExternalService/session-cache (deleted)",
        ]
    assert await watch.interrupt() == (130, "")


async def test_after_an_expired_position_the_differences_are_shown(mongo_uri, database, cli, cli_process, server):
    """Another database stands for one that no longer knows the position: it knows none of this one's."""
    await cli("apply", "-f", str(SERVICES))
    settings = Settings(mongo_uri=mongo_uri, database=f"{database}_2", port=0, drain_seconds=5)
    async with contextlib.AsyncExitStack() as held:
        proxy = await held.enter_async_context(Proxy(server.url))
        watch = await cli_process("get", "externalservices", "-w", "-o", "name", "--server", proxy.url)
        for _ in range(3):
            await watch.line()
        other = await held.enter_async_context(running_server(settings))  # whose first position is later
        await cli("apply", "-f", str(SERVICES / "definition.yaml"), "--server", other.url)
        await other.graphql(CREATE)
        proxy.to(other.url)
        proxy.cut()
        assert sorted([await watch.line() for _ in range(4)]) == [
            "ExternalService/new",
            "ExternalService/orders-db (deleted)",
            "ExternalService/payments (deleted)",
            "ExternalService/session-cache (deleted)",
        ]
        await other.graphql(UPDATE % ("new", "spec: {port: 2}"))
        assert await watch.line() == "ExternalService/new"


async def test_a_watch_ends_when_its_kind_is_gone_while_it_was_away(cli, cli_process, server, mongo_uri, database):
    await cli("apply", "-f", str(SERVICES))
    settings = Settings(mongo_uri=mongo_uri, database=f"{database}_2", port=0, drain_seconds=5)
    async with running_server(settings) as empty, Proxy(server.url) as proxy:
        watch = await cli_process("get", "externalservice", "payments", "-w", "-o", "name", "--server", proxy.url)
        assert await watch.line() == "ExternalService/payments"
        proxy.to(empty.url)
        proxy.cut()
        code, out, err = await watch.ended()
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == "error: the kind ExternalService is no longer served"


class TestFullServer:
    """A server that takes one watch."""

    @pytest.fixture
    def server_settings(self, mongo_uri, database):
        return Settings(mongo_uri=mongo_uri, database=database, port=0, drain_seconds=5, max_watches=1)

    async def test_a_watch_says_that_it_waits_for_room_and_begins_when_there_is_some(self, services, cli_process):
        first = await cli_process("get", "externalservices", "-w", "-o", "name")
        assert [(await first.line())[:16] for _ in range(3)] == ["ExternalService/"] * 3
        await services.graphql(UPDATE % ("payments", "spec: {port: 1}"))
        assert await first.line() == "ExternalService/payments"
        second = await cli_process("get", "externalservice", "payments", "-w", "-o", "name")
        assert await second.line() == "ExternalService/payments"
        told = (await second.errors().readline()).decode()
        assert told.startswith("There are 1 subscriptions on this server, as many as KINDGRAPH_MAX_WATCHES allows")
        assert told.endswith("; trying again\n")
        await services.graphql(UPDATE % ("payments", "spec: {port: 2}"))
        assert await first.line() == "ExternalService/payments"
        await first.interrupt()
        assert await second.line() == "ExternalService/payments"
        assert await second.interrupt() == (130, "")
