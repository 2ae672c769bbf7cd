"""``kindgraph apply`` against a real server."""

import json
from pathlib import Path

from app.cli.applying import Applier
from app.cli.client import connect
from app.cli.manifests.meaning import read_manifest

EXAMPLES = Path(__file__).parents[2] / "examples"

DEFINITION = """\
kind: ResourceDefinition
spec:
  kind: Gauge
  schema:
    type: object
    required: [unit]
    properties:
      unit: {type: string}
      level: {type: integer, minimum: 0, maximum: 100}
      x-raw.name: {type: string}
      parts:
        type: object
        properties: {a: {type: integer}}
        additionalProperties: true
"""


def gauge(name="g", **spec):
    return json.dumps({"kind": "Gauge", "metadata": {"name": name}, "spec": spec})


async def test_the_examples_apply_in_one_go_and_again_unchanged(cli):
    first = await cli("apply", "-f", str(EXAMPLES))
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert "ResourceDefinition/ExternalService created" in lines
    assert "ResourceDefinition/TasksExampleOrg_CronTask created" in lines
    assert "ExternalService/orders-db created" in lines
    assert all(line.endswith(" created") for line in lines)
    again = await cli("apply", "-f", str(EXAMPLES))
    assert again.code == 0
    assert again.out == first.out.replace(" created", " unchanged")


async def test_definitions_come_before_resources_whatever_their_order(cli, tmp_path):
    (tmp_path / "a.json").write_text(gauge(unit="bar"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "z.yml").write_text(DEFINITION)
    (tmp_path / "readme.txt").write_text("not: [yaml")
    ran = await cli("apply", "-f", str(tmp_path))
    assert (ran.code, ran.out) == (0, "ResourceDefinition/Gauge created\nGauge/g created\n")


async def test_a_change_configures_and_the_same_again_does_not(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    outcomes = [
        (await cli("apply", "-f", "-", stdin=text)).out.split()[-1]
        for text in (gauge(unit="bar"), gauge(unit="bar"), gauge(unit="psi"), gauge(level=3), gauge(level=3))
    ]
    assert outcomes == ["created", "unchanged", "configured", "configured", "unchanged"]


async def test_a_manifest_given_twice_is_created_once(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    ran = await cli("apply", "-f", "-", stdin="\n---\n".join([gauge(unit="bar")] * 2))
    assert ran.out == "Gauge/g created\nGauge/g unchanged\n"


async def test_of_several_manifests_of_one_resource_the_last_has_the_last_word(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    ran = await cli("apply", "-f", "-", stdin="\n---\n".join(gauge(unit=str(index)) for index in range(20)))
    assert [line.split()[-1] for line in ran.out.splitlines()] == ["created", *["configured"] * 19]
    assert json.loads((await cli("get", "gauge", "g", "-o", "json")).out)["spec"] == {"unit": "19"}


async def test_failures_do_not_stop_the_rest_and_name_their_document(cli, tmp_path):
    file = tmp_path / "many.yaml"
    file.write_text(
        "\n---\n".join(
            [gauge("a", unit="x"), "a: [", gauge("b", level=101), "kind: Gaugee", DEFINITION, gauge("c", unit="x")]
        )
    )
    missing = tmp_path / "missing.yaml"
    ran = await cli("apply", "-f", str(file), "-f", str(missing))
    assert ran.code == 1
    assert ran.out == "ResourceDefinition/Gauge created\nGauge/a created\nGauge/c created\n"
    errors = ran.err.split("error: ")[1:]
    assert errors[0].startswith(f"{file}: document 2: line ")
    assert errors[1].startswith(f"{missing}: No such file")
    assert errors[2].startswith(f"{file}: document 3: Gauge/b: ")
    assert "\n  /spec/level: " in errors[2]
    assert "\n  /spec/unit: " in errors[2]
    assert errors[3].startswith(f"{file}: document 4: Gaugee: ")


async def test_unknown_fields_are_told_with_everything_else_that_is_wrong(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    ran = await cli("apply", "-f", "-", stdin=gauge(unitt="bar", level=-1))
    assert ran.code == 1
    assert ran.out == ""
    for path in ("/spec/unitt", "/spec/unit", "/spec/level"):
        assert ran.err.count(f"\n  {path}: ") == 1
    assert (await cli("get", "gauge", "g")).code == 1


async def test_values_of_the_wrong_type_are_told_with_their_paths(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    ran = await cli("apply", "-f", "-", stdin=gauge(unit=3, level="high", parts=[]))
    assert ran.code == 1
    for path in ("/spec/unit", "/spec/level", "/spec/parts"):
        assert ran.err.count(f"\n  {path}: ") == 1
    assert "$input" not in ran.err


async def test_what_is_there_counts_when_a_partial_manifest_is_judged(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    await cli("apply", "-f", "-", stdin=gauge(unit="bar"))
    ran = await cli("apply", "-f", "-", stdin=gauge(level="high"))
    assert "\n  /spec/level: " in ran.err
    assert "/spec/unit" not in ran.err


async def test_names_that_graphql_cannot_write_arrive_as_they_are(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    spec = {"unit": "bar", "x-raw.name": "n", "parts": {"a": 1, "b.c": [1, {"$d": None}]}}
    await cli("apply", "-f", "-", stdin=gauge(**spec))
    ran = await cli("get", "gauge", "g", "-o", "json")
    assert json.loads(ran.out)["spec"] == spec


async def test_what_get_prints_can_be_applied_unchanged(cli):
    await cli("apply", "-f", str(EXAMPLES))
    for output in ("yaml", "json"):
        shown = await cli("get", "externalservices", "-o", output)
        applied = await cli("apply", "-f", "-", stdin=shown.out)
        assert applied.code == 0, applied.err
        assert [line.split()[-1] for line in applied.out.splitlines()] == ["unchanged"] * 3
    shown = await cli("get", "resourcedefinition", "ExternalService", "-o", "yaml")
    assert (await cli("apply", "-f", "-", stdin=shown.out)).out == "ResourceDefinition/ExternalService unchanged\n"


async def test_a_changed_schema_takes_the_place_of_the_old_one(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    smaller = (
        "kind: ResourceDefinition\n"
        "spec: {kind: Gauge, allowBreaking: true, schema: {type: object, properties: {unit: {type: integer}}}}\n"
    )
    assert (await cli("apply", "-f", "-", stdin=smaller)).out == "ResourceDefinition/Gauge configured\n"
    shown = json.loads((await cli("get", "resourcedefinition", "Gauge", "-o", "json")).out)
    assert shown["spec"]["schema"] == {"type": "object", "properties": {"unit": {"type": "integer"}}}
    assert (await cli("apply", "-f", "-", stdin=smaller)).out == "ResourceDefinition/Gauge unchanged\n"


async def test_of_a_definition_given_twice_the_last_one_counts(cli):
    spec = "kind: ResourceDefinition\nspec: {kind: Gauge, schema: {type: object, properties: {a: {type: %s}}}}\n"
    ran = await cli(
        "apply",
        "--allow-breaking",
        "-f",
        "-",
        stdin="---\n".join(spec % name for name in ("string", "integer", "integer")),
    )
    assert [line.split()[-1] for line in ran.out.splitlines()] == ["created", "configured", "unchanged"]
    shown = json.loads((await cli("get", "resourcedefinition", "Gauge", "-o", "json")).out)
    assert shown["spec"]["schema"]["properties"] == {"a": {"type": "integer"}}


async def test_a_definition_that_another_writes_meanwhile_is_replaced(cli, server):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    async with connect(server.url) as client:
        applier = Applier(client, namespace=None, dry_run=False, allow_breaking=True)
        first = {"kind": "ResourceDefinition", "spec": {"kind": "Other", "schema": schema}}
        assert (await applier.apply(read_manifest(first))).outcome == "created"  # by now it has asked what is there
        await cli("apply", "-f", "-", stdin=DEFINITION)
        second = {"kind": "ResourceDefinition", "spec": {"kind": "Gauge", "schema": schema}}
        assert (await applier.apply(read_manifest(second))).outcome == "configured"
    shown = json.loads((await cli("get", "resourcedefinition", "Gauge", "-o", "json")).out)
    assert shown["spec"]["schema"]["properties"] == {"a": {"type": "string"}}


async def test_a_refused_definition_says_where_and_why(cli):
    bad = "kind: ResourceDefinition\nspec: {kind: Bad, schema: {type: object, properties: {a: {$ref: 'http://x/y'}}}}\n"
    ran = await cli("apply", "-f", "-", stdin=bad)
    assert ran.code == 1
    assert ran.err.startswith("error: -: ResourceDefinition/Bad: ")
    assert "\n  /spec/schema/properties/a/$ref: " in ran.err


async def test_a_dry_run_reports_and_changes_nothing(cli):
    assert (await cli("apply", "--dry-run", "-f", "-", stdin=DEFINITION)).out == (
        "ResourceDefinition/Gauge created (dry run)\n"
    )
    await cli("apply", "-f", "-", stdin=DEFINITION)
    assert (await cli("apply", "--dry-run", "-f", "-", stdin=gauge(unit="a"))).out == "Gauge/g created (dry run)\n"
    assert (await cli("get", "gauge", "g")).code == 1
    await cli("apply", "-f", "-", stdin=gauge(unit="a"))
    assert (await cli("apply", "--dry-run", "-f", "-", stdin=gauge(unit="a"))).out == "Gauge/g unchanged (dry run)\n"
    assert (await cli("apply", "--dry-run", "-f", "-", stdin=gauge(unit="b"))).out == "Gauge/g configured (dry run)\n"
    assert json.loads((await cli("get", "gauge", "g", "-o", "json")).out)["spec"]["unit"] == "a"


async def test_the_namespace_option_fills_in_and_contradicts(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    assert (await cli("apply", "-n", "far", "-f", "-", stdin=gauge(unit="a"))).code == 0
    assert (await cli("get", "gauges", "-n", "far", "-o", "name")).out == "Gauge/g\n"
    elsewhere = json.dumps({"kind": "Gauge", "metadata": {"name": "g", "namespace": "near"}, "spec": {"unit": "a"}})
    ran = await cli("apply", "-n", "far", "-f", "-", stdin=elsewhere)
    assert (ran.code, ran.err) == (1, "error: -: Gauge/g: its namespace near is not far, as -n says\n")


async def test_a_namespace_of_a_cluster_scoped_resource_is_dropped_as_kubectl_does(cli):
    await cli("apply", "-f", str(EXAMPLES / "teams"))
    team = {
        "kind": "Team",
        "group": "org.example.org",
        "metadata": {"name": "t", "namespace": "x"},
        "spec": {"name": "T"},
    }
    assert (await cli("apply", "-f", "-", stdin=json.dumps(team))).out == "OrgExampleOrg_Team/t created\n"


async def test_status_and_what_servers_set_is_ignored(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    manifest = {
        "kind": "Gauge",
        "metadata": {
            "name": "g",
            "uid": "x",
            "resourceVersion": "1",
            "generation": 9,
            "createdAt": "2020-01-01T00:00:00Z",
        },
        "spec": {"unit": "a"},
        "status": {"x": 1},
    }
    assert (await cli("apply", "-f", "-", stdin=json.dumps(manifest))).code == 0
    shown = json.loads((await cli("get", "gauge", "g", "-o", "json")).out)
    assert "status" not in shown
    assert shown["metadata"]["generation"] == 1


BAD_INPUT = [
    ("", "no objects on standard input"),
    ("[1]", "no object"),
    ("kind: Nothing\nmetadata: {name: x}\n", "no kind Nothing"),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", "no kind ConfigMap without a group"),
    ("kind: ResourceDefinition\nspec: {}\n", "kind"),
    ("kind: ResourceDefinition\n", "ResourceDefinition: "),
    ("kind: ResourceDefinition\nspec: 3\n", "ResourceDefinition: "),
    ("kind: Gauge\nmetadata: {generateName: x-}\n", "generateName cannot be applied"),
    ("kind: Gauge\nmetadata: {name: Not_A_Name}\nspec: {unit: a}\n", "/metadata/name: "),
    ("kind: Gauge\nmetadata: {name: g}\nspec: 3\n", "Gauge/g: "),
    ("kind: Gauge\nmetadata: {name: g, labels: 3}\nspec: {unit: a}\n", "Gauge/g: "),
    ('{"kind": "Gauge", "metadata": {"name": "\\u001b[2J"}, "spec": {"unit": "a"}}', "\\x1b[2J"),
]


async def test_bad_input_is_refused_in_words(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    for text, message in BAD_INPUT:
        ran = await cli("apply", "-f", "-", stdin=text)
        assert (ran.code, ran.out) == (1, ""), text
        assert ran.err.startswith("error: -: "), text
        assert message in ran.err
        assert "Traceback" not in ran.err
        assert "\x1b" not in ran.err


async def test_a_manifest_that_is_too_large_is_told_and_does_not_stop_the_rest(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    for size in (5_000_000, 30_000_000):
        ran = await cli("apply", "-f", "-", stdin="\n---\n".join([gauge("big", unit="x" * size), gauge(unit="x")]))
        assert ran.code == 1
        assert ran.out.startswith("Gauge/g ")
        assert ran.err.startswith("error: -: document 1: Gauge/big: ")
    assert "larger than the server takes" in ran.err


async def test_without_a_server_there_is_one_clear_message(cli):
    ran = await cli("apply", "--server", "http://127.0.0.1:9", "-f", str(EXAMPLES))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("error: ") == 1
    assert "cannot reach the server at http://127.0.0.1:9" in ran.err


async def test_what_answers_but_is_no_kindgraph_is_told(cli, server):
    ran = await cli("apply", "--server", f"{server.url}/elsewhere", "-f", str(EXAMPLES / "teams"))
    assert ran.code == 1
    assert "answered 404" in ran.err


async def test_an_empty_list_is_no_success(cli, tmp_path):
    manifest = tmp_path / "nothing.yaml"
    for text in ("", "kind: List\nitems: []\n"):
        manifest.write_text(text)
        result = await cli("apply", "-f", str(manifest))
        assert (result.code, result.err) == (1, "error: there is nothing to apply: no objects were given\n")


async def test_files_are_needed(cli):
    ran = await cli("apply")
    assert ran.code == 2
    assert "-f" in ran.err


async def test_all_kinds_can_be_applied_as_they_are_listed(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    listed = await cli("get", "resourcedefinitions", "-o", "yaml")
    ran = await cli("apply", "-f", "-", stdin=listed.out)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(ran.out.splitlines()) == [
        "ResourceDefinition/Addon unchanged",
        "ResourceDefinition/Event unchanged",
        "ResourceDefinition/Gauge unchanged",
        "ResourceDefinition/Lease unchanged",
        "ResourceDefinition/ResourceDefinition unchanged",
    ]
