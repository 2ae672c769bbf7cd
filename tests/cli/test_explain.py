"""``kindgraph explain`` and ``schema`` against a real server."""

import re
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


async def test_a_field_is_explained_with_type_default_and_limits(cli):
    await cli("apply", "-f", str(EXAMPLES / "external-services"))
    out = (await cli("explain", "externalservices.spec.limits.maxConns")).out
    assert "FIELD:        spec.limits.maxConns <Int>" in out
    assert "GRAPHQL NAME: maxConns" in out
    assert "DEFAULT:      10" in out
    assert "10000" in out
    out = (await cli("explain", "externalservice.spec.protocol")).out
    assert "ONE OF:       HTTP, GRPC, POSTGRES, REDIS" in out
    out = (await cli("explain", "externalservice.spec")).out
    assert "host  <String> -required-" in out
    assert "DNS name or address." in out


async def test_a_kind_is_explained_with_its_operations(cli):
    await cli("apply", "-f", str(EXAMPLES / "teams"))
    out = (await cli("explain", "team")).out
    assert "SCOPE:        cluster" in out
    assert "orgExampleOrg_team, orgExampleOrg_teams" in out
    assert "spec  <OrgExampleOrg_TeamSpec>" in out


async def test_a_path_goes_through_lists_maps_and_recursion(cli):
    await cli("apply", "-f", str(EXAMPLES))
    out = (await cli("explain", "teams.org.example.org.spec.units.units.lead.name")).out
    assert "FIELD:        spec.units.units.lead.name <String> -required-" in out
    assert "<Int>" in (await cli("explain", "featureflag.spec.rollout.eu")).out
    assert "<[FlagsExampleOrg_FeatureFlagSpecRules]>" in (await cli("explain", "featureflag.spec.rules")).out


async def test_a_name_that_graphql_cannot_write_is_told_with_the_one_that_it_has(cli):
    await cli("apply", "-f", str(EXAMPLES / "feature-flags"))
    assert "x-tracking-id  <String> (GraphQL: x_tracking_id)" in (await cli("explain", "featureflag.spec")).out
    assert "GRAPHQL NAME: x_tracking_id" in (await cli("explain", "featureflag.spec.x-tracking-id")).out


UNION = """
kind: ResourceDefinition
spec:
  kind: Route
  schema:
    type: object
    properties:
      via:
        oneOf:
          - {type: object, required: [by], properties: {by: {const: tcp}, port: {type: integer}}}
          - {type: object, required: [by], properties: {by: {const: udp}, ttl: {type: string}}}
"""


async def test_a_union_is_explained_with_its_members(cli):
    await cli("apply", "-f", "-", stdin=UNION)
    out = (await cli("explain", "route.spec.via")).out
    assert "FIELD:        spec.via <RouteSpecVia>" in out
    assert "MEMBERS:      by: tcp <RouteSpecViaTcp>\n              by: udp <RouteSpecViaUdp>\n" in out
    assert "port  <BigInt>" in out


MIXED = """
kind: ResourceDefinition
spec:
  kind: Mixed
  schema:
    type: object
    properties:
      plain: {type: string}
      hosts: {type: array, items: {type: object, properties: {"a.b": {type: [string, array]}}}}
"""


async def test_what_is_json_although_its_schema_says_more_is_told_with_the_reason(cli):
    await cli("apply", "-f", "-", stdin=MIXED)
    told = 'THOUGH THE SCHEMA SAYS MORE:\n  spec.hosts[*]["a.b"]: it may be any of array, string\n'
    for path in ("mixed", "mixed.spec", "mixed.spec.hosts", 'mixed.spec.hosts["a.b"]'):
        assert told in (await cli("explain", path)).out
    for path in ("mixed.spec.plain", "mixed.status"):
        assert "SAYS MORE" not in (await cli("explain", path)).out


MAPS = """
kind: ResourceDefinition
spec:
  kind: Pooled
  schema:
    type: object
    properties:
      poolsEntries: {type: string}
      pools: {type: object, additionalProperties: {type: object, properties: {size: {type: integer}}}}
      sizes: {type: object, additionalProperties: {type: integer}}
      texts: {type: object, additionalProperties: {type: string}}
  extraFields:
    id: {type: object, additionalProperties: {type: boolean}}
"""


async def test_the_typed_entries_of_maps_are_told(cli):
    await cli("apply", "-f", "-", stdin=MAPS)
    out = (await cli("explain", "pooled.spec")).out
    assert "sizes  <JSON>, entries: sizesEntries <[PooledSpecSizesEntry]>" in out
    assert "texts  <StringMap>\n" in out
    assert re.search(r"pools  <JSON>, entries: poolsEntries_\w{8} <\[PooledSpecPoolsEntry\]>", out)
    out = (await cli("explain", "pooled.spec.sizes")).out
    assert "GRAPHQL NAME: sizes\nENTRIES:      sizesEntries <[PooledSpecSizesEntry]>" in out
    out = (await cli("explain", "pooled")).out
    assert re.search(r"id  <JSON> \(GraphQL: (id_\w{8})\), entries: \1Entries <\[PooledIdEntry\]>", out)


async def test_metadata_is_explained_for_every_kind(cli):
    out = (await cli("explain", "resourcedefinition.metadata")).out
    assert "FIELD:        metadata <ObjectMeta>" in out
    assert "ownerReferences  <[OwnerReference]>" in out
    assert "metadata.labels <StringMap>" in (await cli("explain", "resourcedefinition.metadata.labels")).out


ABSENT = [
    ("externalservice.spec.prt", "there is no field spec.prt; there is host, port,"),
    ("externalservice.specs", "there is no field specs; there is metadata, spec"),
    ("externalservice.metadata.nope", "there is no field metadata.nope"),
    ("externalservice.spec[0]", "names alone"),
    ("externalservice.spec[", "cannot read the path"),
    ("nothing.spec", "no kind 'nothing'"),
]


async def test_what_is_not_there_is_told_with_what_is(cli):
    await cli("apply", "-f", str(EXAMPLES / "external-services" / "definition.yaml"))
    for path, message in ABSENT:
        ran = await cli("explain", path)
        assert ran.code == 1
        assert message in ran.err


async def test_the_schema_is_printed_as_sdl(cli):
    await cli("apply", "-f", str(EXAMPLES / "external-services" / "definition.yaml"))
    ran = await cli("schema")
    assert ran.code == 0
    assert "type ExternalService implements " in ran.out
    assert "applyExternalService(" in ran.out


async def test_a_server_that_is_not_there_is_told(cli):
    for arguments in (["schema"], ["explain", "x"], ["get", "x"], ["delete", "x", "y"], ["describe", "x", "y"]):
        ran = await cli(*arguments, "--server", "127.0.0.1:9")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("error: cannot reach the server at http://127.0.0.1:9 ")


async def test_an_address_that_is_none_is_wrong_usage(cli):
    for url in ("ftp://x", "http://", "http://[::", "x:y:z"):
        assert (await cli("schema", "--server", url)).code == 2


async def test_what_a_text_names_is_explained(cli):
    await cli("apply", "-f", str(EXAMPLES / "projects"))
    out = (await cli("explain", "task.spec.project")).out
    place = "in the namespace that projectNamespace names"
    assert f"NAMES:        PlanExampleOrg_Project, {place}; onDelete: CASCADE" in out
    out = (await cli("explain", "task.spec.blockedBy")).out
    assert "NAMES:        PlanExampleOrg_Task; onDelete: SET_NULL" in out
    assert "NAMES:" not in (await cli("explain", "task.spec.summary")).out
