from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest

from app.errors import AlreadyExists
from schema_builder.backend import Order
from schema_builder.conditions import All, Comparison, Field
from schema_builder.errors import BadUserInput, DefinitionRefused
from tests.services.server import Server, names

SPEC: dict[str, Any] = {
    "kind": "Service",
    "schema": {
        "type": "object",
        "properties": {
            "host": {"type": "string"},
            "port": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "any": {},
        },
    },
}
PORT = ("spec", "port")


def _where(**spec: Any) -> Field:
    return Field("spec", All(tuple(Field(name, Comparison("eq", value)) for name, value in spec.items())))


async def test_a_unique_index_is_violated_once_and_for_all(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.host", "spec.port"], "unique": True}])
    await server.service("a", port=1)
    for dry_run in (False, True):
        body = {"metadata": {"name": "b"}, "spec": {"host": "a", "port": 1}}
        with pytest.raises(AlreadyExists) as caught:
            await server.create("Service", body, dry_run=dry_run)
        assert not caught.value.retryable
        assert caught.value.message == "Service 'default/b': 'default/a' has the same spec.host, spec.port"
        assert caught.value.extensions["resource"] == {"name": "a", "namespace": "default"}
    await server.create("Service", {"metadata": {"name": "b"}, "spec": {"host": "a", "port": 2}})
    with pytest.raises(AlreadyExists):
        await server.update("Service", "b", {"spec": {"port": 1}})
    await server.update("Service", "a", {"spec": {"port": 1, "at": "2026-01-01T00:00:00Z"}})


async def test_resources_without_a_value_are_never_equal(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.host", "spec.port"], "unique": True}])
    for name in "abc":
        await server.create("Service", {"metadata": {"name": name}, "spec": {"host": "same"}})
    page = await server.list(order=(Order(("spec", "host")), Order(PORT)), first=2)
    rest = await server.list(order=(Order(("spec", "host")), Order(PORT)), first=2, after=page.cursors[-1])
    assert names(page) + names(rest) == ["a", "b", "c"]


async def test_uniqueness_is_within_one_kind(server: Server) -> None:
    index = [{"fields": ["spec.port"], "unique": True}]
    await server.define(SPEC, indexes=index)
    await server.define({**SPEC, "kind": "Other"}, indexes=index)
    await server.service("a", port=1)
    await server.create("Other", {"metadata": {"name": "a"}, "spec": {"port": 1}})


async def test_moments_are_indexed_as_instants(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.at"], "unique": True}])
    await server.service("late", at="2026-01-01T12:00:00+02:00")
    await server.service("early", at="2026-01-01T09:00:00Z")
    with pytest.raises(AlreadyExists):
        await server.service("same", at="2026-01-01T10:00:00.000Z")
    assert names(await server.list(order=(Order(("spec", "at")),))) == ["early", "late"]
    where = Field("spec", Field("at", Comparison("gt", "2026-01-01T09:30:00Z", instant=True)))
    page = await server.list(where=where, with_total=True)
    assert (names(page), page.total) == (["late"], 1)


async def test_moments_are_compared_beyond_what_an_index_holds_of_them(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.at"]}])
    for name, digits in (("a", "123456"), ("b", "1234561"), ("c", "12345610"), ("d", "123457")):
        await server.service(name, at=f"2026-01-01T12:00:00.{digits}Z")
    for operator, digits, found in (("gt", "123456", "bcd"), ("lt", "1234561", "a"), ("eq", "1234561", "bc")):
        where = Field("spec", Field("at", Comparison(operator, f"2026-01-01T12:00:00.{digits}Z", instant=True)))
        page = await server.list(where=where, with_total=True)
        assert (names(page), page.total) == (list(found), len(found))


async def test_an_index_can_be_added_to_a_kind_that_has_resources(server: Server) -> None:
    await server.define(SPEC)
    for number in range(30):
        await server.service(f"s{number:02}", port=30 - number)
    versions = {one.metadata["name"]: one.metadata["resourceVersion"] for one in (await server.list()).resources}
    with pytest.raises(BadUserInput):
        await server.list(order=(Order(PORT),))
    await server.update("ResourceDefinition", "Service", {"spec": {"indexes": [{"fields": ["spec.port"]}]}})
    await server.indexed()
    page = await server.list(order=(Order(PORT),))
    assert names(page) == [f"s{number:02}" for number in reversed(range(30))]
    assert {one.metadata["name"]: one.metadata["resourceVersion"] for one in page.resources} == versions


async def test_a_unique_index_over_equal_values_is_refused_and_leaves_nothing(server: Server) -> None:
    await server.define(SPEC)
    for name in "abc":
        await server.service(name, port=1)
    unique = [{"fields": ["spec.port"], "unique": True}]
    with pytest.raises(DefinitionRefused) as caught:
        await server.update("ResourceDefinition", "Service", {"spec": {"indexes": unique}})
    assert [failure[:2] for failure in map(astuple, caught.value.failures)] == [("/spec/indexes/0", "index")]
    assert caught.value.failures[0].message == "default/a and default/b have the same spec.port: 1"
    read = await server.get("ResourceDefinition", "Service")
    assert read is not None
    assert "indexes" not in read.body["spec"]
    await server.service("d", port=1)
    for number, name in enumerate("abcd"):
        await server.update("Service", name, {"spec": {"port": number}})
    await server.update("ResourceDefinition", "Service", {"spec": {"indexes": unique}})
    await server.indexed()
    with pytest.raises(AlreadyExists):
        await server.service("e", port=1)


async def test_a_slot_that_is_used_again_shows_nothing_of_its_former_index(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.port"]}])
    for number in range(5):
        await server.service(f"s{number}", port=number)
    fewer = {"indexes": [{"fields": ["spec.host"]}], "allowBreaking": True}
    await server.update("ResourceDefinition", "Service", {"spec": fewer})
    for _ in range(2):
        page = await server.list(order=(Order(("spec", "host"), descending=True),), first=2)
        assert names(page) == ["s4", "s3"]
        await server.indexed()
    assert names(await server.list(where=_where(host="s1"))) == ["s1"]


async def test_a_condition_on_an_index_reads_only_what_the_index_finds(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.port"]}])
    for number in range(60):
        await server.service(f"s{number:02}", port=number // 2)
    reads: list[Any] = []
    read = server.store.read

    async def watched(condition: Any, **options: Any) -> Any:
        reads.append((condition, options))
        return await read(condition, **options)

    server.store.read = watched  # type: ignore[method-assign]
    assert names(await server.list(where=_where(port=7))) == ["s14", "s15"]
    condition, options = reads[0]
    command = {"find": "resources", "filter": condition, "sort": dict(options["sort"]), "limit": options["limit"]}
    plan = await server.store.database.command({"explain": command, "verbosity": "executionStats"})
    assert '"IXSCAN"' in str(plan["queryPlanner"]["winningPlan"]).replace("'", '"')
    assert plan["executionStats"]["totalDocsExamined"] == 2


async def test_an_order_of_an_index_reads_a_page_not_the_kind(server: Server) -> None:
    await server.define(SPEC, indexes=[{"fields": ["spec.port"]}])
    for number in range(40):
        await server.service(f"s{number:02}", port=number)
    found: list[Any] = []
    read = server.store.read

    async def watched(condition: Any, **options: Any) -> Any:
        found.append((condition, options))
        return await read(condition, **options)

    server.store.read = watched  # type: ignore[method-assign]
    order = (Order(PORT, descending=True),)
    page = await server.list(order=order, first=5)
    page = await server.list(order=order, first=5, after=page.cursors[-1])
    assert names(page) == ["s34", "s33", "s32", "s31", "s30"]
    condition, options = found[-1]
    command = {"find": "resources", "filter": condition, **options, "sort": dict(options["sort"])}
    del command["position"], command["patience"]
    plan = await server.store.database.command({"explain": command, "verbosity": "executionStats"})
    assert plan["executionStats"]["totalKeysExamined"] <= 7
