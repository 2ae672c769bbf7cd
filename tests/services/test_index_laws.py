"""Indexes change how long a list takes, and nothing else: every answer is one that was computed without a database."""

from __future__ import annotations

import asyncio
import datetime
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema_builder.backend import Order, Page, Resource
from schema_builder.conditions import All, AnyOf, Comparison, Condition, Exists, Field, Not, decider, instant
from tests.services.server import Server, names

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

VALUES: dict[str, list[Any]] = {
    "text": ["", "a", "ab", "b", "B", "é", "😀", "a\n", None],
    "number": [0, 1, -1, 2**53, 2**53 + 1, -(2**63), 2**63 - 1, None],
    "float": [0, 0.5, 1, 1.0, -2.5, 1e300, 3, None],
    "flag": [True, False, None],
    "at": [
        "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.1234567Z",
        "2026-01-01T00:00:00.123456Z", "2025-12-31T23:59:59.999999-00:01", None,
    ],
}  # fmt: skip
TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "number": {"type": ["integer", "null"], "format": "int64"},
    "float": {"type": ["number", "null"]},
    "flag": {"type": ["boolean", "null"]},
    "at": {"type": ["string", "null"], "format": "date-time"},
}
INDEXES = [["text", "number"], ["number"], ["float"], ["flag", "at"], ["at", "text", "flag"]]
SCHEMA = {"type": "object", "properties": TYPES}
COUNT = 36


def _spec(number: int) -> dict[str, Any]:
    spec = {}
    for place, (name, values) in enumerate(VALUES.items(), start=1):
        chosen = (number * (2 * place + 1) // place) % (len(values) + 1)
        if chosen < len(values):
            spec[name] = values[chosen]
    return spec


def _comparisons(name: str) -> st.SearchStrategy[Condition]:
    some = st.sampled_from([value for value in VALUES[name] if value is not None])
    moment = name == "at"
    operators = ["eq"] if name == "flag" else ["eq", "lt", "lte", "gt", "gte"]
    kinds: list[st.SearchStrategy[Condition]] = [
        st.builds(Comparison, st.sampled_from(operators), some, st.just(moment)),
        st.builds(Comparison, st.just("in"), st.lists(some, max_size=3).map(tuple), st.just(moment)),
        st.just(Exists()),
    ]
    if name == "text":
        kinds.append(st.builds(Comparison, st.sampled_from(["startsWith", "substring"]), some))
    return st.one_of(kinds).map(lambda condition: Field("spec", Field(name, condition)))


leaves = st.one_of([_comparisons(name) for name in VALUES])
conditions = st.recursive(
    st.one_of(leaves, st.lists(leaves, min_size=2, max_size=3).map(lambda parts: All(tuple(parts)))),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
tails = [tuple(("spec", name) for name in index[at:]) for index in INDEXES for at in range(len(index))]
indexed = st.sampled_from(tails)
mixed = st.lists(st.sampled_from([("spec", name) for name in VALUES] + [("metadata", "name")]), max_size=3)
orders = st.one_of(
    st.tuples(indexed, st.booleans()).map(lambda chosen: tuple(Order(path, chosen[1]) for path in chosen[0])),
    mixed.flatmap(lambda paths: st.tuples(*(st.builds(Order, st.just(path), st.booleans()) for path in paths))),
)


@dataclass(frozen=True, repr=False)
class Laws:
    """A server with one kind whose indexes are READY, and one like it whose indexes never are."""

    runner: asyncio.Runner
    server: Server
    resources: list[Resource]


async def _fill(server: Server) -> list[Resource]:
    declared = [{"fields": [f"spec.{name}" for name in index]} for index in INDEXES]
    await server.define({"kind": "Ready", "schema": SCHEMA, "indexes": declared})
    await server.define({"kind": "Building", "schema": SCHEMA})
    for number in range(COUNT):
        metadata = {"name": f"r{number * 7 % COUNT:02}", "namespace": f"ns{number % 2}"}
        for kind in ("Ready", "Building"):
            await server.create(kind, {"metadata": metadata, "spec": _spec(number)})
    await server.indexing.stop()
    await server.update("ResourceDefinition", "Building", {"spec": {"indexes": declared}})
    return list((await server.list("Ready", first=500)).resources)


@pytest.fixture(scope="module")
def laws(mongo_uri: str) -> Iterator[Laws]:
    with asyncio.Runner() as runner:
        database = f"test_{secrets.token_hex(8)}"
        running: AbstractAsyncContextManager[Server] = Server.running(mongo_uri, database)
        server = runner.run(running.__aenter__())
        yield Laws(runner, server, runner.run(_fill(server)))
        runner.run(server.store.client.drop_database(database))
        runner.run(running.__aexit__(None, None, None))


def _rank(value: Any, path: Sequence[str]) -> tuple[int, Any]:
    if path == ("spec", "at"):
        value = None if value is None else instant(value)
    if value is None:
        return 0, 0
    family = 3 if isinstance(value, bool) else 1 if isinstance(value, int | float) else 2
    return family, value if not isinstance(value, datetime.datetime) else value.timestamp()


def _expected(resources: list[Resource], where: Condition | None, order: Sequence[Order]) -> list[tuple[str, str]]:
    """Return what a list is, by the rules alone: stable sorts from the last term to the first."""
    found = [one for one in resources if where is None or decider(where)({"metadata": one.metadata, **one.body})]
    kept = [term for at, term in enumerate(order) if term.path not in [earlier.path for earlier in order[:at]]]
    tie = bool(kept) and kept[-1].descending
    found.sort(key=lambda one: (one.metadata["namespace"], one.metadata["name"]), reverse=tie)
    for term in reversed(kept):
        section, name = term.path
        whole = (lambda one: one.metadata) if section == "metadata" else (lambda one: one.body["spec"])
        found.sort(key=lambda one: _rank(whole(one).get(name), term.path), reverse=term.descending)
    return [_name(one) for one in found]


def _name(resource: Resource) -> tuple[str, str]:
    return resource.metadata["namespace"], resource.metadata["name"]


async def _pages(server: Server, kind: str, size: int, *, backward: bool, **query: Any) -> list[Page]:
    pages = [await server.list(kind, with_total=True, **{"last" if backward else "first": size}, **query)]
    while pages[-1].has_previous if backward else pages[-1].has_next:
        cursors = pages[-1].cursors
        edge = {"last": size, "before": cursors[0]} if backward else {"first": size, "after": cursors[-1]}
        pages.append(await server.list(kind, **edge, **query))
    return pages


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    where=st.none() | conditions,
    order=orders,
    size=st.integers(3, 40),
    backward=st.booleans(),
    namespace=st.sampled_from([None, None, "ns1"]),
)
def test_a_list_is_what_it_would_be_without_indexes(
    laws: Laws, where: Condition | None, order: tuple[Order, ...], size: int, backward: bool, namespace: str | None
) -> None:
    chosen = [one for one in laws.resources if namespace in (None, one.metadata["namespace"])]
    expected = _expected(chosen, where, order)
    for kind in ("Ready", "Building"):
        asked = _pages(laws.server, kind, size, backward=backward, where=where, order=order, namespace=namespace)
        pages = laws.runner.run(asked)
        found = [_name(one) for page in (pages[::-1] if backward else pages) for one in page.resources]
        assert found == expected, kind
        assert pages[0].total == len(expected), kind


def test_a_cursor_that_was_made_without_an_index_goes_on_with_it(laws: Laws) -> None:
    async def check() -> None:
        order = (Order(("spec", "at")), Order(("spec", "text")), Order(("spec", "flag")))
        before = await laws.server.list("Building", order=order, first=9)
        whole = names(await laws.server.list("Building", order=order, first=500))
        builder = type(laws.server.indexing)(laws.server.store, laws.server.registry, outdated_seconds=0)
        assert await builder.build("Building")
        assert not laws.server.registry.unfinished
        rest = await laws.server.list("Building", order=order, first=500, after=before.cursors[-1])
        assert names(before) + names(rest) == whole

    laws.runner.run(check())
