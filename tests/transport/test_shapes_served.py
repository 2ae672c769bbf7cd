"""Unions and entries of maps, from the definition to the database and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

TCP = {
    "properties": {"type": {"const": "tcp"}, "port": {"type": "integer", "maximum": 9}, "backlog": {"default": 5}},
    "required": ["type", "port"],
}
UDP = {"properties": {"type": {"const": "udp"}, "port": {"type": "string"}}, "required": ["type"]}
SCHEMA = {
    "type": "object",
    "required": ["links"],
    "properties": {
        "via": {"type": "object", "oneOf": [TCP, UDP]},
        "links": {
            "type": "object",
            "additionalProperties": {"type": "object", "properties": {"weight": {"type": "number"}}},
        },
    },
}
SELECTION = """
    raw
    spec {
        via { __typename ... on RouteSpecViaTcp { type port backlog } ... on RouteSpecViaUdp { type name: port } }
        linksEntries { key value { weight } }
    }
"""


@pytest.fixture
async def routes(server: RunningServer) -> RunningServer:
    """A server with a kind ``Route`` and one resource ``a``."""
    await server.graphql(
        "mutation($i: CreateResourceDefinitionInput!) { createResourceDefinition(input: $i) { id } }",
        {"i": {"spec": {"kind": "Route", "schema": SCHEMA}}},
    )
    links = [{"key": "b.c", "value": {"weight": 1}}, {"key": "$d", "value": {"weight": 0.5}}]
    await create(server, {"via": {"tcp": {"port": "7"}}, "linksEntries": links}, name="a")
    return server


async def create(server: RunningServer, spec: Any, *, name: str) -> Any:
    document = f"mutation($i: CreateRouteInput!) {{ createRoute(input: $i) {{ {SELECTION} }} }}"
    return (await server.graphql(document, {"i": {"metadata": {"name": name}, "spec": spec}}))["createRoute"]


async def test_what_is_written_as_a_member_and_as_entries_is_read_back_in_both_forms(routes: RunningServer) -> None:
    data = (await routes.graphql(f'{{ route(name: "a") {{ {SELECTION} }} }}'))["route"]
    assert data["spec"]["via"] == {"__typename": "RouteSpecViaTcp", "type": "tcp", "port": 7, "backlog": 5}
    assert data["spec"]["linksEntries"] == [
        {"key": "b.c", "value": {"weight": 1}},
        {"key": "$d", "value": {"weight": 0.5}},
    ]
    assert data["raw"]["spec"] == {
        "via": {"type": "tcp", "port": 7, "backlog": 5},
        "links": {"b.c": {"weight": 1}, "$d": {"weight": 0.5}},
    }


async def test_filters_reach_into_members_and_entries(routes: RunningServer) -> None:
    await create(routes, {"via": {"udp": {"port": "x"}}, "links": {"b.c": {"weight": 2}}}, name="b")

    async def names(where: str) -> list[str]:
        data = await routes.graphql(f"{{ routes(where: {{spec: {where}}}) {{ nodes {{ metadata {{ name }} }} }} }}")
        return [node["metadata"]["name"] for node in data["routes"]["nodes"]]

    assert await names("{via: {type: {eq: udp}}}") == ["b"]
    assert await names('{linksEntries: {key: {eq: "b.c"}, value: {weight: {gt: 1}}}}') == ["b"]
    assert await names('{linksEntries: {_not: {key: {eq: "$d"}}}}') == ["b"]
    assert await names('{linksEntries: {key: {startsWith: "b"}}, via: {backlog: {exists: true}}}') == ["a"]


async def test_a_patch_changes_a_member_and_single_entries_and_apply_replaces_the_member(routes: RunningServer) -> None:
    patch = {
        "spec": {
            "via": {"type": "udp", "port": "p", "backlog": None},
            "linksEntries": [{"key": "b.c", "value": {"weight": 3}}, {"key": "$d", "value": None}],
        }
    }
    document = 'mutation($p: RoutePatch!) { updateRoute(name: "a", patch: $p) { raw } }'
    updated = (await routes.graphql(document, {"p": patch}))["updateRoute"]["raw"]["spec"]
    assert updated == {"via": {"type": "udp", "port": "p"}, "links": {"b.c": {"weight": 3}}}
    applied = {"metadata": {"name": "a"}, "spec": {"via": {"type": "tcp", "port": 1}}}
    document = "mutation($i: ApplyRouteInput!) { applyRoute(input: $i) { raw } }"
    raw = (await routes.graphql(document, {"i": applied}))["applyRoute"]["raw"]["spec"]
    assert raw == {"via": {"type": "tcp", "port": 1, "backlog": 5}, "links": {"b.c": {"weight": 3}}}


@pytest.mark.parametrize(
    ("spec", "code", "path"),
    [
        ({"via": {"tcp": {"port": 10}}, "links": {}}, "INVALID", "/spec/via"),
        ({"via": {"udp": {}}}, "INVALID", "/spec/links"),
        ({"via": {"udp": {"type": "tcp"}}, "links": {}}, "BAD_USER_INPUT", None),
        ({"via": {"udp": {}, "tcp": {"port": 1}}, "links": {}}, "BAD_USER_INPUT", None),
        ({"links": {}, "linksEntries": []}, "BAD_USER_INPUT", None),
    ],
)
async def test_what_no_member_and_no_entry_can_be_is_refused(
    routes: RunningServer, spec: Any, code: str, path: str | None
) -> None:
    document = "mutation($i: CreateRouteInput!) { createRoute(input: $i) { id } }"
    answer = await routes.request(document, {"i": {"metadata": {"name": "bad"}, "spec": spec}})
    [error] = answer["errors"]
    assert error["extensions"]["code"] == code
    if path is not None:
        assert path in {failure["path"] for failure in error["extensions"]["failures"]}
