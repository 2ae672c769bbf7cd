from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from app.errors import Expired, LimitExceeded
from schema_builder.backend import Order
from schema_builder.conditions import AnyOf, Comparison, Field, Not
from schema_builder.errors import BadUserInput
from schema_builder.node_id import id_of
from tests.services.server import Server, names

SPEC: dict[str, Any] = {
    "kind": "Service",
    "schema": {
        "type": "object",
        "properties": {
            "host": {"type": "string"},
            "port": {"type": "integer"},
            "weight": {"type": "number"},
            "on": {"type": "boolean"},
        },
    },
    "indexes": [
        {"fields": ["spec.port"]},
        {"fields": ["spec.on", "spec.weight"]},
        {"fields": ["spec.host"], "unique": True},
    ],
}
ORDERS: list[tuple[Order, ...]] = [
    (),
    (Order(("metadata", "name")),),
    (Order(("metadata", "name"), descending=True),),
    (Order(("metadata", "createdAt"), descending=True),),
    (Order(("spec", "port")),),
    (Order(("spec", "port"), descending=True),),
    (Order(("spec", "on")), Order(("spec", "weight"))),
    (Order(("spec", "on"), descending=True), Order(("spec", "weight"))),
    (Order(("spec", "host"), descending=True),),
    (Order(("spec", "weight")), Order(("metadata", "name"), descending=True)),
]


@pytest.fixture(autouse=True)
async def _filled(server: Server) -> None:
    await server.define(SPEC)
    chance = random.Random(7)
    for number in range(24):
        spec = {
            "port": chance.choice([None, 1, 2, 3]),
            "weight": chance.choice([None, 1, 1.5, -2]),
            "on": chance.choice([None, True, False]),
            "host": chance.choice([None, f"h{number}"]),
        }
        body = {"metadata": {"name": f"s{number:02}", "namespace": f"ns{number % 3}"}, "spec": spec}
        await server.create("Service", body)


async def _pages(server: Server, size: int, **query: Any) -> list[str]:
    """Read all pages at the first one's position, forward."""
    page = await server.list(first=size, **query)
    found = _keys(page)
    position = page.position
    while page.has_next:
        await asyncio.sleep(0)
        page = await server.list(first=size, after=page.cursors[-1], **{**query, "position": position})
        found += _keys(page)
    return found


def _keys(page: Any) -> list[str]:
    return [f"{one.metadata['namespace']}/{one.metadata['name']}" for one in page.resources]


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_pages_forward_and_backward_are_the_whole_list(server: Server, order: tuple[Order, ...]) -> None:
    whole = await server.list(first=500, order=order, with_total=True)
    assert whole.total == 24
    assert not whole.has_next
    assert not whole.has_previous
    for size in (1, 5, 24):
        assert await _pages(server, size, order=order) == _keys(whole)
    page = await server.list(last=7, order=order)
    backward = _keys(page)
    while page.has_previous:
        page = await server.list(last=7, before=page.cursors[0], order=order)
        backward = _keys(page) + backward
    assert backward == _keys(whole)
    middle = await server.list(first=500, order=order, after=whole.cursors[3], before=whole.cursors[9])
    assert _keys(middle) == _keys(whole)[4:9]


async def test_last_beside_first_takes_the_end_of_what_first_leaves(server: Server) -> None:
    cursors = (await server.list(first=500)).cursors
    page = await server.list(first=5, last=2, after=cursors[1])
    assert (page.cursors, page.has_previous, page.has_next) == (cursors[5:7], True, True)
    page = await server.list(first=500, last=2)
    assert (page.cursors, page.has_previous, page.has_next) == (cursors[-2:], True, False)


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_there_is_nothing_between_a_later_cursor_and_an_earlier_one(
    server: Server, order: tuple[Order, ...]
) -> None:
    cursors = (await server.list(first=500, order=order)).cursors
    for after, before in ((5, 5), (8, 5), (23, 0), (4, 5)):
        page = await server.list(first=10, order=order, after=cursors[after], before=cursors[before])
        assert page.resources == []
    page = await server.list(first=10, order=order, after=cursors[4], before=cursors[7])
    assert page.cursors == cursors[5:7]


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_an_order_is_that_of_its_values_with_null_first(server: Server, order: tuple[Order, ...]) -> None:
    whole = await server.list(first=500, order=order)
    keys = [(f"{one.metadata['namespace']} {one.metadata['name']}", one) for one in whole.resources]

    def value(resource: Any, path: tuple[str, ...]) -> Any:
        found = {"metadata": resource.metadata, **resource.body}
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return (found is not None, found if found is not None else 0)

    expected = sorted(keys, key=lambda pair: pair[0], reverse=bool(order and order[-1].descending))
    for term in reversed(order):
        expected.sort(key=lambda pair, path=term.path: value(pair[1], path), reverse=term.descending)
    assert [key for key, _ in keys] == [key for key, _ in expected]


@pytest.mark.parametrize("order", [ORDERS[0], ORDERS[5], ORDERS[6], ORDERS[3]], ids=str)
async def test_pages_at_one_position_are_its_list_while_others_write(server: Server, order: tuple[Order, ...]) -> None:
    chance = random.Random(3)
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            page = await server.list(first=3)
            victim = chance.choice(page.resources).metadata
            match number % 3:
                case 0:
                    await server.delete("Service", victim["name"], namespace=victim["namespace"])
                case 1:
                    await server.create("Service", {"metadata": {"generateName": "new-"}, "spec": {"port": 2}})
                case _:
                    patch = {"spec": {"port": chance.randrange(5), "on": True}}
                    await server.update("Service", victim["name"], patch, namespace=victim["namespace"])

    writer = asyncio.create_task(write())
    try:
        for _ in range(3):
            whole = await server.list(first=500, order=order, with_total=True)
            where = Field("spec", Field("port", Comparison("gte", 2)))
            some = await server.list(first=500, order=order, where=where, position=whole.position)
            found = await _pages(server, 4, order=order, position=whole.position)
            assert found == _keys(whole)
            assert len(found) == whole.total
            assert await _pages(server, 4, order=order, where=where, position=whole.position) == _keys(some)
    finally:
        stop.set()
        await writer


async def test_a_namespace_is_listed_alone(server: Server) -> None:
    page = await server.list(namespace="ns1", with_total=True)
    assert page.total == 8
    assert {one.metadata["namespace"] for one in page.resources} == {"ns1"}
    assert (await server.list(namespace="ns")).resources == []


async def test_conditions_decide_and_totals_count_what_they_hold_for(server: Server) -> None:
    everything = (await server.list(first=500)).resources
    odd = [one for one in everything if one.body["spec"].get("port") in (1, 3)]
    where = Field("spec", Field("port", Comparison("in", (1, 3))))
    page = await server.list(first=2, where=where, with_total=True)
    assert page.total == len(odd)
    assert names(page) == [one.metadata["name"] for one in odd[:2]]
    rest = await server.list(first=500, where=Not(where), with_total=True)
    assert rest.total == 24 - len(odd)
    nothing = await server.list(where=AnyOf(()), with_total=True)
    assert (nothing.resources, nothing.total, nothing.has_next) == ([], 0, False)


async def test_labels_select(server: Server) -> None:
    for name, labels in (("x", {"app": "web", "tier": ""}), ("y", {"app": "db"}), ("z", {})):
        await server.create("Service", {"metadata": {"name": name, "labels": labels}, "spec": {}})
    listed = {
        selector: names(await server.list(namespace="default", label_selector=selector))
        for selector in ("app", "!app", "app=web", "app!=web", "app in (web,db)", "app notin (web)", "app,tier=", " ")
    }
    assert listed == {
        "app": ["x", "y"], "!app": ["z"], "app=web": ["x"], "app!=web": ["y", "z"], "app in (web,db)": ["x", "y"],
        "app notin (web)": ["y", "z"], "app,tier=": ["x"], " ": ["x", "y", "z"],
    }  # fmt: skip


async def test_a_page_of_nothing_still_tells_whether_there_is_more(server: Server) -> None:
    page = await server.list(first=0, with_total=True)
    assert (page.resources, page.has_next, page.total) == ([], True, 24)


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "W10", "bnVsbA", "a" * 10_000])
async def test_a_cursor_that_is_none_is_bad_input(server: Server, cursor: str) -> None:
    with pytest.raises(BadUserInput):
        await server.list(after=cursor)


async def test_a_cursor_of_another_order_is_bad_input(server: Server) -> None:
    page = await server.list(first=1)
    with pytest.raises(BadUserInput):
        await server.list(after=page.cursors[0], order=(Order(("spec", "port")),))
    with pytest.raises(BadUserInput):
        await server.list(after=page.cursors[0], namespace="ns1")


async def test_a_cursor_holds_its_place_when_its_resource_is_gone(server: Server) -> None:
    whole = _keys(await server.list(first=500))
    page = await server.list(first=3)
    last = page.resources[-1].metadata
    await server.delete("Service", last["name"], namespace=last["namespace"])
    assert _keys(await server.list(first=500, after=page.cursors[-1])) == whole[3:]


async def test_an_order_by_an_undeclared_field_is_bad_input(server: Server) -> None:
    with pytest.raises(BadUserInput):
        await server.list(order=(Order(("spec", "other")),))


async def test_a_position_before_the_database_is_expired(server: Server) -> None:
    with pytest.raises(Expired):
        await server.list(position=1)


async def test_a_list_at_a_position_before_its_index_is_read_without_it(server: Server) -> None:
    before = await server.list(first=500)
    other = {"indexes": [{"fields": ["spec.weight"]}], "allowBreaking": True}
    await server.update("ResourceDefinition", "Service", {"spec": other})
    await server.indexed()
    order = (Order(("spec", "weight")),)
    newest = await server.list(order=order, first=500)
    page = await server.list(order=order, position=before.position, first=500)
    assert _keys(page) == _keys(newest)
    assert page.position == before.position


async def test_ids_name_resources_and_not_their_successors(server: Server) -> None:
    first, second = (await server.list(first=2)).resources
    definition = await server.get("ResourceDefinition", "Service")
    assert definition is not None
    ids = [id_of(second), "nonsense", id_of(first), id_of(definition), id_of(second)]
    assert await server.services.nodes(server.scope, ids) == [second, None, first, definition, second]
    await server.delete("Service", first.metadata["name"], namespace=first.metadata["namespace"])
    again = {"metadata": {"name": first.metadata["name"], "namespace": first.metadata["namespace"]}, "spec": {}}
    await server.create("Service", again)
    assert await server.services.nodes(server.scope, [id_of(first)]) == [None]


async def test_a_page_that_is_too_large_for_memory_is_refused(server: Server) -> None:
    schema = {"type": "object", "additionalProperties": True}
    await server.define({"kind": "Blob", "schema": schema})
    for number in range(24):
        await server.create("Blob", {"metadata": {"name": f"b{number:02}"}, "spec": {"x": "a" * 4_000_000}})
    assert len((await server.list("Blob", first=8)).resources) == 8
    with pytest.raises(LimitExceeded):
        await server.list("Blob", first=500)
