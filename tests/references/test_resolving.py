"""What strings name is answered beside them: in batches, in the state of the page, across namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.references.support import APP, DATABASE, ZONE, created, define, delete, named, names, profiled

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

HOST = "... on Database { spec { host } }"


@pytest.fixture
async def apps(server: RunningServer) -> RunningServer:
    await define(server, APP, DATABASE, ZONE)
    await created(server, "Zone", "north", {"region": "eu"})
    await created(server, "Database", "main", {"host": "h1", "zone": "north", "secret": "s"})
    await created(server, "Database", "spare", {"host": "h2", "zone": "south"})
    await created(server, "Database", "main", {"host": "far"}, namespace="other")
    await created(server, "App", "web", {"database": "main", "replicas": ["spare", "gone", "main"], "parent": "web"})
    return server


async def spec_of(server: RunningServer, fields: str, name: str = "web") -> Any:
    data = await server.graphql(f'{{ app(name: "{name}") {{ spec {{ {fields} }} }} }}')
    return data["app"]["spec"]


async def test_a_name_is_answered_by_the_resource_and_stays_what_it_is(apps: RunningServer) -> None:
    fields = f"database databaseResource {{ __typename kind metadata {{ name namespace }} raw {HOST} }} parent"
    spec = await spec_of(apps, fields)
    assert spec["database"] == "main"
    assert spec["databaseResource"] == {
        "__typename": "Database",
        "kind": "Database",
        "metadata": {"name": "main", "namespace": "default"},
        "raw": spec["databaseResource"]["raw"],
        "spec": {"host": "h1"},
    }
    assert "secret" not in spec["databaseResource"]["raw"]["spec"]
    assert list(spec) == ["database", "databaseResource", "parent"]


async def test_a_list_of_names_is_answered_in_its_order_with_null_for_what_is_gone(apps: RunningServer) -> None:
    spec = await spec_of(apps, f"replicasResources {{ {HOST} }}")
    assert spec == {"replicasResources": [{"spec": {"host": "h2"}}, None, {"spec": {"host": "h1"}}]}


async def test_names_inside_lists_of_objects_and_null_ones_are_answered(apps: RunningServer) -> None:
    await created(apps, "App", "api", {"parts": [{"store": "main"}, {}, {"store": "nowhere"}]})
    spec = await spec_of(
        apps, f"databaseResource {{ id }} replicasResources {{ id }} parts {{ storeResource {{ {HOST} }} }}", "api"
    )
    parts = [{"storeResource": {"spec": {"host": "h1"}}}, {"storeResource": None}, {"storeResource": None}]
    assert spec == {"databaseResource": None, "replicasResources": None, "parts": parts}


async def test_the_namespace_is_the_own_one_or_that_of_the_property_beside(apps: RunningServer) -> None:
    await created(apps, "App", "far", {"database": "main", "databaseNamespace": "other"})
    await created(apps, "App", "local", {"database": "main"}, namespace="other")
    query = "{ apps { nodes { metadata { name } spec { databaseResource { ... on Database { spec { host } } } } } } }"
    found = {
        node["metadata"]["name"]: node["spec"]["databaseResource"]["spec"]["host"]
        for node in (await apps.graphql(query))["apps"]["nodes"]
    }
    assert found == {"web": "h1", "far": "far", "local": "far"}


async def test_a_cluster_scoped_resource_is_found_from_any_namespace(apps: RunningServer) -> None:
    zone = "zoneResource { metadata { namespace } ... on Zone { spec { region } } }"
    query = f'{{ database(name: "main") {{ spec {{ {zone} }} }} }}'
    data = await apps.graphql(query)
    assert data["database"]["spec"]["zoneResource"] == {"metadata": {"namespace": None}, "spec": {"region": "eu"}}


async def test_references_of_references_are_answered_level_by_level(apps: RunningServer) -> None:
    zone = "... on Database { spec { zone zoneResource { ... on Zone { spec { region } } } } }"
    spec = await spec_of(
        apps,
        f"parentResource {{ ... on App {{ spec {{ databaseResource {{{zone}}} replicasResources {{{zone}}} }} }} }}",
    )
    north = {"spec": {"zone": "north", "zoneResource": {"spec": {"region": "eu"}}}}
    south = {"spec": {"zone": "south", "zoneResource": None}}
    inner = {"databaseResource": north, "replicasResources": [south, None, north]}
    assert spec == {"parentResource": {"spec": inner}}


async def test_a_page_and_all_that_its_resources_name_are_two_finds(
    apps: RunningServer, mongo_uri: str, database: str
) -> None:
    body = '{{metadata: {{name: "a-{0}"}}, spec: {{database: "{1}", replicas: ["main"]}}}}'
    bodies = [body.format(one, name) for one, name in enumerate(["main", "spare", "gone"] * 33)]
    writes = [f"a{one}: createApp(input: {body}) {{ id }}" for one, body in enumerate(bodies)]
    await apps.graphql("mutation {" + " ".join(writes) + "}")
    fields = f"databaseResource {{ {HOST} }} r: replicasResources {{ id }}"
    query = f"{{ apps(first: 100) {{ nodes {{ spec {{ {fields} }} }} }} }}"
    async with profiled(mongo_uri, database) as profile:
        data = await apps.graphql(query)
    nodes = data["apps"]["nodes"]
    assert len(nodes) == 100
    hosts = [(node["spec"]["databaseResource"] or {"spec": {"host": None}})["spec"]["host"] for node in nodes]
    assert (hosts.count("h1"), hosts.count("h2"), hosts.count(None)) == (34, 33, 33)
    assert len(profile.finds) == 2
    assert len(profile.finds[1]["filter"]["_id"]["$in"]) == 3


async def test_nodes_by_id_and_several_root_fields_read_what_they_name_together(
    apps: RunningServer, mongo_uri: str, database: str
) -> None:
    for number in range(9):
        await created(apps, "App", f"app-{number}", {"database": "main"})
    data = await apps.graphql("{ apps { nodes { id } } }")
    ids = [node["id"] for node in data["apps"]["nodes"]]
    app = f"... on App {{ spec {{ databaseResource {{ {HOST} }} }} }}"
    async with profiled(mongo_uri, database) as profile:
        data = await apps.graphql(f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {app} }} }}", {"ids": ids})
    assert [node["spec"]["databaseResource"]["spec"]["host"] for node in data["nodes"]] == ["h1"] * 10
    assert len(profile.finds) == 2


async def test_a_page_at_a_position_names_the_state_at_that_position(apps: RunningServer) -> None:
    query = f"""query($at: String) {{
        apps(resourceVersion: $at) {{ resourceVersion nodes {{ spec {{ databaseResource {{ {HOST} }} }} }} }}
    }}"""
    before = (await apps.graphql(query))["apps"]
    await apps.graphql('mutation { updateDatabase(name: "main", patch: {spec: {host: "new"}}) { id } }')
    assert (await apps.graphql(query, {"at": before["resourceVersion"]}))["apps"] == before
    after = (await apps.graphql(query))["apps"]
    assert after["nodes"][0]["spec"]["databaseResource"] == {"spec": {"host": "new"}}
    await delete(apps, "Database", "main")
    assert (await apps.graphql(query, {"at": before["resourceVersion"]}))["apps"] == before
    assert (await apps.graphql(query))["apps"]["nodes"][0]["spec"]["databaseResource"] is None


async def test_mutations_answer_what_the_written_resource_names(apps: RunningServer) -> None:
    mutation = f"""mutation {{
        updateApp(name: "web", patch: {{spec: {{database: "spare"}}}}) {{ spec {{ databaseResource {{ {HOST} }} }} }}
        createApp(input: {{metadata: {{name: "new"}}, spec: {{database: "main"}}}}, dryRun: true) {{
            spec {{ databaseResource {{ {HOST} }} }}
        }}
    }}"""
    data = await apps.graphql(mutation)
    assert data["updateApp"]["spec"]["databaseResource"] == {"spec": {"host": "h2"}}
    assert data["createApp"]["spec"]["databaseResource"] == {"spec": {"host": "h1"}}


async def test_a_kind_that_is_not_defined_yet_is_answered_by_null_until_it_is(server: RunningServer) -> None:
    await define(server, APP)
    await created(server, "App", "web", {"database": "main"})
    query = '{ app(name: "web") { spec { databaseResource { kind metadata { name } } } } }'
    assert (await server.graphql(query))["app"]["spec"] == {"databaseResource": None}
    await define(server, DATABASE)
    await created(server, "Database", "main", {"host": "h"})
    answer = {"databaseResource": {"kind": "Database", "metadata": {"name": "main"}}}
    assert (await server.graphql(query))["app"]["spec"] == answer
    await server.graphql('mutation { deleteResourceDefinition(name: "Database") { id } }')
    assert (await server.graphql(query))["app"]["spec"] == {"databaseResource": None}


async def test_names_that_no_resource_can_have_name_nothing(apps: RunningServer) -> None:
    for number, name in enumerate(("", " ", "a b", "x" * 300, "default main", "\u0000", "$ne")):
        await created(apps, "App", f"odd-{number}", {"database": name, "databaseNamespace": name})
        spec = await spec_of(apps, "databaseResource { id }", f"odd-{number}")
        assert spec == {"databaseResource": None}


async def test_undeclared_properties_are_told_without_what_is_kept_beside_them(server: RunningServer) -> None:
    schema = {"additionalProperties": True}
    await define(server, ZONE, named("Open", {"zone": names("Zone")}, schema=schema))
    await server.graphql(
        'mutation { createOpen(input: {metadata: {name: "o"}, spec: {zone: "z", _extra: {more: 1}}}) { id } }'
    )
    data = await server.graphql('{ open(name: "o") { spec { zone zoneResource { id } _extra } raw } }')
    assert data["open"]["spec"] == {"zone": "z", "zoneResource": None, "_extra": {"more": 1}}
    assert data["open"]["raw"]["spec"] == {"zone": "z", "more": 1}


async def test_root_level_fields_and_status_may_name_resources(server: RunningServer) -> None:
    zones = {"type": "array", "items": names("Zone")}
    status = {"type": "object", "properties": {"leader": names("Zone")}}
    holder = named("Holder", {}, extraFields={"owner": names("Zone"), "zones": zones}, statusSchema=status)
    await define(server, ZONE, holder)
    await created(server, "Zone", "z", {"region": "r"})
    await server.graphql(
        'mutation { createHolder(input: {metadata: {name: "h"}, owner: "z", zones: ["z", "y"]}) { id } }'
    )
    await server.graphql('mutation { updateHolderStatus(name: "h", status: {leader: "z"}) { id } }')
    fields = "owner ownerResource { kind } zonesResources { kind } status { leaderResource { kind } }"
    query = f'{{ holder(name: "h") {{ {fields} }} }}'
    answer = {"ownerResource": {"kind": "Zone"}, "zonesResources": [{"kind": "Zone"}, None], "owner": "z"}
    assert (await server.graphql(query))["holder"] == {**answer, "status": {"leaderResource": {"kind": "Zone"}}}


async def test_lists_of_names_cannot_make_a_small_request_read_without_bound(apps: RunningServer) -> None:
    await created(apps, "App", "wide", {"replicas": [f"d{number}" for number in range(9_000)]})
    fields = " ".join(f"n{number}: kind" for number in range(50))
    [error] = await apps.errors(f'{{ app(name: "wide") {{ spec {{ replicasResources {{ {fields} }} }} }} }}')
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert len((await spec_of(apps, "replicasResources { id }", "wide"))["replicasResources"]) == 9_000


async def test_what_the_entries_of_maps_name_is_answered_and_the_map_stays_as_it_is(apps: RunningServer) -> None:
    pool = {"type": "object", "properties": {"database": names("Database")}}
    pools = {"type": "object", "additionalProperties": pool}
    await define(apps, named("Fleet", {"pools": pools, "lists": {"type": "array", "items": pools}}))
    mutation = """mutation($pools: JSON!) { createFleet(input: {
        metadata: {name: "f"}, spec: {pools: $pools, lists: [$pools]}
    }) { spec { pools poolsEntries { key value { database databaseResource { ... on Database { spec { host } } } } }
                lists listsEntries { value { databaseResource { metadata { name } } } } } } }"""
    given = {"a": {"database": "main"}, "b": {"database": "gone"}, "c": {}}
    spec = (await apps.graphql(mutation, {"pools": given}))["createFleet"]["spec"]
    assert spec["pools"] == given
    assert spec["lists"] == [given]
    assert spec["poolsEntries"] == [
        {"key": "a", "value": {"database": "main", "databaseResource": {"spec": {"host": "h1"}}}},
        {"key": "b", "value": {"database": "gone", "databaseResource": None}},
        {"key": "c", "value": {"database": None, "databaseResource": None}},
    ]
    main = {"value": {"databaseResource": {"metadata": {"name": "main"}}}}
    none = {"value": {"databaseResource": None}}
    assert spec["listsEntries"] == [[main, none, none]]
