"""Introspection in pieces equals graphql-core's."""

from __future__ import annotations

import asyncio
import json

import pytest
from graphql import get_introspection_query, graphql_sync

from app.transport.parameters import GraphQLRequest
from tests.transport.support import Shelf, make_kind

QUERIES = [
    get_introspection_query(),
    get_introspection_query(
        descriptions=False,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    ),
    """{
        __typename
        __type(name: "Widget") {
            __typename name kind fields(includeDeprecated: true) { name type { ofType { name } } }
        }
    }""",
    '{ a: __type(name: "Nothing") { name } b: __type(name: "Colour") { enumValues { name isDeprecated } } }',
    '{ __type(name: "Resource") { possibleTypes { name } interfaces { name } inputFields { name } } }',
    """
        { __schema { queryType { ...T } mutationType { ...T } types { ...T } } }
        fragment T on __Type { name ... on __Type { t: kind } }
    """,
    """query($d: Boolean = false) {
        __schema {
            directives { name args { name defaultValue type { name } } }
            types { name @include(if: $d) kind }
        }
    }""",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_introspection_equals_graphql_core(query: str) -> None:
    shelf = Shelf({"Widget": make_kind(), "Gadget": make_kind("Gadget")})
    result = await shelf.engine().execute(GraphQLRequest(query))
    expected = graphql_sync(shelf.snapshot.schema, query)
    assert not expected.errors
    assert not result.errors
    assert json.dumps(json.loads(result.encode())["data"]) == json.dumps(expected.data)


async def test_introspection_beside_other_fields_keeps_its_place() -> None:
    shelf = Shelf()
    shelf.put("a")
    query = '{ a: widget(name: "a") { id } __schema { queryType { name } } b: widget(name: "a") { id } }'
    result = await shelf.engine().execute(GraphQLRequest(query))
    assert result.encode() == (
        b'{"data":{"a":{"id":"Widget/a"},"__schema":{"queryType":{"name":"Query"}},"b":{"id":"Widget/a"}}}'
    )


async def test_introspection_follows_the_schema() -> None:
    shelf = Shelf()
    engine = shelf.engine()
    request = GraphQLRequest('{ __type(name: "Gadget") { name } }')
    assert (await engine.execute(request)).encode() == b'{"data":{"__type":null}}'
    shelf.define(make_kind("Gadget"))
    assert (await engine.execute(request)).encode() == b'{"data":{"__type":{"name":"Gadget"}}}'


async def test_variables_tell_introspections_apart() -> None:
    engine = Shelf().engine()
    query = "query($n: String!) { __type(name: $n) { name } }"
    for name in ("Widget", "Query"):
        answer = (await engine.execute(GraphQLRequest(query, {"n": name}))).encode()
        assert answer == b'{"data":{"__type":{"name":"%s"}}}' % name.encode()


async def test_introspection_is_deeper_than_any_use_of_it() -> None:
    query = "{ __schema { types " + "{ fields { type " * 4 + "{ name }" + " } }" * 4 + " } }"
    result = await Shelf().engine().execute(GraphQLRequest(query))
    assert result.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_many_introspections_at_once_are_made_once() -> None:
    engine = Shelf().engine()
    request = GraphQLRequest(get_introspection_query())
    results = await asyncio.gather(*(engine.execute(request) for _ in range(20)))
    assert len({result.encode() for result in results}) == 1
