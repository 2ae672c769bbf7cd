"""What is owned goes with its owners: on real servers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from tests.garbage.support import World
from tests.support.serving import running_server

if TYPE_CHECKING:
    from app.settings import Settings
    from tests.support.serving import RunningServer


@pytest.fixture
async def world(server: RunningServer) -> World:
    world = World(server)
    await world.define()
    return world


async def test_what_is_owned_goes_after_its_owner(world: World) -> None:
    owner = await world.create("a")
    child = await world.create("b", owners=[owner])
    await world.create("c", owners=[child], kind="Gadget")
    await world.delete("a")
    await world.until_only()


async def test_what_another_owner_has_stays_and_loses_the_reference(world: World) -> None:
    one, two = await world.create("one"), await world.create("two")
    await world.create("shared", owners=[one, two])
    await world.delete("one")
    await world.until(lambda there: [o["uid"] for o in there["shared"]["ownerReferences"]] == [two["uid"]])
    await world.delete("two")
    await world.until_only()


async def test_an_owner_that_was_created_again_is_another_one(world: World) -> None:
    owner = await world.create("a")
    await world.create("keeper", owners=[owner], finalizers=["example.org/keep"])
    await world.delete("a")
    await world.create("a")
    await world.create("late", owners=[owner])
    await world.until(lambda there: "late" not in there and there["keeper"]["deletionRequestedAt"] is not None)
    await world.patch("keeper", {"finalizers": []})
    await world.until_only("a")


async def test_in_the_foreground_the_owner_goes_last(world: World) -> None:
    owner = await world.create("a")
    await world.create("held", owners=[owner], blocks=True, finalizers=["example.org/keep"])
    await world.create("free", owners=[owner], blocks=True)
    deleted = await world.delete("a", propagation="FOREGROUND")
    assert deleted["finalizers"] == ["foregroundDeletion"]
    await world.until_only("a", "held")
    await world.patch("held", {"finalizers": []})
    await world.until_only()


async def test_in_the_foreground_only_what_blocks_is_waited_for(world: World) -> None:
    owner = await world.create("a")
    await world.create("held", owners=[owner], finalizers=["example.org/keep"])
    await world.delete("a", propagation="FOREGROUND")
    await world.until_only("held")
    assert (await world.there())["held"]["deletionRequestedAt"] is not None


async def test_orphans_stay_and_have_no_owner(world: World) -> None:
    owner = await world.create("a")
    await world.create("b", owners=[owner])
    await world.delete("a", propagation="ORPHAN")
    await world.until_only("b")
    assert (await world.there())["b"]["ownerReferences"] == []


@pytest.mark.parametrize("propagation", ["BACKGROUND", "FOREGROUND"])
async def test_cycles_do_not_hang(world: World, propagation: str) -> None:
    one = await world.create("one")
    two = await world.create("two", owners=[one], blocks=True)
    three = await world.create("three", owners=[two], blocks=True)
    await world.own("one", [three], blocks=True)
    await world.create("self")
    await world.own("self", [(await world.there())["self"]], blocks=True)
    await world.delete("one", propagation=propagation)
    await world.delete("self", propagation=propagation)
    await world.until_only()


async def test_what_a_kind_owned_goes_with_the_kind(world: World) -> None:
    owner = await world.create("a", kind="Gadget")
    await world.create("b", owners=[owner])
    await world.server.graphql('mutation { deleteResourceDefinition(name: "Gadget") { id } }')
    await world.until_only(kinds=("Widget",))


async def test_owners_without_a_namespace_may_own_across_namespaces(world: World) -> None:
    plant = await world.create("p", kind="Plant", namespace=None)
    await world.create("b", owners=[plant], namespace="other")
    other = await world.create("o")
    await world.create("c", owners=[other], namespace="other")
    await world.until_only("p", "o", "b")
    await world.delete("p", kind="Plant", namespace=None)
    await world.until_only("o")


async def test_owners_of_no_kind_and_of_no_namespace_are_refused(world: World) -> None:
    owner = await world.create("a")
    for kind, name, namespace in (("Wigdet", "Gadget", "default"), ("Widget", "Plant", None)):
        references = [world.reference({**owner, "kind": kind})]
        document = f"mutation ($i: Create{name}Input!) {{ create{name}(input: $i) {{ id }} }}"
        metadata = {"name": "x", "namespace": namespace, "ownerReferences": references}
        (error,) = await world.server.errors(document, {"i": {"metadata": metadata}})
        assert [one["path"] for one in error["extensions"]["failures"]] == ["/metadata/ownerReferences/0/kind"]
    document = "mutation ($i: CreateResourceDefinitionInput!) { createResourceDefinition(input: $i) { id } }"
    references = [world.reference({**owner, "kind": "Nothing"})]
    body = {"metadata": {"ownerReferences": references}, "spec": {"kind": "Other"}}
    (error,) = await world.server.errors(document, {"i": body})
    assert error["extensions"]["code"] == "INVALID"


async def test_where_nothing_is_owned_nobody_collects(world: World) -> None:
    await world.create("a")
    await world.delete("a")
    assert (await world.server.graphql("{ leases { nodes { id } } }"))["leases"]["nodes"] == []


async def test_a_definition_can_be_owned(world: World) -> None:
    plant = await world.create("p", kind="Plant", namespace=None)
    patch = {"metadata": {"ownerReferences": [world.reference(plant)]}}
    await world.server.graphql(
        'mutation ($p: ResourceDefinitionPatch!) { updateResourceDefinition(name: "Gadget", patch: $p) { id } }',
        {"p": patch},
    )
    await world.delete("p", kind="Plant", namespace=None)
    await world.until(lambda there: not there, kinds=("Plant",))
    async with asyncio.timeout(20):
        while True:
            answer = await world.server.graphql('{ resourceDefinition(name: "Gadget") { id } }')
            if answer["resourceDefinition"] is None:
                return
            await asyncio.sleep(0.05)


async def test_a_server_that_starts_finds_what_was_left(
    server_settings: Settings, mongo_uri: str, database: str
) -> None:
    async with running_server(server_settings) as server:
        world = World(server)
        await world.define()
        owner = await world.create("a")
        await world.create("b", owners=[owner])
        await world.create("c", owners=[await world.create("d")])
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        assert client[database]["resources"].delete_one({"metadata.uid": owner["uid"]}).deleted_count == 1
    async with running_server(server_settings) as server:
        await World(server).until_only("c", "d")
