"""The cache of documents, and what is refused before it is validated."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from graphql import get_introspection_query

from app.transport.parameters import GraphQLRequest
from tests.transport.support import Shelf, make_kind


async def codes(shelf: Shelf, query: str, **limits: Any) -> set[str]:
    """Return the codes that a query is answered with."""
    result = await shelf.engine(**limits).execute(GraphQLRequest(query, size_bytes=len(query)))
    return {error["extensions"]["code"] for error in result.errors}


async def test_a_document_is_validated_once() -> None:
    engine = Shelf().engine()
    for _ in range(3):
        await engine.execute(GraphQLRequest("{ __typename }"))
    assert (engine.documents.misses, engine.documents.hits) == (1, 2)


async def test_another_kind_leaves_the_cache_as_it_is() -> None:
    shelf = Shelf()
    shelf.put("a", port=1)
    engine = shelf.engine()
    request = GraphQLRequest('{ widget(name: "a") { spec { port } } node(id: "Widget/a") { ... on Widget { kind } } }')
    first = await engine.execute(request)
    shelf.define(make_kind("Gadget"))
    assert (await engine.execute(request)).data == first.data
    assert (engine.documents.misses, engine.documents.hits) == (1, 1)


async def test_a_changed_kind_is_validated_again() -> None:
    shelf = Shelf()
    engine = shelf.engine()
    request = GraphQLRequest('{ widget(name: "a") { spec { size } } }')
    assert (await engine.execute(request)).errors
    shelf.define(make_kind(more={"size": make_kind().types[0].fields["kind"].type}))
    assert not (await engine.execute(request)).errors
    shelf.define(make_kind())
    assert (await engine.execute(request)).errors


async def test_an_interface_knows_kinds_that_were_defined_later() -> None:
    shelf = Shelf()
    engine = shelf.engine()
    request = GraphQLRequest('{ node(id: "Gadget/a") { id } }')
    assert (await engine.execute(request)).data == {"node": None}
    shelf.define(make_kind("Gadget"))
    shelf.put("a", "Gadget")
    assert (await engine.execute(request)).data == {"node": {"id": "Gadget/a"}}


async def test_an_unknown_field_is_looked_up_in_the_stored_definitions_first() -> None:
    shelf = Shelf()
    asked = 0

    async def refresh() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            shelf.define(make_kind("Gadget"))

    engine = shelf.engine(refresh=refresh)
    request = GraphQLRequest('{ gadget(name: "a") { id } }')
    assert (await engine.execute(request)).errors
    assert (await engine.execute(request)).data == {"gadget": None}
    await engine.execute(request)
    assert asked == 2


async def test_the_cache_is_bounded() -> None:
    shelf = Shelf()
    engine = shelf.engine(max_cached_documents=10, max_cached_document_bytes=200)
    for at in range(50):
        await engine.execute(GraphQLRequest(f"{{ a{at}: __typename }}"))
        assert len(engine.documents) <= 10
    await engine.execute(GraphQLRequest("{ __typename }" + " " * 500))
    assert len(engine.documents) == 0


@pytest.mark.parametrize("toggle", [True, False])
async def test_skip_and_include_are_decided_for_each_request(toggle: bool) -> None:
    engine = Shelf().engine()
    query = "query($t: Boolean!) { a: __typename @skip(if: $t) b: __typename @include(if: $t) }"
    for value in (toggle, not toggle, toggle):
        result = await engine.execute(GraphQLRequest(query, {"t": value}))
        assert result.data == ({"b": "Query"} if value else {"a": "Query"})


def nested(levels: int) -> str:
    return '{ widget(name: "a") { spec { limits ' + "{ inner " * levels + "{ maxConns }" + "}" * levels + " } } }"


async def test_deep_and_wide_documents_of_real_use_are_served() -> None:
    shelf = Shelf()
    shelf.put("a", limits={"inner": {"inner": {"maxConns": 1}}})
    assert await codes(shelf, nested(25)) == set()
    assert await codes(shelf, get_introspection_query()) == set()
    wide = '{ widget(name: "a") { spec { ' + " ".join(f"f{at}: port" for at in range(5_000)) + " } } }"
    assert await codes(shelf, wide) == set()


async def test_a_typo_gets_a_suggestion() -> None:
    result = await Shelf().engine().execute(GraphQLRequest('{ widgt(name: "a") { id } }'))
    assert "Did you mean 'widget'" in result.errors[0]["message"]


async def test_a_typo_in_the_name_of_a_type_gets_a_suggestion() -> None:
    for wrong, right in (("WidgetFilte", "WidgetFilter"), ("WidgetSpecInpu", "WidgetSpecInput"), ("Strin", "String")):
        result = await Shelf().engine().execute(GraphQLRequest(f"query Q($a: {wrong}) {{ __typename @skip(if: $a) }}"))
        assert f"Unknown type '{wrong}'. Did you mean '{right}'" in result.errors[0]["message"]


async def test_the_numbers_of_fields_in_errors_are_bounded() -> None:
    result = await Shelf().engine().execute(GraphQLRequest("{ " + " ".join(f"nope{at}" for at in range(190)) + " }"))
    assert len(result.errors) == 21


async def test_documents_that_nobody_sends_any_more_keep_no_old_schema() -> None:
    shelf = Shelf()
    engine = shelf.engine()
    schemas: list[weakref.ref[Any]] = []
    for number in range(200):
        shelf.define(make_kind(f"Gadget{number}"))
        schemas.append(weakref.ref(shelf.snapshot.schema))
        await engine.execute(GraphQLRequest(f'{{ widget(name: "a{number}") {{ spec {{ port }} }} }}'))
        await engine.execute(GraphQLRequest(f'{{ widget(name: "a{number}") {{ broken }} }}'))
    gc.collect()
    assert len(engine.documents) == 400
    assert sum(reference() is not None for reference in schemas) <= 64
