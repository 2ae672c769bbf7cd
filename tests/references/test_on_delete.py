"""What the deletion of a resource means to those that name it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.references.support import TEXT, create, created, define, delete, named, names, names_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.serving import GraphqlClient, RunningServer

BASE = named("Base", {"host": TEXT})


def keeper(kind: str, on_delete: str, **more: Any) -> dict[str, Any]:
    """Return a kind whose resources name one of kind Base."""
    return named(kind, {"base": names("Base", onDelete=on_delete), "other": TEXT}, **more)


async def spec_of(server: GraphqlClient, kind: str, name: str) -> Any:
    data = await server.graphql(f'{{ {kind}(name: "{name}") {{ raw }} }}')
    return None if data[kind] is None else data[kind]["raw"].get("spec")


def failure(answer: dict[str, Any]) -> dict[str, Any]:
    [error] = answer["errors"]
    return {"message": error["message"], **error["extensions"]}


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until something holds; a test that waits for ever is stopped."""
    while not await holds():  # noqa: ASYNC110 - it is another server's doing
        await asyncio.sleep(0.05)


async def until_gone(server: GraphqlClient, kind: str, name: str) -> None:
    async def is_gone() -> bool:
        return (await server.graphql(f'{{ {kind}(name: "{name}") {{ id }} }}'))[kind] is None

    await until(is_gone)


async def test_a_restricted_deletion_is_refused_and_says_by_whom(server: RunningServer) -> None:
    await define(server, BASE, keeper("Strict", "RESTRICT"))
    await created(server, "Base", "b")
    for name in ("one", "two"):
        await created(server, "Strict", name, {"base": "b"})
    await created(server, "Strict", "elsewhere", {"base": "b"}, namespace="other")
    for dry_run in (True, False):
        found = failure(await delete(server, "Base", "b", dry_run=dry_run))
        assert (found["code"], found["retryable"]) == ("CONFLICT", False)
        assert found["message"].startswith(
            "Base 'default/b' cannot be deleted while it is named by Strict 'default/one'"
        )
        assert found["referrers"][0] == {"kind": "Strict", "namespace": "default", "name": "one", "path": "/spec/base"}
    await delete(server, "Strict", "one")
    await server.graphql('mutation { updateStrict(name: "two", patch: {spec: {base: "another"}}) { id } }')
    assert "errors" not in await delete(server, "Base", "b")
    assert sorted(await names_of(server, "stricts")) == ["elsewhere", "two"]


async def test_the_default_is_that_nothing_happens(server: RunningServer) -> None:
    await define(server, BASE, keeper("Loose", "NONE"))
    await created(server, "Base", "b")
    await created(server, "Loose", "a", {"base": "b"})
    assert "errors" not in await delete(server, "Base", "b")
    assert await spec_of(server, "loose", "a") == {"base": "b"}


async def test_a_cascade_deletes_who_names_what_is_gone_and_who_names_those(server: RunningServer) -> None:
    await define(server, BASE, keeper("Part", "CASCADE"), named("Leaf", {"part": names("Part", onDelete="CASCADE")}))
    await created(server, "Base", "b")
    for name in ("p", "q"):
        await created(server, "Part", name, {"base": "b"})
        await created(server, "Leaf", f"leaf-{name}", {"part": name})
    await created(server, "Part", "kept", {"base": "x"})
    await created(server, "Leaf", "leaf-kept", {"part": "kept"})
    assert "errors" not in await delete(server, "Base", "b", dry_run=True)
    assert len(await names_of(server, "parts")) == 3
    assert "errors" not in await delete(server, "Base", "b")
    for kind, name in (("part", "p"), ("part", "q"), ("leaf", "leaf-p"), ("leaf", "leaf-q")):
        await until_gone(server, kind, name)
    assert await names_of(server, "parts") == ["kept"]
    assert await names_of(server, "leafs") == ["leaf-kept"]


async def test_a_cascade_that_meets_a_restriction_is_refused_before_anything_is_done(server: RunningServer) -> None:
    await define(server, BASE, keeper("Part", "CASCADE"), named("Guard", {"part": names("Part", onDelete="RESTRICT")}))
    await created(server, "Base", "b")
    await created(server, "Part", "p", {"base": "b"})
    await created(server, "Guard", "g", {"part": "p"})
    found = failure(await delete(server, "Base", "b"))
    assert found["referrers"] == [{"kind": "Guard", "namespace": "default", "name": "g", "path": "/spec/part"}]
    assert await names_of(server, "parts") == ["p"]


async def test_a_restriction_by_one_that_goes_too_does_not_hold(server: RunningServer) -> None:
    both = named("Guard", {"base": names("Base", onDelete="CASCADE"), "part": names("Part", onDelete="RESTRICT")})
    await define(server, BASE, keeper("Part", "CASCADE"), both)
    await created(server, "Base", "b")
    await created(server, "Part", "p", {"base": "b"})
    await created(server, "Guard", "g", {"base": "b", "part": "p"})
    assert "errors" not in await delete(server, "Base", "b")
    await until_gone(server, "guard", "g")
    await until_gone(server, "part", "p")


async def test_a_cascade_respects_finalizers(server: RunningServer) -> None:
    await define(server, BASE, keeper("Part", "CASCADE"))
    await created(server, "Base", "b")
    await created(server, "Part", "p", {"base": "b"}, finalizers=["example.org/wait"])
    assert "errors" not in await delete(server, "Base", "b")
    data = await server.graphql('{ part(name: "p") { metadata { deletionRequestedAt } } base(name: "b") { id } }')
    assert data["part"]["metadata"]["deletionRequestedAt"] is not None
    assert data["base"] is None


async def test_setting_null_takes_names_away_and_leaves_the_rest(server: RunningServer) -> None:
    link = names("Base", onDelete="SET_NULL")
    nullable = {**link, "type": ["string", "null"]}
    inner = {"type": "object", "properties": {"base": link, "x": TEXT}}
    kind = named(
        "Holder",
        {
            "base": link,
            "maybe": nullable,
            "many": {"type": "array", "items": link},
            "inner": {"type": "array", "items": inner},
        },
        schema={"required": ["maybe"]},
    )
    await define(server, BASE, kind)
    await created(server, "Base", "b")
    spec = {"base": "b", "maybe": "b", "many": ["a", "b", "c", "b"], "inner": [{"base": "b", "x": "1"}, {"base": "a"}]}
    await created(server, "Holder", "h", spec)
    assert "errors" not in await delete(server, "Base", "b")
    left = {"maybe": None, "many": ["a", "c"], "inner": [{"x": "1"}, {"base": "a"}]}
    assert await spec_of(server, "holder", "h") == left
    data = await server.graphql('{ holder(name: "h") { metadata { generation } } }')
    assert data["holder"]["metadata"]["generation"] == 2


async def test_a_name_whose_loss_the_schema_forbids_stays(server: RunningServer) -> None:
    schema = {"minProperties": 1}
    await define(server, BASE, named("Holder", {"base": names("Base", onDelete="SET_NULL")}, schema=schema))
    await created(server, "Base", "b")
    await created(server, "Holder", "h", {"base": "b"})
    assert "errors" not in await delete(server, "Base", "b")
    assert await spec_of(server, "holder", "h") == {"base": "b"}


async def test_what_is_being_deleted_cannot_be_named_anew(server: RunningServer) -> None:
    await define(server, BASE, keeper("Strict", "RESTRICT"), keeper("Part", "CASCADE"), keeper("Loose", "SET_NULL"))
    await created(server, "Base", "b", finalizers=["example.org/wait"])
    await created(server, "Part", "early", {"base": "b"})
    assert "errors" not in await delete(server, "Base", "b")
    for kind in ("Strict", "Part"):
        found = failure(await create(server, kind, "late", {"base": "b"}))
        message = "names the Base 'default/b', which is being deleted"
        assert found["code"] == "INVALID"
        assert [(one["path"], one["message"]) for one in found["failures"]] == [("/spec/base", message)]
    await created(server, "Loose", "late", {"base": "b"})
    await server.graphql('mutation { updatePart(name: "early", patch: {spec: {other: "x"}}) { id } }')
    await server.graphql('mutation { updateBase(name: "b", patch: {metadata: {finalizers: []}}) { id } }')
    await until_gone(server, "part", "early")
    assert await spec_of(server, "loose", "late") == {}


async def test_resources_that_name_themselves_and_each_other_can_go(server: RunningServer) -> None:
    await define(
        server, named("Ring", {"next": names("Ring", onDelete="CASCADE"), "self": names("Ring", onDelete="RESTRICT")})
    )
    for name, following in (("a", "b"), ("b", "c"), ("c", "a")):
        await created(server, "Ring", name, {"next": following, "self": name})
    assert "errors" not in await delete(server, "Ring", "a")
    for name in "abc":
        await until_gone(server, "ring", name)


async def test_cluster_scoped_resources_are_kept_by_names_from_every_namespace(server: RunningServer) -> None:
    zone = named("Zone", {"host": TEXT}, scope="CLUSTER")
    await define(
        server, zone, named("Room", {"zone": names("Zone", onDelete="RESTRICT", namespaceFrom="space"), "space": TEXT})
    )
    await created(server, "Zone", "z")
    await created(server, "Room", "r", {"zone": "z", "space": "anything"}, namespace="far")
    assert failure(await delete(server, "Zone", "z"))["referrers"][0]["namespace"] == "far"


async def test_a_kind_is_kept_while_its_resources_are(server: RunningServer) -> None:
    await define(server, BASE, keeper("Strict", "RESTRICT"), keeper("Part", "CASCADE"), keeper("Loose", "SET_NULL"))
    await created(server, "Base", "b")
    await created(server, "Strict", "s", {"base": "b"})
    await created(server, "Strict", "dangling", {"base": "missing"})
    await created(server, "Part", "p", {"base": "b"})
    await created(server, "Loose", "l", {"base": "b"})
    for dry_run in ("true", "false"):
        remove = f'mutation {{ deleteResourceDefinition(name: "Base", dryRun: {dry_run}) {{ id }} }}'
        found = failure(await server.request(remove))
        assert found["code"] == "CONFLICT"
        assert [one["name"] for one in found["referrers"]] == ["s"]
    await delete(server, "Strict", "s")
    assert "errors" not in await server.request('mutation { deleteResourceDefinition(name: "Base") { id } }')
    await until_gone(server, "part", "p")

    async def is_taken_away() -> bool:
        return await spec_of(server, "loose", "l") == {}

    await until(is_taken_away)
    assert await names_of(server, "stricts") == ["dangling"]


@pytest.mark.parametrize("rounds", [12])
async def test_whoever_names_a_resource_and_whoever_deletes_it_see_each_other(
    server: RunningServer, rounds: int
) -> None:
    await define(server, BASE, keeper("Strict", "RESTRICT"))
    for number in range(rounds):
        name = f"b{number}"
        await created(server, "Base", name)
        writes = [create(server, "Strict", f"{name}-{one}", {"base": name}) for one in range(4)]
        *answers, removed = await asyncio.gather(*writes, delete(server, "Base", name))
        positions = [int(one["extensions"]["resourceVersion"]) for one in answers if "errors" not in one]
        assert len(positions) == 4 or "errors" not in removed
        if "errors" not in removed:
            assert all(position > int(removed["extensions"]["resourceVersion"]) for position in positions)
        else:
            assert failure(removed)["code"] == "CONFLICT"
            assert failure(removed)["referrers"]
