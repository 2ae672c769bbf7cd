from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import AlreadyExists, Conflict, Forbidden, KindRemoved, NotFound
from app.resources.keys import kind_range
from app.store.definitions import definition_key
from app.store.documents import state_of
from schema_builder.errors import DefinitionRefused, Invalid
from tests.services.server import SERVICE, Server, names

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDGET: Mapping[str, Any] = {
    "kind": "Widget",
    "schema": {"type": "object", "properties": {"size": {"type": "integer"}, "color": {"type": "string"}}},
}


async def test_a_defined_kind_is_served_when_the_mutation_returns(server: Server) -> None:
    created = await server.create("ResourceDefinition", {"spec": WIDGET})
    assert created.metadata["name"] == "Widget"
    conditions = {one["type"]: one["status"] for one in created.body["status"]["conditions"]}
    assert conditions == {"Accepted": "True", "NamesAccepted": "True", "Established": "True"}
    assert created.body["status"]["names"]["plural"] == "widgets"
    await server.create("Widget", {"metadata": {"name": "w"}, "spec": {"size": 1}})


async def test_a_definitions_schema_is_read_back_exactly(server: Server) -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"a.b": {"type": "string"}},
        "properties": {"$x": {"$ref": "#/$defs/a.b"}, "n": {"type": "number", "multipleOf": 1.0, "maximum": 2**62}},
    }
    await server.define(WIDGET, schema=schema)
    read = await server.get("ResourceDefinition", "Widget")
    assert read is not None
    assert repr(read.body["spec"]["schema"]) == repr(schema)


async def test_a_schema_may_be_as_deep_as_schemas_may_be(server: Server) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(99):
        schema = {"type": "object", "properties": {"a": schema}}
    await server.define(WIDGET, schema=schema)
    spec: Any = "deep"
    for _ in range(99):
        spec = {"a": spec}
    created = await server.create("Widget", {"metadata": {"name": "w"}, "spec": spec})
    assert created.body["spec"] == spec
    with pytest.raises(Invalid):
        await server.define({**WIDGET, "kind": "Deeper"}, schema={"type": "object", "properties": {"a": schema}})


async def test_a_refused_definition_says_all_reasons_and_leaves_nothing(server: Server) -> None:
    before = server.registry.snapshot
    spec = {"kind": "Widget", "schema": {"type": "object", "properties": {"a": {"type": "text"}}}}
    with pytest.raises(Invalid) as caught:
        await server.create("ResourceDefinition", {"metadata": {"name": "Widget", "labels": {"-": ""}}, "spec": spec})
    paths = {failure.path.split("/")[1] for failure in caught.value.failures}
    assert paths == {"metadata", "spec"}
    assert server.registry.snapshot is before
    assert await server.get("ResourceDefinition", "Widget") is None


@pytest.mark.parametrize("spec", [None, {}, {"kind": 5}, {"kind": "no-kind"}, {"kind": ["x"], "group": {}}])
async def test_a_definition_that_is_none_is_invalid(server: Server, spec: Any) -> None:
    with pytest.raises(Invalid):
        await server.create("ResourceDefinition", {"spec": spec})


async def test_a_clash_of_names_refuses_the_newcomer_and_names_both(server: Server) -> None:
    await server.define(WIDGET)
    with pytest.raises(DefinitionRefused) as caught:
        await server.define({"kind": "Gadget", "plural": "widgets", "schema": {"type": "object"}})
    assert "Widget" in caught.value.failures[0].message
    assert "graphqlName" in caught.value.failures[0].message
    assert await server.get("ResourceDefinition", "Gadget") is None


async def test_two_servers_cannot_accept_clashing_definitions(server: Server, mongo_uri: str, database: str) -> None:
    async with Server.running(mongo_uri, database) as other:
        for number in range(5):
            first = {"kind": f"Ab{number}", "plural": f"clash{number}", "schema": {"type": "object"}}
            second = {"kind": f"Cd{number}", "plural": f"clash{number}", "schema": {"type": "object"}}
            outcomes = await asyncio.gather(server.define(first), other.define(second), return_exceptions=True)
            assert sum(isinstance(outcome, DefinitionRefused) for outcome in outcomes) == 1, outcomes
        await server.registry.refresh()
        await other.registry.refresh()
        assert set(server.registry.snapshot.kinds) == set(other.registry.snapshot.kinds)
        assert server.registry.snapshot.fingerprint == other.registry.snapshot.fingerprint


async def test_servers_that_define_at_once_take_different_storage_keys(
    server: Server, mongo_uri: str, database: str
) -> None:
    async with Server.running(mongo_uri, database) as other:
        specs = [{"kind": f"Kind{number}", "schema": {"type": "object"}} for number in range(6)]
        await asyncio.gather(*(one.define(spec) for one, spec in zip([server, other] * 3, specs, strict=True)))
        await server.registry.refresh()
        keys = [server.registry.storage_key(f"Kind{number}") for number in range(6)]
        assert None not in keys
        assert len(set(keys)) == 6


async def test_another_server_serves_a_kind_after_a_refresh(server: Server, mongo_uri: str, database: str) -> None:
    async with Server.running(mongo_uri, database) as other:
        await server.define(WIDGET)
        assert await other.registry.refresh()
        await other.create("Widget", {"metadata": {"name": "w"}, "spec": {}})
        await server.delete("ResourceDefinition", "Widget")
        assert await other.registry.refresh()
        assert "Widget" not in other.registry.snapshot.kinds
        assert not await other.registry.refresh()


async def test_a_long_schema_is_stored_in_little_room_and_read_back_exactly(server: Server) -> None:
    schema = {"type": "object", "properties": {f"p{number}": {"type": "string"} for number in range(2_000)}}
    created = await server.create("ResourceDefinition", {"spec": {"kind": "Wide", "schema": schema}})
    assert created.body["spec"]["schema"] == schema
    stored = await server.store.find(definition_key("Wide"))
    assert stored is not None
    assert len(stored["body"]["spec"]["schema"]) < 20_000
    found = await server.get("ResourceDefinition", "Wide")
    assert found is not None
    assert found.body["spec"]["schema"] == schema


async def test_a_schema_that_is_stored_as_text_is_read(server: Server) -> None:
    await server.define({"kind": "Plain", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}})
    stored = await server.store.find(definition_key("Plain"))
    assert stored is not None
    stored["body"]["spec"]["schema"] = '{"type": "object"}'
    assert state_of(stored).body["spec"]["schema"] == {"type": "object"}


async def test_the_stream_brings_another_servers_definitions(server: Server, mongo_uri: str, database: str) -> None:
    async with Server.running(mongo_uri, database) as other:
        await server.define(WIDGET)
        definition = await server.get("ResourceDefinition", "Widget")
        assert definition is not None
        version = int(definition.metadata["resourceVersion"])
        await other.registry.definition_changed("Widget", version=version)
        assert "Widget" in other.registry.snapshot.kinds
        await server.delete("ResourceDefinition", "Widget")
        await other.registry.definition_deleted("Widget")
        assert "Widget" not in other.registry.snapshot.kinds


async def test_a_restarted_server_serves_what_was_defined(server: Server, mongo_uri: str, database: str) -> None:
    await server.define(WIDGET, indexes=[{"fields": ["spec.size"]}])
    await server.create("Widget", {"metadata": {"name": "w"}, "spec": {"size": 1}})
    async with Server.running(mongo_uri, database) as other:
        assert other.registry.snapshot.fingerprint == server.registry.snapshot.fingerprint
        assert other.registry.find("Widget") is not None
        assert await other.get("Widget", "w") == await server.get("Widget", "w")


async def test_a_changed_definition_is_served_at_once_and_resources_stay(server: Server) -> None:
    await server.define(WIDGET)
    await server.create("Widget", {"metadata": {"name": "w"}, "spec": {"size": 1}})
    before = await server.get("ResourceDefinition", "Widget")
    schema = {"type": "object", "properties": {"size": {"type": "string"}}}
    patch = {"spec": {"schema": schema, "allowBreaking": True}}
    updated = await server.update("ResourceDefinition", "Widget", patch)
    assert before is not None
    assert updated.metadata["generation"] == 2
    assert updated.body["status"]["conditions"] == before.body["status"]["conditions"]
    read = await server.get("Widget", "w")
    assert read is not None
    assert read.body["spec"] == {"size": 1}
    with pytest.raises(Invalid):
        await server.create("Widget", {"metadata": {"name": "x"}, "spec": {"size": 1}})


async def test_a_refused_change_leaves_the_kind_as_it_was(server: Server) -> None:
    await server.define(WIDGET)
    before, kind = server.registry.snapshot, server.kind("Widget")
    with pytest.raises(Invalid):
        await server.update("ResourceDefinition", "Widget", {"spec": {"schema": {"type": "nonsense"}}})
    assert server.registry.snapshot is before
    assert server.kind("Widget") is kind


@pytest.mark.parametrize(
    "change", [{"kind": "Gadget"}, {"group": "example.org"}, {"graphqlName": "Gizmo"}, {"scope": "CLUSTER"}]
)
async def test_what_makes_a_kind_what_it_is_cannot_be_changed(server: Server, change: Mapping[str, Any]) -> None:
    await server.define(WIDGET)
    with pytest.raises(DefinitionRefused) as caught:
        await server.update("ResourceDefinition", "Widget", {"spec": change})
    assert caught.value.failures[0].path == f"/spec/{next(iter(change))}"


async def test_applying_a_definition_twice_changes_nothing_the_second_time(server: Server) -> None:
    first = await server.apply("ResourceDefinition", {"spec": WIDGET})
    before = server.registry.snapshot
    assert await server.apply("ResourceDefinition", {"spec": WIDGET}) == first
    assert server.registry.snapshot is before


async def test_labels_of_a_definition_change_without_touching_the_kind(server: Server) -> None:
    kind = await server.define(WIDGET)
    await server.update("ResourceDefinition", "Widget", {"metadata": {"labels": {"team": "a"}}})
    assert server.kind("Widget") is kind


async def test_a_dry_run_of_a_definition_finds_clashes_and_publishes_nothing(server: Server) -> None:
    await server.create("ResourceDefinition", {"spec": WIDGET}, dry_run=True)
    assert "Widget" not in server.registry.snapshot.kinds
    await server.define(WIDGET)
    with pytest.raises(DefinitionRefused):
        await server.create(
            "ResourceDefinition", {"spec": {**WIDGET, "kind": "Gadget", "plural": "widgets"}}, dry_run=True
        )
    with pytest.raises(AlreadyExists):
        await server.create("ResourceDefinition", {"spec": WIDGET}, dry_run=True)


async def test_a_stale_version_of_a_definition_conflicts(server: Server) -> None:
    await server.define(WIDGET)
    with pytest.raises(Conflict):
        await server.update("ResourceDefinition", "Widget", {"spec": {"description": "x"}}, version="1")
    with pytest.raises(Conflict):
        await server.delete("ResourceDefinition", "Widget", version="1")
    with pytest.raises(NotFound):
        await server.delete("ResourceDefinition", "Gadget")


async def test_the_built_in_kinds_are_listed_and_cannot_be_changed(server: Server) -> None:
    page = await server.list("ResourceDefinition")
    assert names(page) == ["Addon", "Event", "Lease", "ResourceDefinition"]
    for definition in page.resources:
        name, status = definition.metadata["name"], definition.body["status"]
        assert status["builtIn"] is True
        assert {one["status"] for one in status["conditions"]} == {"True"}
        with pytest.raises(Forbidden):
            await server.delete("ResourceDefinition", name)
        with pytest.raises(Forbidden):
            await server.update("ResourceDefinition", name, {"spec": {"description": "x"}})
        with pytest.raises(Forbidden):
            await server.update_status("ResourceDefinition", name, {"builtIn": False})


async def test_the_number_of_stored_resources_is_counted_when_read(server: Server) -> None:
    await server.define(SERVICE)
    for name in "abc":
        await server.service(name)
    read = await server.get("ResourceDefinition", "Service")
    assert read is not None
    assert read.body["status"]["storedResources"] == 3


async def test_what_is_degraded_to_json_is_told_with_path_and_reason_when_read(server: Server) -> None:
    either = {"type": ["string", "array"]}
    await server.define(WIDGET, schema={"type": "object", "properties": {f"p{n:02}": either for n in range(30)}})
    read = await server.get("ResourceDefinition", "Widget")
    assert read is not None
    degraded = read.body["status"]["degraded"]
    assert degraded["count"] == 30
    assert degraded["places"] == [{"path": f"spec.p{n:02}", "reason": "may be any of array, string"} for n in range(20)]
    await server.define({**WIDGET, "kind": "Typed"})
    read = await server.get("ResourceDefinition", "Typed")
    assert read is not None
    assert read.body["status"]["degraded"] == {"count": 0, "places": []}


async def test_deleting_a_definition_deletes_its_resources(server: Server) -> None:
    await server.define(SERVICE)
    for number in range(20):
        await server.service(f"s{number}")
    key = server.registry.storage_key("Service")
    assert key is not None
    await server.delete("ResourceDefinition", "Service")
    assert "Service" not in server.registry.snapshot.kinds
    keys = kind_range(key)
    assert not await server.store.resources.count_documents({"_id": {"$gt": keys.after, "$lt": keys.before}})
    await server.define(SERVICE)
    assert server.registry.storage_key("Service") != key
    assert (await server.list()).resources == []


async def test_finalizers_keep_a_deleted_kind_served_until_they_are_gone(server: Server) -> None:
    await server.define(SERVICE)
    held = {"metadata": {"name": "held", "finalizers": ["example.org/x"]}, "spec": {"host": "h"}}
    await server.create("Service", held)
    await server.service("free")
    going = await server.delete("ResourceDefinition", "Service")
    assert going.metadata["deletionRequestedAt"] is not None
    assert await server.get("Service", "free") is None
    read = await server.get("Service", "held")
    assert read is not None
    assert read.metadata["deletionRequestedAt"] is not None
    with pytest.raises(KindRemoved):
        await server.service("new")
    with pytest.raises(KindRemoved):
        await server.apply("Service", {"metadata": {"name": "new"}, "spec": {"host": "h"}})
    with pytest.raises(AlreadyExists, match="being deleted"):
        await server.define(SERVICE)
    await server.update("Service", "held", {"metadata": {"finalizers": []}})
    await _until_gone(server, "Service")
    await server.define(SERVICE)


async def test_a_definitions_own_finalizers_keep_it(server: Server) -> None:
    metadata = {"finalizers": ["example.org/x"]}
    await server.create("ResourceDefinition", {"metadata": metadata, "spec": WIDGET})
    await server.delete("ResourceDefinition", "Widget")
    with pytest.raises(KindRemoved):
        await server.create("Widget", {"metadata": {"name": "w"}, "spec": {}})
    await server.update("ResourceDefinition", "Widget", {"metadata": {"finalizers": []}})
    assert "Widget" not in server.registry.snapshot.kinds
    assert await server.get("ResourceDefinition", "Widget") is None


async def test_an_interrupted_deletion_is_taken_up_by_the_next_server(
    server: Server, mongo_uri: str, database: str
) -> None:
    await server.define(SERVICE)
    held = {"metadata": {"name": "held", "finalizers": ["example.org/x"]}, "spec": {"host": "h"}}
    await server.create("Service", held)
    await server.delete("ResourceDefinition", "Service")
    await server.services.stop()
    document = await server.store.resources.find_one({"metadata.name": "held"})
    assert document is not None
    await server.store.resources.delete_one({"_id": document["_id"]})
    async with Server.running(mongo_uri, database) as other:
        await _until_gone(other, "Service")


async def test_creates_beside_a_deletion_leave_nothing_behind(server: Server) -> None:
    await server.define(SERVICE)
    key = server.registry.storage_key("Service")
    assert key is not None
    kind = server.kind("Service")

    async def create(number: int) -> None:
        body = {"metadata": {"name": f"s{number}"}, "spec": {"host": "h"}}
        await server.services.create(server.scope, kind, body, dry_run=False)

    creates = [asyncio.create_task(create(number)) for number in range(30)]
    await asyncio.sleep(0)
    await server.delete("ResourceDefinition", "Service")
    outcomes = await asyncio.gather(*creates, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, KindRemoved) for outcome in outcomes)
    keys = kind_range(key)
    assert not await server.store.resources.count_documents({"_id": {"$gt": keys.after, "$lt": keys.before}})


async def test_an_unknown_kind_is_not_found_with_what_is_close(server: Server) -> None:
    await server.define(SERVICE)
    with pytest.raises(NotFound, match="did you mean Service"):
        await server.services.find(server.scope, "Servise", name="a", namespace=None)


async def _until_gone(server: Server, name: str) -> None:
    async with asyncio.timeout(10):
        async for snapshot in server.registry.subscribe():
            if name not in snapshot.kinds:
                return
