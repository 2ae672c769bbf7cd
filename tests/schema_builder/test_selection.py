"""A compiled selection equals graphql-core."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse, validate
from graphql.execution import Executor
from graphql.execution.values import get_variable_values
from graphql.pyutils import Path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.transport.documents import Document
from app.transport.parameters import GraphQLRequest
from app.transport.plans import PlannedExecutor
from schema_builder.backend import Page, Resource
from tests.transport.support import HandmadeSnapshot, Shelf, make_kind

LEAVES = ["host", "x_y", "port", "weight", "tls", "colour", "tags", "matrix", "extra"]
VARIABLES = "($yes: Boolean! = true, $no: Boolean! = false)"


def aliased(name: str) -> st.SearchStrategy[str]:
    """A field, perhaps under an alias that only fields of the same meaning share."""
    return st.sampled_from([name, f"{name}_1: {name}", f"{name}_2: {name}"])


directives = st.sampled_from(
    ["", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: $no) @skip(if: $no)"]
)


def selection(fields: st.SearchStrategy[str], conditions: list[str], *, wrap: int = 1) -> st.SearchStrategy[str]:
    """A selection set of some fields, with nested inline fragments."""
    item = st.builds(_directed, fields, directives)
    if wrap:
        inner = selection(fields, conditions, wrap=wrap - 1)
        fragment = st.builds(
            lambda condition, directive, body: f"...{condition}{directive} {body}",
            st.sampled_from(["", *(f" on {condition}" for condition in conditions)]),
            directives,
            inner,
        )
        item = st.one_of(item, item, fragment)
    return st.lists(item, min_size=1, max_size=5).map(lambda items: "{ __typename " + " ".join(items) + " }")


def _directed(text: str, directive: str) -> str:
    head, brace, body = text.partition(" {")
    return f"{head}{directive}{brace}{body}"


def nested(name: str, body: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda head, text: f"{head} {text}", aliased(name), body)


limits = st.deferred(
    lambda: selection(
        st.one_of(aliased("maxConns"), aliased("maxConns"), nested("inner", limits)), ["WidgetSpecLimits"], wrap=0
    )
)
transports = st.sampled_from(
    [
        "{ __typename }",
        "{ ... on WidgetSpecTcp { backlog } }",
        "{ ... on WidgetSpecUdp { t: ttl } ... on WidgetSpecTcp { __typename } }",
    ]
)
spec = selection(
    st.one_of(
        st.sampled_from(LEAVES).flatmap(aliased),
        nested("limits", limits),
        nested("pools", limits),
        nested("transport", transports),
    ),
    ["WidgetSpec"],
)
meta = selection(st.sampled_from(["name", "namespace", "labels", "generation"]).flatmap(aliased), ["ObjectMeta"])
widget = selection(
    st.one_of(st.sampled_from(["id", "kind", "raw"]).flatmap(aliased), nested("metadata", meta), nested("spec", spec)),
    ["Widget"],
)
node = st.builds(
    lambda head, body, tail: f"{{ {head} ... on Widget {body} ... on Resource {{ {tail} }} }}",
    aliased("id"),
    widget,
    st.sampled_from(["kind", "m: metadata { name }", "__typename"]),
)
page = selection(
    st.one_of(
        aliased("totalCount"),
        nested("nodes", widget),
        nested("edges", selection(st.one_of(aliased("cursor"), nested("node", widget)), ["WidgetEdge"], wrap=0)),
        nested("pageInfo", selection(st.sampled_from(["hasNextPage", "endCursor"]).flatmap(aliased), ["PageInfo"])),
    ),
    ["WidgetConnection"],
)

numbers = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1))
stored_limits = st.recursive(
    st.fixed_dictionaries({}, optional={"maxConns": numbers}),
    lambda inner: st.fixed_dictionaries({"inner": st.one_of(st.none(), inner)}, optional={"maxConns": numbers}),
    max_leaves=4,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "host": st.one_of(st.none(), st.text(max_size=3)),
        "x-y": st.text(max_size=2),
        "port": numbers,
        "weight": st.one_of(numbers, st.floats(allow_nan=False, allow_infinity=False)),
        "tls": st.one_of(st.none(), st.booleans()),
        "colour": st.sampled_from(["RED", "BLUE", None]),
        "tags": st.one_of(st.none(), st.lists(st.one_of(st.none(), st.text(max_size=2)), max_size=3)),
        "matrix": st.lists(st.one_of(st.none(), st.lists(numbers, max_size=2)), max_size=2),
        "limits": st.one_of(st.none(), stored_limits),
        "pools": st.lists(st.one_of(st.none(), stored_limits), max_size=3),
        "transport": st.sampled_from([None, {"type": "tcp", "backlog": 3}, {"type": "udp"}]),
        "extra": st.sampled_from([None, {"a": [1, None]}, "text", 5]),
    },
)
resources = st.builds(
    lambda name, body: Resource("Widget", {"name": name, "generation": 1, "labels": {"a": "b"}}, {"spec": body}),
    st.text("abc", min_size=1, max_size=3),
    st.one_of(st.none(), bodies),
)

SCHEMA = HandmadeSnapshot({"Widget": make_kind()}).schema


USE = "used: __typename @include(if: $yes) @skip(if: $no)"
"""Uses both variables, as validation demands."""


def both(query: str, results: dict[str, Any], variables: dict[str, Any] | None = None) -> tuple[Any, Any]:
    """Complete root fields by graphql-core and by the plan: ``((data, errors), (data, errors))``."""
    document = parse(query)
    assert validate(SCHEMA, document) == []
    checked = Document(query, document, SCHEMA)
    operation = checked.operation(None)
    coerced = get_variable_values(SCHEMA, operation.node.variable_definitions or (), variables or {})
    assert not isinstance(coerced, list)
    plan = checked.plan(SCHEMA, operation, coerced)
    plan.compile()

    def answer(executor: Executor[Any]) -> Any:
        data = {}
        for name, result in results.items():
            details = plan.root_fields[name]
            field = plan.root_type.fields[details[0].node.name.value]
            path = Path(None, name, "Query")
            info = executor.build_resolve_info(field, [details[0].node], plan.root_type, path)
            data[name] = executor.complete_value(field.type, details, info, path, result, None)
            assert plan.selection(field.type, details) is not None, name
        return data, executor.collected_errors.errors

    scope: Any = None
    plain = Executor.build(SCHEMA, document, raw_variable_values=variables)
    assert not isinstance(plain, list)
    planned = PlannedExecutor(SCHEMA, operation=operation, plan=plan, variables=coerced, scope=scope)
    return answer(plain), answer(planned)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(widget, page, st.lists(resources, max_size=3), st.booleans(), st.booleans())
def test_a_compiled_selection_equals_graphql_core(
    one: str, many: str, stored: list[Resource], yes: bool, no: bool
) -> None:
    query = f'query {VARIABLES} {{ {USE} widget(name: "x") {one} widgets {many} }}'
    connection = Page(stored, [str(at) for at in range(len(stored))], False, True, None, 5)
    results = {"widget": stored[0] if stored else None, "widgets": connection}
    plain, planned = both(query, results, {"yes": yes, "no": no})
    assert planned == plain
    assert repr(planned) == repr(plain)  # the order of fields too


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(node, resources)
def test_a_compiled_selection_on_an_interface_equals_graphql_core(selected: str, stored: Resource) -> None:
    plain, planned = both(f'query {VARIABLES} {{ {USE} node(id: "x") {selected} }}', {"node": stored})
    assert repr(planned) == repr(plain)


def test_fragments_are_merged_as_graphql_core_merges_them() -> None:
    query = """
        { node(id: "x") { ...A ...B ... on Resource { metadata { generation } } } }
        fragment A on Resource { kind metadata { name ...M } }
        fragment B on Widget { metadata { labels ...M } spec { limits { maxConns } } ...C }
        fragment C on Widget { spec { host limits { inner { maxConns } } } ...A }
        fragment M on ObjectMeta { namespace }
    """
    body = {"spec": {"host": "h", "limits": {"maxConns": 1, "inner": {"maxConns": 2}}}}
    stored = Resource("Widget", {"name": "x", "generation": 1, "labels": {}}, body)
    plain, planned = both(query, {"node": stored})
    assert repr(planned) == repr(plain)
    assert planned[0]["node"]["spec"] == {"limits": {"maxConns": 1, "inner": {"maxConns": 2}}, "host": "h"}


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        ({"port": "text"}, "port"),
        ({"port": 2**40}, "port"),
        ({"port": {"a": 1}}, "port"),
        ({"weight": "x"}, "weight"),
        ({"weight": float("inf")}, "weight"),
        ({"tls": "yes"}, "tls"),
        ({"colour": "GREEN"}, "colour"),
        ({"colour": ["RED"]}, "colour"),
        ({"host": {"a": 1}}, "host"),
        ({"tags": "text"}, "tags"),
        ({"tags": 5}, "tags"),
        ({"limits": 5}, "limits { maxConns }"),
        ({"limits": [1]}, "limits { maxConns }"),
        ({"pools": {"a": 1}}, "pools { maxConns }"),
    ],
)
async def test_a_stored_value_that_its_type_cannot_say_is_null_without_an_error(
    stored: dict[str, Any], field: str
) -> None:
    query = f'{{ widget(name: "x") {{ spec {{ {field} }} }} }}'
    result = await answered(query, {"spec": stored})
    assert result.data == {"widget": {"spec": {field.split(maxsplit=1)[0]: None}}}
    assert not result.errors


async def answered(query: str, body: dict[str, Any]) -> Any:
    shelf = Shelf()
    shelf.resources["Widget/x"] = Resource("Widget", {"name": "x", "generation": 1}, body)
    return await shelf.engine().execute(GraphQLRequest(query))


async def test_a_null_where_the_envelope_has_none_is_an_error_at_its_path() -> None:
    shelf = Shelf()
    shelf.put("good", port=1)
    shelf.resources["Widget/bad"] = Resource("Widget", {"name": "bad"}, {"spec": {"port": 2}})
    result = await shelf.engine().execute(
        GraphQLRequest("{ widgets { nodes { metadata { generation } spec { port } } } }")
    )
    assert result.data == {"widgets": {"nodes": [{"metadata": {"generation": 1}, "spec": {"port": 1}}, None]}}
    assert [error["path"] for error in result.errors] == [["widgets", "nodes", 1, "metadata", "generation"]]
    assert result.errors[0]["extensions"]["code"] == "INTERNAL"
