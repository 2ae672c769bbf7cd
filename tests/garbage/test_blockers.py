"""Deletions that explain themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.garbage.support import World

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

WHY = "deletionRequestedAt deletionBlockedBy { finalizer since child { kind namespace name uid } }"


@pytest.fixture
async def world(server: RunningServer) -> World:
    world = World(server)
    await world.define()
    return world


async def test_a_deletion_tells_which_finalizer_and_which_child_it_waits_for_and_since_when(world: World) -> None:
    owner = await world.create("a", finalizers=["example.org/mine"])
    child = await world.create("b", owners=[owner], kind="Gadget", blocks=True, finalizers=["example.org/keep"])
    await world.create("c", owners=[owner], kind="Gadget", finalizers=["example.org/keep"])
    document = f"""mutation {{
        deleteWidget(name: "a", propagation: FOREGROUND) {{ metadata {{ {WHY} }} raw }} }}"""
    deleted = (await world.server.graphql(document))["deleteWidget"]
    since = deleted["metadata"]["deletionRequestedAt"]
    named = {name: child[name] for name in ("kind", "namespace", "name", "uid")}
    expected = [
        {"finalizer": "example.org/mine", "since": since, "child": None},
        {"finalizer": "foregroundDeletion", "since": since, "child": None},
        {"finalizer": None, "since": since, "child": named},
    ]
    assert deleted["metadata"]["deletionBlockedBy"] == expected
    assert "deletionBlockedBy" not in deleted["raw"]["metadata"]
    document = f"""{{
        widget(name: "a") {{ metadata {{ ...why }} }}
        widgets {{ nodes {{ metadata {{ ...why }} }} }}
        resource(kind: "Widget", name: "a") {{ ... on Widget {{ metadata {{ ...why }} }} }}
    }}
    fragment why on ObjectMeta {{ {WHY} }}"""
    read = await world.server.graphql(document)
    for one in (read["widget"], read["widgets"]["nodes"][0], read["resource"]):
        assert one["metadata"]["deletionBlockedBy"] == expected


async def test_what_is_not_being_deleted_is_blocked_by_nothing(world: World) -> None:
    await world.create("a", finalizers=["example.org/mine"])
    read = await world.server.graphql(f'{{ widget(name: "a") {{ metadata {{ {WHY} }} }} }}')
    assert read["widget"]["metadata"]["deletionBlockedBy"] == []


async def test_a_definition_waits_for_the_resources_that_finalizers_hold(world: World) -> None:
    held: dict[str, Any] = await world.create("a", kind="Gadget", finalizers=["example.org/mine"])
    document = f'mutation {{ deleteResourceDefinition(name: "Gadget") {{ metadata {{ {WHY} }} }} }}'
    deleted = (await world.server.graphql(document))["deleteResourceDefinition"]["metadata"]
    (blocker,) = deleted["deletionBlockedBy"]
    assert blocker["child"] == {name: held[name] for name in ("kind", "namespace", "name", "uid")}
    assert blocker["since"] == deleted["deletionRequestedAt"]
