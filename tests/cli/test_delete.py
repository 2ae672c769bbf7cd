"""``kindgraph delete`` against a real server."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVICES = EXAMPLES / "external-services"

BUILT_IN = "".join(f"ResourceDefinition/{kind}\n" for kind in ("Addon", "Event", "Lease", "ResourceDefinition"))


async def test_resources_go_by_name_and_failures_do_not_stop_the_rest(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("delete", "externalservice", "payments", "nope", "orders-db")
    assert ran.code == 1
    assert ran.out == "ExternalService/payments deleted\nExternalService/orders-db deleted\n"
    assert ran.err == "error: ExternalService 'nope' not found in namespace default\n"
    assert (await cli("get", "externalservices", "-o", "name")).out == "ExternalService/session-cache\n"
    again = await cli("delete", "externalservice", "payments", "--ignore-not-found")
    assert (again.code, again.out, again.err) == (0, "", "")


async def test_what_files_hold_goes_resources_first(cli):
    await cli("apply", "-f", str(EXAMPLES))
    ran = await cli("delete", "-f", str(EXAMPLES))
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert all(line.endswith(" deleted") for line in lines)
    first_definition = next(at for at, line in enumerate(lines) if line.startswith("ResourceDefinition/"))
    assert all(line.startswith("ResourceDefinition/") for line in lines[first_definition:])
    assert len(lines) == 19
    assert (await cli("get", "resourcedefinitions", "-o", "name")).out == BUILT_IN


async def test_a_definition_takes_its_resources_with_it(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("delete", "resourcedefinition", "ExternalService")
    assert (ran.code, ran.out) == (0, "ResourceDefinition/ExternalService deleted\n")
    assert (await cli("get", "externalservices")).code == 1


async def test_a_resource_with_finalizers_is_only_asked_to_go(cli):
    await cli("apply", "-f", str(SERVICES / "definition.yaml"))
    manifest = (
        "kind: ExternalService\nmetadata: {name: held, finalizers: [example.org/held]}\nspec: {host: h, port: 1}\n"
    )
    await cli("apply", "-f", "-", stdin=manifest)
    waits = "waits for finalizer example.org/held"
    assert (
        await cli("delete", "externalservice", "held")
    ).out == f"ExternalService/held deletion requested ({waits})\n"
    described = (await cli("describe", "externalservice", "held")).out
    assert "Deletion requested:" in described
    assert "Deletion waits for: finalizer example.org/held (for " in described


async def test_what_happened_to_a_resource_is_described(cli, server):
    await cli("apply", "-f", str(SERVICES))
    read = await server.graphql('{ externalService(name: "payments") { metadata { uid } } }')
    uid = read["externalService"]["metadata"]["uid"]
    report = f"""regarding: {{kind: "ExternalService", namespace: "default", name: "payments", uid: "{uid}"}},
        type: Warning, reason: "Unreachable", note: "refused\\u001b[2J", reportingController: "probe" """
    for _ in range(2):
        await server.graphql(f"mutation {{ recordEvent(input: {{{report}}}) {{ id }} }}")
    described = (await cli("describe", "externalservice", "payments")).out
    assert described.splitlines()[-3] == "Events:"
    assert described.splitlines()[-1].split()[1:5] == ["Warning", "Unreachable", "2", "probe"]
    assert "refused" in described
    assert "\x1b" not in described


async def test_what_becomes_of_what_is_owned_can_be_said(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("delete", "externalservice", "payments", "--propagation", "foreground")
    assert ran.out == "ExternalService/payments deletion requested (waits for finalizer foregroundDeletion)\n"


async def test_a_dry_run_deletes_nothing(cli):
    await cli("apply", "-f", str(SERVICES))
    ran = await cli("delete", "externalservice", "payments", "--dry-run")
    assert ran.out == "ExternalService/payments deleted (dry run)\n"
    assert (await cli("get", "externalservice", "payments")).code == 0


async def test_built_in_kinds_stay(cli):
    ran = await cli("delete", "resourcedefinition", "ResourceDefinition")
    assert ran.code == 1
    assert "built in" in ran.err


async def test_namespaces_are_told_apart(cli):
    await cli("apply", "-f", str(EXAMPLES / "backup-plans"))
    assert (await cli("delete", "backupplan", "orders-nightly")).code == 1
    assert (await cli("delete", "backupplan", "orders-nightly", "-n", "production")).code == 0


async def test_either_names_or_files_are_needed(cli):
    for arguments in (["delete"], ["delete", "externalservice"], ["delete", "x", "y", "-f", "z"]):
        assert (await cli(*arguments)).code == 2
