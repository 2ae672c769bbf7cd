"""References between several servers of one database, and what a server that stops in the middle leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import Conflict, LimitExceeded, Unavailable
from app.store.links import find_cascades, forget_cascade
from schema_builder.errors import KindgraphError
from tests.references.support import TEXT, named, names
from tests.services.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from app.store.links import Cascade
    from schema_builder.backend import Resource


@pytest.fixture
async def server(mongo_uri: str, database: str) -> AsyncIterator[Server]:
    """The services of one server on a new database."""
    async with Server.running(mongo_uri, database) as server:
        yield server


BASE = named("Base", {"host": TEXT})
ROUNDS = 25


def keeper(on_delete: str) -> dict[str, Any]:
    return named("Keeper", {"base": names("Base", onDelete=on_delete), "other": TEXT})


async def keep(server: Server, name: str, base: str) -> Resource:
    return await server.create("Keeper", {"metadata": {"name": name}, "spec": {"base": base}})


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():  # noqa: ASYNC110 - it is another server's doing
        await asyncio.sleep(0.02)


async def outcome(server: Server, work: Awaitable[Resource]) -> int | KindgraphError:
    """Return the commit's position of a write that is the only one of its server, or its error."""
    try:
        await work
    except KindgraphError as error:
        return error
    return server.scope.position


@pytest.mark.parametrize("policy", ["RESTRICT", "CASCADE"])
async def test_two_servers_that_name_and_delete_a_resource_see_each_other(
    server: Server, mongo_uri: str, database: str, policy: str
) -> None:
    await server.define(BASE)
    await server.define(keeper(policy))
    found: dict[str, tuple[Any, Any]] = {}
    async with Server.running(mongo_uri, database) as other:
        for number in range(ROUNDS):
            await server.create("Base", {"metadata": {"name": f"b{number}"}})
            found[f"k{number}"] = await asyncio.gather(
                outcome(server, keep(server, f"k{number}", f"b{number}")),
                outcome(other, other.delete("Base", f"b{number}")),
            )

        async def is_done() -> bool:
            return not await find_cascades(server.store)

        await until(is_done)
    for name, (kept, deleted) in found.items():
        stays = await server.get("Keeper", name) is not None
        if policy == "RESTRICT":
            assert isinstance(kept, int)
            assert isinstance(deleted, Conflict) or deleted < kept
        else:
            assert stays == (isinstance(kept, int) and kept > deleted)


async def test_what_a_stopped_server_has_begun_another_one_ends(server: Server, mongo_uri: str, database: str) -> None:
    await server.define(BASE)
    await server.define(keeper("CASCADE"))
    await server.create("Base", {"metadata": {"name": "b"}})
    for number in range(5):
        await keep(server, f"k{number}", "b")

    async def stopped(cascade: Cascade) -> None:
        assert cascade.name == "b"

    server.services._writes._commits._follow = stopped
    server.services._cascades._look_seconds = 3_600
    await server.delete("Base", "b")
    assert len(await find_cascades(server.store)) == 1
    assert len((await server.list("Keeper")).resources) == 5
    async with Server.running(mongo_uri, database):

        async def is_done() -> bool:
            return not await find_cascades(server.store)

        await until(is_done)
    assert (await server.list("Keeper")).resources == []


async def test_a_resource_that_is_there_again_keeps_those_that_name_it(server: Server) -> None:
    await server.define(BASE)
    await server.define(keeper("CASCADE"))
    await server.create("Base", {"metadata": {"name": "b"}})
    await keep(server, "k", "b")
    cascades: list[Cascade] = []

    async def later(cascade: Cascade) -> None:
        cascades.append(cascade)

    server.services._writes._commits._follow = later
    await server.delete("Base", "b")
    await server.create("Base", {"metadata": {"name": "b"}})
    await server.services._cascades.begin(cascades[0])
    assert await server.get("Keeper", "k") is not None
    assert await find_cascades(server.store) == []


async def test_references_hold_for_resources_that_were_there_before_them(server: Server) -> None:
    await server.define(BASE)
    await server.define(keeper("NONE"))
    await server.create("Base", {"metadata": {"name": "b"}})
    before = await keep(server, "k", "b")
    await server.update("ResourceDefinition", "Keeper", {"spec": {"schema": keeper("RESTRICT")["schema"]}})
    found: list[KindgraphError] = []

    async def is_known() -> bool:
        error = await outcome(server, server.delete("Base", "b"))
        assert isinstance(error, KindgraphError)
        found.append(error)
        return not isinstance(error, Unavailable)

    await until(is_known)
    assert isinstance(found[0], Unavailable)
    assert isinstance(found[-1], Conflict)
    after = await server.get("Keeper", "k")
    assert after is not None
    assert after.metadata["resourceVersion"] == before.metadata["resourceVersion"]


async def test_only_what_names_resources_with_consequences_notes_it(server: Server) -> None:
    await server.define(BASE)
    await server.define(keeper("NONE"))
    await keep(server, "k", "b")
    documents = [document async for document in server.store.resources.find({"links": {"$exists": True}})]
    assert documents == []


async def test_a_later_deletion_of_the_same_name_is_not_forgotten_with_the_first(server: Server) -> None:
    await server.define(BASE)
    await server.define(keeper("CASCADE"))
    cascades: list[Cascade] = []

    async def later(cascade: Cascade) -> None:
        cascades.append(cascade)

    server.services._writes._commits._follow = later
    for number in range(2):
        await server.create("Base", {"metadata": {"name": "b"}})
        if number:
            await forget_cascade(server.store, cascades[0])
        else:
            await keep(server, "k", "b")
        await server.delete("Base", "b")
    await forget_cascade(server.store, cascades[0])
    assert await find_cascades(server.store) == cascades[1:]
    await server.services._cascades.begin(cascades[1])
    assert await server.get("Keeper", "k") is None
    assert await find_cascades(server.store) == []


async def test_many_can_name_one_resource_at_once(server: Server) -> None:
    await server.define(BASE)
    await server.define(keeper("RESTRICT"))
    await server.create("Base", {"metadata": {"name": "b"}})
    await asyncio.gather(*(keep(server, f"k{number:02}", "b") for number in range(40)))
    assert len((await server.list("Keeper")).resources) == 40
    with pytest.raises(Conflict) as caught:
        await server.delete("Base", "b")
    assert len(caught.value.extensions["referrers"]) == 20


async def test_a_resource_names_a_bounded_number_of_others(server: Server) -> None:
    await server.define(BASE)
    await server.define(named("Group", {"members": {"type": "array", "items": names("Base", onDelete="SET_NULL")}}))
    members = [f"m{number}" for number in range(10_001)]
    body = {"metadata": {"name": "g"}, "spec": {"members": members}}
    with pytest.raises(LimitExceeded) as caught:
        await server.create("Group", body)
    assert "10001" in caught.value.message
    body["spec"] = {"members": members[:10_000]}
    await server.create("Group", body)
