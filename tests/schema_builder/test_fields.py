"""Root fields: what they ask the backend for, and what they refuse before."""

# ruff: noqa: E501, RUF001 - tables read best in one line a case, and digits of other scripts are cases
from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import parse, subscribe, validate

from schema_builder.backend import EventType, ListQuery, Order, Resource, WatchEvent, WatchQuery
from schema_builder.compile import Operation
from schema_builder.conditions import Comparison, Field
from schema_builder.errors import KindgraphError
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import MemoryBackend, Scope, compile_spec, run

SPEC = {
    "type": "object",
    "required": ["host"],
    "properties": {"host": {"type": "string"}, "port": {"type": "integer", "default": 80}, "x-y": {"type": "string"}},
}
KIND = compile_spec({"kind": "Foo", "schema": SPEC, "indexes": [{"fields": ["spec.port"]}]})
CLUSTER = compile_spec({"kind": "Bar", "schema": SPEC, "scope": "CLUSTER"})
SCHEMA = base_snapshot().with_kind(KIND).with_kind(CLUSTER).schema
RESOURCE = Resource("Foo", {"name": "a", "namespace": "n", "uid": "u"}, {"spec": {"host": "h"}})


def ask(document: str, **variables: Any) -> Any:
    """Run a document and return the only thing that the backend was asked."""
    assert validate(SCHEMA, parse(document)) == []
    backend = MemoryBackend({"Foo": [RESOURCE], "Bar": [RESOURCE._replace(kind="Bar")]})
    _, errors = run(SCHEMA, document, backend, variables)
    assert errors == []
    (asked,) = backend.asked
    return asked


def refuse(document: str, **variables: Any) -> str:
    backend = MemoryBackend({"Foo": [RESOURCE]})
    _, errors = run(SCHEMA, document, backend, variables)
    assert backend.asked == []
    assert len(errors) == 1
    return errors[0]


def test_one_resource_is_asked_for_by_name_and_namespace() -> None:
    assert ask('{ foo(name: "a") { id } }') == ("get", "Foo", {"name": "a", "namespace": None})
    assert ask('{ foo(name: "a", namespace: "n") { id } }') == ("get", "Foo", {"name": "a", "namespace": "n"})


def test_cluster_scoped_kinds_know_no_namespace() -> None:
    for operation in Operation:
        for field in CLUSTER.fields(operation).values():
            assert "namespace" not in field.args
    assert ask('{ bar(name: "a") { id } }') == ("get", "Bar", {"name": "a", "namespace": None})


def test_a_list_without_arguments_asks_for_everything() -> None:
    assert ask("{ foos { nodes { id } } }") == ("list", "Foo", ListQuery())


def test_every_argument_of_a_list_arrives() -> None:
    asked = ask(
        """query($where: FooFilter) {
             foos(namespace: "n", where: $where, labelSelector: "a=b", orderBy: [SPEC_PORT_DESC, NAME_ASC], first: 7,
                  after: "x", before: "y", resourceVersion: "123") { totalCount } }""",
        where={"spec": {"x_y": {"eq": "v"}}},
    )
    assert asked[2] == ListQuery(
        namespace="n",
        where=Field("spec", Field("x-y", Comparison("eq", "v"))),
        label_selector="a=b",
        order=(Order(("spec", "port"), descending=True), Order(("metadata", "name"))),
        first=7,
        after="x",
        before="y",
        position=123,
        with_total=True,
    )


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        ("{ totalCount }", True),
        ("{ nodes { id } }", False),
        ("{ nodes { totalCount: id } }", False),
        ("{ count: totalCount }", True),
        ("{ ... on FooConnection { totalCount } }", True),
        ("{ ...F }", True),
        ("{ ... { ...F } }", True),
    ],
)
def test_the_total_is_only_counted_where_it_is_selected(selection: str, wanted: bool) -> None:
    fragment = "fragment F on FooConnection { totalCount }" if "...F" in selection else ""
    assert ask(f"{{ foos {selection} }} {fragment}")[2].with_total is wanted


@pytest.mark.parametrize("arguments", ["first: -1", "first: 501", "last: 501", "last: -5"])
def test_page_sizes_outside_their_bounds_are_refused(arguments: str) -> None:
    assert "first" in refuse(f"{{ foos({arguments}) {{ nodes {{ id }} }} }}") or "last" in arguments


@pytest.mark.parametrize("size", [0, 1, 500])
def test_page_sizes_within_their_bounds_are_taken(size: int) -> None:
    assert ask(f"{{ foos(first: {size}) {{ nodes {{ id }} }} }}")[2].first == size
    assert ask(f"{{ foos(last: {size}) {{ nodes {{ id }} }} }}")[2].last == size


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1.5", "01", " 1", "1 ", "9223372036854775808", "9" * 5000, "0x10", "١"]
)
def test_an_unreadable_position_is_refused(text: str) -> None:
    assert "resourceVersion" in refuse("query($v: String) { foos(resourceVersion: $v) { nodes { id } } }", v=text)


def test_a_readable_position_is_a_number_of_64_bits() -> None:
    query = "query($v: String) { foos(resourceVersion: $v) { nodes { id } } }"
    assert ask(query, v="9223372036854775807")[2].position == 2**63 - 1
    assert ask(query, v=None)[2].position is None


def test_an_unreadable_filter_is_refused_by_its_own_field_alone() -> None:
    backend = MemoryBackend({"Foo": [RESOURCE]})
    query = "query($w: FooFilter) { bad: foos(where: $w) { totalCount } good: foos { totalCount } }"
    data, errors = run(SCHEMA, query, backend, {"w": {"spec": {"port": {"gt": None}}}})
    assert data["bad"] is None
    assert data["good"] == {"totalCount": 1}
    assert len(errors) == 1


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        (
            'mutation { createFoo(input: {metadata: {name: "a", labels: {x: "y"}}, spec: {host: "h", x_y: "v"}}) { id } }',
            (
                "create",
                "Foo",
                {"metadata": {"name": "a", "labels": {"x": "y"}}, "spec": {"host": "h", "port": 80, "x-y": "v"}},
                {"dry_run": False},
            ),
        ),
        (
            'mutation { replaceFoo(input: {metadata: {name: "a", resourceVersion: "7"}, spec: {host: "h"}}, dryRun: true) { id } }',
            (
                "replace",
                "Foo",
                {"metadata": {"name": "a", "resourceVersion": "7"}, "spec": {"host": "h", "port": 80}},
                {"dry_run": True},
            ),
        ),
        (
            'mutation { applyFoo(input: {metadata: {name: "a"}, spec: {x_y: null}}) { id } }',
            ("apply", "Foo", {"metadata": {"name": "a"}, "spec": {"x-y": None}}, {"dry_run": False}),
        ),
        (
            'mutation { updateFoo(name: "a", patch: {metadata: {labels: {x: null}}, spec: {port: 5}}, resourceVersion: "7") { id } }',
            (
                "update",
                "Foo",
                {"metadata": {"labels": {"x": None}}, "spec": {"port": 5}},
                {"name": "a", "namespace": None, "resource_version": "7", "dry_run": False},
            ),
        ),
        (
            'mutation { updateFooStatus(name: "a", namespace: "n", status: {any: [1]}) { id } }',
            (
                "update_status",
                "Foo",
                {"any": [1]},
                {"name": "a", "namespace": "n", "resource_version": None, "dry_run": False},
            ),
        ),
        (
            'mutation { deleteFoo(name: "a", dryRun: true) { id } }',
            (
                "delete",
                "Foo",
                {"name": "a", "namespace": None, "resource_version": None, "dry_run": True, "propagation": None},
            ),
        ),
    ],
)  # fmt: skip
def test_a_mutation_hands_over_plain_data_with_original_names(document: str, asked: Any) -> None:
    assert ask(document) == asked


def test_all_root_queries_and_mutations_are_nullable() -> None:
    for operation in (Operation.QUERY, Operation.MUTATION):
        for name, field in SCHEMA.get_type(operation.value).fields.items():
            assert not str(field.type).endswith("!"), name


def test_defaults_of_arguments_are_shown() -> None:
    watch = SCHEMA.subscription_type.fields["watchFoos"].args
    assert str(watch["bookmarks"].default.literal.value) == "True"
    assert str(watch["sendInitialEvents"].default.literal.value) == "False"
    for name, field in KIND.fields(Operation.MUTATION).items():
        assert field.args["dryRun"].default.literal.value is False, name


class Watching(MemoryBackend):
    """A backend whose watches deliver one event."""

    def watch(self, _scope: Any, kinds: Any, query: Any) -> Any:
        self.asked.append(([kind.name for kind in kinds], query))
        return self.events()

    def schema_changes(self, _scope: Any) -> Any:
        return self.changes()

    async def events(self) -> Any:
        yield WatchEvent(EventType.ADDED, 5, RESOURCE)

    async def changes(self) -> Any:
        yield {"fingerprint": "f", "kinds": ["Foo"]}


async def first_event(document: str, backend: Watching) -> Any:
    assert validate(SCHEMA, parse(document)) == []
    stream = subscribe(SCHEMA, parse(document), context_value=Scope(backend))
    stream = await stream if asyncio.iscoroutine(stream) else stream
    if not hasattr(stream, "__aiter__"):
        raise stream.errors[0].original_error
    return await anext(aiter(stream))


async def test_a_watch_of_a_kind_delivers_its_events() -> None:
    backend = Watching()
    result = await first_event(
        'subscription { watchFoos(namespace: "n", name: "a", where: {spec: {host: {eq: "h"}}}, labelSelector: "x", '
        'resourceVersion: "4", bookmarks: false) { type resourceVersion object { spec { host } } previous { id } changedPaths } }',
        backend,
    )
    where = Field("spec", Field("host", Comparison("eq", "h")))
    query = WatchQuery(namespace="n", name="a", where=where, label_selector="x", position=4, bookmarks=False)
    assert backend.asked == [(["Foo"], query)]
    assert result.errors is None
    assert result.data["watchFoos"] == {
        "type": "ADDED",
        "resourceVersion": "5",
        "object": {"spec": {"host": "h"}},
        "previous": None,
        "changedPaths": [],
    }


async def test_a_watch_of_several_kinds_delivers_resources_of_all() -> None:
    backend = Watching()
    result = await first_event(
        'subscription { watchResources(kinds: ["Bar", "Foo", "Bar"], sendInitialEvents: true) '
        "{ type resourceVersion object { __typename kind ... on Foo { spec { host } } } } }",
        backend,
    )
    assert backend.asked == [(["Bar", "Foo"], WatchQuery(send_initial_events=True))]
    assert result.data["watchResources"]["object"] == {"__typename": "Foo", "kind": "Foo", "spec": {"host": "h"}}


@pytest.mark.parametrize(
    "arguments", ["kinds: []", 'kinds: ["Nobody"]', 'kinds: ["Foo"], resourceVersion: ""', 'kinds: ["foo"]']
)
async def test_a_watch_of_several_kinds_refuses_what_it_cannot_read(arguments: str) -> None:
    with pytest.raises(KindgraphError):
        await first_event(f"subscription {{ watchResources({arguments}) {{ type }} }}", Watching())


async def test_a_watch_that_names_no_kinds_is_one_of_all() -> None:
    backend = Watching()
    await first_event("subscription { watchResources { type } }", backend)
    assert backend.asked == [([], WatchQuery())]


async def test_schema_changes_are_delivered() -> None:
    result = await first_event("subscription { schemaChanges { fingerprint kinds } }", Watching())
    assert result.data == {"schemaChanges": {"fingerprint": "f", "kinds": ["Foo"]}}


def test_nodes_come_in_the_order_of_their_ids_and_not_without_bound() -> None:
    assert ask('{ nodes(ids: ["a", "b"]) { id } }') == ("nodes", ["a", "b"])
    assert "at most 500" in refuse("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 501)


def test_any_resource_is_found_by_the_name_of_its_kind() -> None:
    asked = ask('{ resource(kind: "Foo", name: "a", namespace: "n") { raw } }')
    assert asked == ("find", "Foo", {"name": "a", "namespace": "n"})
    assert ask('{ resource(kind: "Foo", name: "a") { raw } }')[2] == {"name": "a", "namespace": None}
