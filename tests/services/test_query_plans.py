"""What MongoDB does for a list, as its profiler tells: which index it reads, and how much of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from app.errors import LimitExceeded
from app.services.backend import Services
from schema_builder.backend import ListQuery, Order
from schema_builder.conditions import All, AnyOf, Comparison, Condition, Exists, Field, Not
from tests.services.server import Server, names

SPEC: dict[str, Any] = {
    "kind": "Service",
    "schema": {
        "type": "object",
        "properties": {
            "region": {"type": "string"},
            "port": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "big": {"type": "integer", "format": "int64"},
            "note": {"type": "string"},
            "secret": {"type": "string", "writeOnly": True},
        },
    },
    "indexes": [
        {"fields": ["spec.region", "spec.port"]},
        {"fields": ["spec.at"]},
        {"fields": ["spec.big"], "unique": True},
        {"fields": ["metadata.createdAt"]},
    ],
}
COUNT = 60
REGION, PORT, AT, BIG = ("spec", "region"), ("spec", "port"), ("spec", "at"), ("spec", "big")
NAME = ("metadata", "name")


class Plan(NamedTuple):
    """What one list did."""

    names: list[str]
    indexes: list[str]
    keys: int
    documents: int
    sorts: bool


def asks(path: tuple[str, ...], operator: Any, operand: Any = None, *, instant: bool = False) -> Condition:
    condition: Condition = Exists() if operator == "exists" else Comparison(operator, operand, instant=instant)
    for name in reversed(path):
        condition = Field(name, condition)
    return condition


def both(*conditions: Condition) -> Condition:
    return All(conditions)


@pytest.fixture
async def filled(server: Server) -> AsyncIterator[Server]:
    await server.define(SPEC)
    for number in range(COUNT):
        spec: dict[str, Any] = {
            "region": ("eu", "us", "eu-west")[number % 3],
            "port": number // 3,
            "at": f"2026-01-01T{number // 3:02}:00:00+0{number % 3}:00",
            "note": f"n{number}",
        }
        spec |= {"big": 2**60 + number} if number % 2 else {}
        spec = {name: value for name, value in spec.items() if name != "at" or number % 4}
        await server.create("Service", {"metadata": {"name": f"s{number:02}"}, "spec": spec})
    await server.store.database.command("profile", 2)
    yield server
    await server.store.database.command("profile", 0)


async def _plan(server: Server, **query: Any) -> Plan:
    profile = server.store.database["system.profile"]
    before = await profile.count_documents({"ns": {"$regex": r"\.resources$"}})
    page = await server.list(**query)
    told = [one async for one in profile.find({"ns": {"$regex": r"\.resources$"}}).sort("$natural", 1).skip(before)]
    assert told
    return Plan(
        names(page),
        [one.get("planSummary", "").split(".")[0].removeprefix("IXSCAN { ") for one in told],
        sum(one["keysExamined"] for one in told),
        sum(one["docsExamined"] for one in told),
        any(one.get("hasSortStage") for one in told),
    )


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (asks(REGION, "eq", "us"), [f"s{number:02}" for number in range(1, 60, 3)]),
        (both(asks(REGION, "eq", "us"), asks(PORT, "eq", 7)), ["s22"]),
        (both(asks(PORT, "gte", 18), asks(REGION, "eq", "us")), ["s55", "s58"]),
        (both(asks(REGION, "eq", "us"), asks(PORT, "in", (1, 2))), ["s04", "s07"]),
        (both(asks(REGION, "in", ("us", "eu")), asks(PORT, "lt", 1)), ["s00", "s01"]),
        (both(asks(REGION, "startsWith", "eu-"), asks(("spec", "note"), "eq", "n5")), ["s05"]),
        (asks(AT, "gt", "2026-01-01T18:00:00+01:00", instant=True), ["s54", "s57", "s58"]),
        (asks(AT, "eq", "2026-01-01T00:00:00-01:00", instant=True), ["s03", "s07", "s11"]),
        (asks(BIG, "eq", 2**60 + 9), ["s09"]),
        (both(asks(BIG, "gt", 2**60 + 54), asks(BIG, "lt", 2**60 + 59)), ["s55", "s57"]),
        (AnyOf((asks(BIG, "eq", 2**60 + 9), both(asks(REGION, "eq", "us"), asks(PORT, "eq", 0)))), ["s01", "s09"]),
    ],
    ids=lambda value: "" if isinstance(value, list) else type(value).__name__,
)
async def test_a_condition_on_indexed_fields_reads_their_index(
    filled: Server, where: Condition, found: list[str]
) -> None:
    plan = await _plan(filled, where=where)
    assert plan.names == found
    assert all(index.startswith(("x", "y")) for index in plan.indexes), plan
    assert plan.documents <= 2 * len(found) + 20


async def test_absence_and_presence_are_looked_up_too(filled: Server) -> None:
    absent = await _plan(filled, where=Not(asks(AT, "exists")), first=100)
    assert len(absent.names) == 15
    assert (absent.indexes, absent.documents) == (["x1"], 15)
    present = await _plan(filled, where=asks(BIG, "exists"), order=(Order(BIG),), first=3)
    assert present == Plan(["s01", "s03", "s05"], ["y0"], 4, 4, sorts=False)


@pytest.mark.parametrize("descending", [False, True])
async def test_an_order_that_an_index_has_is_read_in_pages_and_never_sorted(filled: Server, descending: bool) -> None:
    order = (Order(REGION, descending), Order(PORT, descending))
    seen: list[str] = []
    after = None
    for _ in range(6):
        plan = await _plan(filled, order=order, first=10, after=after)
        assert (plan.indexes, plan.sorts) == (["x0"], False)
        assert plan.keys <= 12
        seen += plan.names
        after = (await filled.list(order=order, first=10, after=after)).cursors[-1]
    numbers = [*range(0, 60, 3), *range(2, 60, 3), *range(1, 60, 3)]
    assert seen == [f"s{number:02}" for number in (reversed(numbers) if descending else numbers)]
    page = await filled.list(order=order, last=5)
    assert names(page) == seen[-5:]


async def test_an_equal_prefix_and_the_rest_of_an_index_as_order_is_one_run_of_it(filled: Server) -> None:
    where = asks(REGION, "eq", "us")
    plan = await _plan(filled, where=where, order=(Order(PORT, descending=True),), first=4)
    assert plan == Plan(["s58", "s55", "s52", "s49"], ["x0"], 5, 5, sorts=False)
    page = await filled.list(where=where, order=(Order(PORT, descending=True),), first=4)
    plan = await _plan(filled, where=where, order=(Order(PORT, descending=True),), first=2, after=page.cursors[-1])
    assert plan.names == ["s46", "s43"]
    assert plan.keys <= 4
    ranged = both(where, asks(PORT, "gte", 3), asks(PORT, "lt", 9))
    plan = await _plan(filled, where=ranged, order=(Order(REGION), Order(PORT)), first=2)
    assert plan == Plan(["s10", "s13"], ["x0"], 3, 3, sorts=False)


async def test_a_page_of_equal_values_is_read_in_the_order_of_names(filled: Server) -> None:
    where = both(asks(REGION, "eq", "eu"), asks(PORT, "eq", 1))
    for name in ("a", "b", "c", "d"):
        await filled.create("Service", {"metadata": {"name": name}, "spec": {"region": "eu", "port": 1}})
    plan = await _plan(filled, where=where, first=2)
    assert plan == Plan(["a", "b"], ["x0"], 3, 3, sorts=False)
    cursor = (await filled.list(where=where, first=2)).cursors[-1]
    plan = await _plan(filled, where=where, first=2, after=cursor)
    assert plan.names == ["c", "d"]
    assert not plan.sorts
    page = await filled.list(where=where, last=2, namespace="default")
    assert names(page) == ["d", "s03"]


async def test_creation_times_can_be_indexed(filled: Server) -> None:
    plan = await _plan(filled, order=(Order(("metadata", "createdAt"), descending=True),), first=2)
    assert plan == Plan(["s59", "s58"], ["x2"], 3, 3, sorts=False)
    oldest = (await filled.list(first=1)).resources[0].metadata["createdAt"]
    where = asks(("metadata", "createdAt"), "lte", oldest, instant=True)
    plan = await _plan(filled, where=where)
    assert "s00" in plan.names
    assert plan.indexes == ["x2"]


async def test_a_count_of_what_an_index_finds_reads_the_index(filled: Server) -> None:
    plan = await _plan(filled, where=both(asks(REGION, "eq", "us"), asks(PORT, "lt", 2)), first=1, with_total=True)
    assert set(plan.indexes) == {"x0"}
    assert plan.documents <= 6


async def test_what_takes_too_long_is_refused_with_the_index_that_is_missing(filled: Server) -> None:
    hasty = Services(filled.store, filled.registry, None, indexing=filled.indexing, max_scan_seconds=1e-9)  # type: ignore[arg-type]

    async def refused(**query: Any) -> LimitExceeded:
        with pytest.raises(LimitExceeded) as caught:
            await hasty.list(filled.scope, filled.kind("Service"), ListQuery(**query))
        assert not caught.value.retryable
        return caught.value

    error = await refused(where=both(asks(("spec", "note"), "eq", "x"), asks(REGION, "eq", "us")))
    assert error.extensions["missingIndexes"] == [{"fields": ["spec.note", "spec.region"]}]
    assert "{fields: [spec.note, spec.region]}" in error.message
    error = await refused(where=asks(("spec", "note"), "eq", "x"), order=(Order(PORT),), with_total=True)
    assert error.extensions["missingIndexes"] == [{"fields": ["spec.note", "spec.port"]}]
    error = await refused(where=asks(("spec", "note"), "startsWith", "x"))
    assert error.extensions["missingIndexes"] == [{"fields": ["spec.note"]}]
    error = await refused(order=(Order(NAME),))
    assert error.extensions["missingIndexes"] == [{"fields": ["metadata.name"]}]
    branches = (asks(("spec", "note"), "eq", "x"), both(asks(PORT, "gt", 1), asks(BIG, "eq", 2)))
    error = await refused(where=AnyOf(branches))
    assert error.extensions["missingIndexes"] == [{"fields": ["spec.note"]}, {"fields": ["spec.big", "spec.port"]}]
    for query in ({"where": asks(("spec", "note"), "substring", "x")}, {"label_selector": "a=b"}):
        error = await refused(**query)
        assert "missingIndexes" not in error.extensions
        assert "no index can help" in error.message

    for served in (
        {"where": both(asks(REGION, "eq", "us"), asks(PORT, "gt", 1)), "with_total": True},
        {"order": (Order(AT),)},
        {"first": 3},
    ):
        page = await hasty.list(filled.scope, filled.kind("Service"), ListQuery(**served))  # type: ignore[arg-type]
        assert page.resources
