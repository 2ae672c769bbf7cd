"""GraphQL over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from app.errors import Conflict
from schema_builder.errors import KindgraphError
from tests.transport.support import Served, Shelf, serving

RESPONSE = "application/graphql-response+json"


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put("a", host="h", port=1)
    return shelf


@pytest.fixture
async def served(shelf: Shelf) -> AsyncIterator[Served]:
    async with serving(shelf.engine(max_body_bytes=100_000)) as running:
        yield running


async def test_a_query_is_answered(served: Served) -> None:
    response = await served.post('{ widget(name: "a") { id spec { port } } }')
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"widget": {"id": "Widget/a", "spec": {"port": 1}}}}


async def test_a_query_may_come_by_get(served: Served) -> None:
    parameters = {"query": "query($n: String!) { widget(name: $n) { id } }", "variables": '{"n": "a"}'}
    response = await served.client.get(served.url, params=parameters)
    assert response.json() == {"data": {"widget": {"id": "Widget/a"}}}


async def test_a_mutation_may_not_come_by_get(served: Served, shelf: Shelf) -> None:
    query = 'mutation { createWidget(input: {name: "b"}) { id } }'
    response = await served.client.get(served.url, params={"query": query})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert "Widget/b" not in shelf.resources


async def test_a_mutation_tells_its_commit_position(served: Served) -> None:
    query = 'mutation { a: createWidget(input: {name: "b"}) { id } b: createWidget(input: {name: "c"}) { id } }'
    assert (await served.post(query)).json()["extensions"] == {"resourceVersion": "102"}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (RESPONSE, RESPONSE),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        (f"application/json;q=0.5, {RESPONSE};q=0.9", RESPONSE),
        (f"{RESPONSE}, application/json;q=0.9", RESPONSE),
        ("text/html, */*;q=0.1", "application/json"),
    ],
)
async def test_the_media_type_is_negotiated(served: Served, accept: str, answered: str) -> None:
    response = await served.post("{ __typename }", accept=accept)
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert "accept" in response.headers["vary"].lower()


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/json;q=0"])
async def test_a_client_that_accepts_nothing_of_ours_gets_406(served: Served, accept: str) -> None:
    assert (await served.post("{ __typename }", accept=accept)).status_code == 406


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_get_405_with_the_allowed_ones(served: Served, method: str) -> None:
    response = await served.client.request(method, served.url)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin1",
    ],
)
async def test_only_json_in_utf8_is_taken(served: Served, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await served.client.post(served.url, content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415


async def test_a_compressed_body_is_refused(served: Served) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert (await served.client.post(served.url, content=b"x", headers=headers)).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"query": "\\ud800"}',
        b'{"query": NaN}',
        b'{"query": "\xff"}',
        b"[" * 100_000,
        b"5",
        b"{}",
        b'[{"query": "{ __typename }"}]',
        b'{"query": 5}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "x"}',
        b'{"query": "{ __typename }", "operationName": 5}',
        b'{"query": "{ __typename }", "extensions": "x"}',
        b'{"query": "{ __typename }", "variables": {"a": 1e400}}',
    ],
)
async def test_a_body_that_is_no_request_gets_400(served: Served, body: bytes) -> None:
    response = await served.client.post(served.url, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "parameters", ["query=%ff", "", "query={__typename}&query={__typename}", "query={__typename}&variables=[]"]
)
async def test_a_query_string_that_is_no_request_gets_400(served: Served, parameters: str) -> None:
    assert (await served.client.get(f"{served.url}?{parameters}")).status_code == 400


async def test_duplicate_keys_count_last(served: Served) -> None:
    body = b'{"query": "{", "query": "{ __typename }"}'
    response = await served.client.post(served.url, content=body, headers={"content-type": "application/json"})
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("number", [str(2**63), str(-(2**63) - 1), "9" * 50, "9" * 5_000])
async def test_an_integer_outside_64_bits_is_refused_with_its_place(served: Served, number: str) -> None:
    query = "query($v: JSON) { echo(value: $v) }"
    body = f'{{"query": "{query}", "variables": {{"v": {{"a/b": [1, {{"c": {number}}}]}}}}}}'
    response = await served.client.post(served.url, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "retryable": False, "pointer": "/variables/v/a~1b/1/c"}


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**53 + 1])
async def test_integers_of_64_bits_come_back_exactly(served: Served, number: int) -> None:
    query = "query($v: JSON) { echo(value: $v) }"
    response = await served.post(query, {"v": {"n": number, "text": "12345678901234567890", "list": [number]}})
    assert response.json()["data"]["echo"] == {"n": number, "text": "12345678901234567890", "list": [number]}


@pytest.mark.parametrize("literal", [str(2**63), "-9223372036854775809", "{a: [99999999999999999999999]}", "1e400"])
async def test_a_literal_that_would_be_rounded_is_refused(served: Served, literal: str) -> None:
    response = await served.post(f"{{ echo(value: {literal}) }}")
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["locations"]


async def test_a_large_body_gets_413_before_it_is_read_whole(served: Served) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b" " * 10_000
            await asyncio.sleep(0)

    headers = {"content-type": "application/json"}
    response = await served.client.post(served.url, content=b" " * 100_001, headers=headers)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    try:
        response = await served.client.post(served.url, content=chunks(), headers=headers)
        assert response.status_code == 413
    except Exception:
        assert sent < 1_000


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: String!) { widget(name: $n) { id } }", {}, "BAD_USER_INPUT"),
        ("query($n: String!) { widget(name: $n) { id } }", {"n": 5}, "BAD_USER_INPUT"),
        ("query A { __typename } query B { __typename }", None, "BAD_USER_INPUT"),
        ("subscription { watchWidgets { type } }", None, "BAD_USER_INPUT"),
        ("fragment A on Query { ...B } fragment B on Query { ...A } { ...A }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_request_that_cannot_run_is_200_as_json_and_400_as_graphql_response(
    served: Served, query: str, variables: Any, code: str
) -> None:
    for accept, status in (("application/json", 200), (RESPONSE, 400)):
        response = await served.post(query, variables, accept=accept)
        assert response.status_code == status
        assert "data" not in response.json()
        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}
        assert response.json()["errors"][0]["extensions"]["retryable"] is False


async def test_the_named_operation_runs(served: Served) -> None:
    body = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    assert (await served.client.post(served.url, json=body)).json() == {"data": {"b": "Query"}}


async def test_what_is_no_kindgraph_error_leaks_nothing(
    served: Served, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.failure = RuntimeError("mongodb://user:secret@host")
    response = await served.post('{ fail widget(name: "a") { id } }', accept=RESPONSE)
    assert response.status_code == 200
    body = response.json()
    assert body["data"] == {"fail": None, "widget": {"id": "Widget/a"}}
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    assert body["errors"][0]["extensions"]["errorId"] in caplog.text
    assert "secret" in caplog.text


async def test_what_the_database_refused_is_in_the_log(
    served: Served, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.failure = KindgraphError("The database refused a command.")
    shelf.failure.__cause__ = OperationFailure("min must be less than max", code=51174)
    error = (await served.post("{ fail }")).json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["errorId"] in caplog.text
    assert "min must be less than max" in caplog.text


async def test_an_error_of_the_backend_keeps_its_code_and_hides_no_other_field(served: Served, shelf: Shelf) -> None:
    shelf.failure = Conflict("It has changed.", extensions={"resourceVersion": "7"})
    body = (await served.post('mutation { fail createWidget(input: {name: "b"}) { id } }')).json()
    assert body["data"] == {"fail": None, "createWidget": {"id": "Widget/b"}}
    assert body["errors"] == [
        {
            "message": "It has changed.",
            "locations": [{"line": 1, "column": 12}],
            "path": ["fail"],
            "extensions": {"code": "CONFLICT", "retryable": False, "resourceVersion": "7"},
        }
    ]


async def test_a_draining_server_refuses_new_requests_and_finishes_running_ones(served: Served, shelf: Shelf) -> None:
    running = asyncio.create_task(served.post("{ wait }"))
    async with asyncio.timeout(5):
        while not served.engine.counters.running:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    served.engine.begin_drain()
    refused = await served.post("{ __typename }")
    assert refused.status_code == 503
    assert refused.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "retryable": True}
    shelf.gate.set()
    assert (await running).json() == {"data": {"wait": "waited"}}
    await served.engine.drained()


async def test_what_json_cannot_say_is_internal(served: Served) -> None:
    response = await served.post("{ broken }")
    assert response.status_code == 500
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_a_page_of_text_is_served_in_utf8(served: Served) -> None:
    response = await served.post("query($v: JSON) { echo(value: $v) }", {"v": "Zürich 🏃\u0000"})
    assert json.loads(response.content.decode())["data"]["echo"] == "Zürich 🏃\u0000"
