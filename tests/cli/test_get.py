"""``kindgraph get`` and ``describe`` against a real server."""

import json
import re
from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVICES = EXAMPLES / "external-services"

AGE = r"\d+s"


async def test_a_table_has_the_columns_of_the_definition(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("get", "externalservices")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].split("   ")[0] == "NAME"
    assert re.sub(r" {3,}", "|", lines[0]) == "NAME|HOST|PORT|TLS|MAX CONNS|REACHABLE|AGE"
    assert re.fullmatch(rf"orders-db +orders\.db\.example\.org +5432 +true +50 +<none> +{AGE}", lines[1])
    assert [line.split()[0] for line in lines[1:]] == ["orders-db", "payments", "session-cache"]
    assert len({line.index("AGE") if "AGE" in line else lines[0].index("AGE") for line in lines}) == 1


async def test_one_namespace_or_all_of_them(cli):
    await cli("apply", "-f", str(EXAMPLES / "backup-plans"))
    none = await cli("get", "backupplans")
    assert (none.code, none.out) == (0, "")
    assert none.err == "no StorageExampleOrg_BackupPlan found in namespace default\n"
    assert "orders-nightly" in (await cli("get", "backupplans", "-n", "production")).out
    everywhere = (await cli("get", "backupplans", "-A")).out.splitlines()
    assert everywhere[0].startswith("NAMESPACE    NAME")
    assert everywhere[1].startswith("production   orders-nightly")


async def test_labels_select(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("get", "externalservice", "-l", "tier=data,team notin (web)", "-o", "name")
    assert ran.out == "ExternalService/orders-db\n"
    assert (await cli("get", "externalservice", "-l", "tier in")).code == 1


async def test_one_by_name(cli):
    await cli("apply", "-f", str(SERVICES))
    assert (await cli("get", "externalservice", "payments")).out.splitlines()[1].startswith("payments ")
    assert (await cli("get", "externalservice", "payments", "-o", "name")).out == "ExternalService/payments\n"
    absent = await cli("get", "externalservice", "nope")
    assert (absent.code, absent.err) == (1, "error: ExternalService 'nope' not found in namespace default\n")


@pytest.mark.parametrize("output", ["yaml", "json"])
async def test_data_is_the_resource_under_its_original_names(cli, output):
    await cli("apply", "-f", str(EXAMPLES / "feature-flags"))
    one = yaml.safe_load((await cli("get", "featureflag", "dark-mode", "-o", output)).out)
    assert one["spec"]["x-tracking-id"] == "WEB-1207"
    assert one["spec"]["description"] == "Colours for the night.\nFollows the system's setting.\n"
    assert (one["group"], one["kind"]) == ("flags.example.org", "FeatureFlag")
    several = yaml.safe_load((await cli("get", "featureflags", "-o", output)).out)
    assert several["kind"] == "List"
    assert several["items"][0] == one


async def test_an_empty_list_is_still_data(cli):
    await cli("apply", "-f", str(SERVICES / "definition.yaml"))
    assert json.loads((await cli("get", "externalservices", "-o", "json")).out) == {"kind": "List", "items": []}


async def test_lists_longer_than_a_page_are_whole(cli, monkeypatch):
    monkeypatch.setattr("app.cli.listing._PAGE_SIZE", 7)
    service = "kind: ExternalService\nmetadata: {{name: s{}}}\nspec: {{host: h, port: 1}}\n"
    await cli("apply", "-f", str(SERVICES / "definition.yaml"))
    await cli("apply", "-f", "-", stdin="---\n".join(service.format(index) for index in range(10, 40)))
    names = (await cli("get", "externalservices", "-o", "name")).out.splitlines()
    assert names == [f"ExternalService/s{index}" for index in range(10, 40)]


async def test_what_others_stored_never_reaches_the_terminal_raw(cli, server):
    await cli("apply", "-f", str(SERVICES / "definition.yaml"))
    create = "mutation($i: CreateExternalServiceInput!) { createExternalService(input: $i) { id } }"
    hostile = "\x1b]0;owned\x07\x1b[31m\u202e\x9b2J\nsecond"
    metadata = {"name": "x", "annotations": {"example.org/note": hostile}}
    await server.graphql(create, {"i": {"metadata": metadata, "spec": {"host": hostile, "port": 1}}})
    for arguments in (["get"], ["get", "-o", "yaml"], ["get", "-o", "json"], ["describe"]):
        ran = await cli(arguments[0], "externalservice", "x", *arguments[1:])
        assert all(line.isprintable() for line in ran.out.split("\n")), arguments
    assert json.loads((await cli("get", "externalservice", "x", "-o", "json")).out)["spec"]["host"] == hostile
    assert yaml.safe_load((await cli("get", "externalservice", "x", "-o", "yaml")).out)["spec"]["host"] == hostile


async def test_definitions_are_resources_like_any_other(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("get", "resourcedefinitions")
    assert re.search(r"ExternalService +ExternalService +<none> +NAMESPACED +True +3 ", ran.out)
    assert ran.out.splitlines()[0].count("AGE") == 1


async def test_unknown_kinds_and_wrong_usage(cli):
    await cli("apply", "-f", str(SERVICES))
    unknown = await cli("get", "externalservise")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == "error: the server has no kind 'externalservise'; did you mean ExternalService?\n"
    for arguments in (["get"], ["get", "x", "-o", "xml"], ["get", "x", "y", "-A"], ["get", "x", "-n", "a", "-A"]):
        ran = await cli(*arguments)
        assert ran.code == 2
        assert ran.err.startswith("usage: ")


async def test_describe_shows_all_of_a_resource(cli):
    await cli("apply", "-f", str(EXAMPLES / "backup-plans"))
    out = (await cli("describe", "backupplan", "orders-nightly", "-n", "production")).out
    assert re.search(r"^Name: +orders-nightly$", out, re.MULTILINE)
    assert re.search(r"^Namespace: +production$", out, re.MULTILINE)
    assert re.search(r"^Group: +storage\.example\.org$", out, re.MULTILINE)
    assert "Spec:\n  schedule: " in out
    assert "Notes:\n  why: The auditors ask for two weeks.\n" in out
    assert (await cli("describe", "backupplan", "orders-nightly")).code == 1


async def test_a_definition_tells_how_far_its_indexes_are(cli):
    await cli("apply", "-f", str(EXAMPLES / "teams"))
    out = (await cli("describe", "resourcedefinition", "OrgExampleOrg_Team")).out
    assert re.search(
        r"^Indexes:\n  FIELDS +UNIQUE +STATE +PROGRESS\n  spec\.mail +yes +READY +<none>$", out, re.MULTILINE
    )
    table = (await cli("get", "resourcedefinitions")).out
    assert re.search(r"^NAME +.* RESOURCES +INDEXES", table)
    assert re.search(r"^OrgExampleOrg_Team .* [0-9]+ +READY ", table, re.MULTILINE)
    out = (await cli("explain", "team")).out
    assert "INDEXES:      spec.mail (unique)\n" in out
    assert re.search(r"^  mail  <String> -.*indexed-$", (await cli("explain", "team.spec")).out, re.MULTILINE)


async def test_a_watch_prints_what_changes_until_it_is_interrupted(cli, cli_process, server):
    await cli("apply", "-f", str(SERVICES))
    watch = await cli_process("get", "externalservices", "--watch")
    lines = [await watch.line() for _ in range(4)]
    assert lines[0].startswith("NAME")
    update = 'mutation { updateExternalService(name: "payments", patch: {spec: {port: 8443}}) { id } }'
    await server.graphql(update)
    assert re.match(r"payments +api\.payments\.example\.com +8443 ", await watch.line())
    await server.graphql('mutation { deleteExternalService(name: "payments") { id } }')
    assert (await watch.line()).endswith(" (deleted)")
    assert await watch.interrupt() == (130, "")


async def test_a_watch_of_an_empty_list_prints_the_headings_with_the_first_row(cli, cli_process):
    await cli("apply", "-f", str(SERVICES / "definition.yaml"))
    watch = await cli_process("get", "externalservices", "-w", "-l", "tier=data")
    errors = watch.errors()
    assert (await errors.readline()).decode() == "no ExternalService found in namespace default\n"
    await cli("apply", "-f", str(SERVICES / "resources.yaml"))
    assert (await watch.line()).startswith("NAME")
    names = {(await watch.line()).split()[0] for _ in range(2)}  # one command's writes come in any order
    assert names == {"orders-db", "session-cache"}
    await watch.interrupt()


async def test_a_watch_ends_when_its_kind_is_gone(cli, cli_process):
    await cli("apply", "-f", str(SERVICES))
    watch = await cli_process("get", "externalservice", "payments", "-o", "name", "--watch")
    assert await watch.line() == "ExternalService/payments"
    await cli("delete", "resourcedefinition", "ExternalService")
    code, out, err = await watch.ended()
    assert (code, out) == (1, "ExternalService/payments (deleted)\n")
    assert err.startswith("error: ")


async def test_a_reader_that_goes_away_is_no_failure(cli, cli_process):
    await cli("apply", "-f", str(SERVICES))
    process = await cli_process("schema")
    await process.line()
    process.close_output()
    code, _, err = await process.ended()
    assert (code, err) == (0, "")
