"""Hostile documents of requests, without a server around what executes them."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.transport.parameters import GraphQLRequest
from tests.transport.support import Shelf


def nested(levels: int) -> str:
    return '{ widget(name: "a") { spec { limits ' + "{ inner " * levels + "{ maxConns }" + "}" * levels + " } } }"


BOMB = "{ ...F0 } " + " ".join(f"fragment F{at} on Query {{ ...F{at + 1} ...F{at + 1} }}" for at in range(40))
EMPTY_BOMB = BOMB + " fragment F40 on Query { }"
FULL_BOMB = BOMB + " fragment F40 on Query { __typename }"
CYCLES = "{ ...A0 } " + " ".join(
    f"fragment A{at} on Query {{ " + " ".join(f"...A{to}" for to in range(30)) + " }" for at in range(30)
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (nested(100), "LIMIT_EXCEEDED"),
        ("{ " + " ".join(f"a{at}: __typename" for at in range(500)) + " }", "LIMIT_EXCEEDED"),
        ("{ " + "__typename " * 5_000 + "}", "LIMIT_EXCEEDED"),
        ('{ widget(name: "a") { ' + "id " * 5_000 + "} }", "LIMIT_EXCEEDED"),
        ("{ a " * 60_000, "LIMIT_EXCEEDED"),
        (" " * 2_000_000, "LIMIT_EXCEEDED"),
        ("# " + "x" * 2_000_000, "LIMIT_EXCEEDED"),
        (FULL_BOMB, "LIMIT_EXCEEDED"),
        (EMPTY_BOMB, "LIMIT_EXCEEDED"),
        (CYCLES, "LIMIT_EXCEEDED"),
        (" ".join(f"query Q{at} {{ __typename }}" for at in range(2_000)), "LIMIT_EXCEEDED"),
        ("{" * 10_000, "GRAPHQL_PARSE_FAILED"),
        ("{ echo(value: " + "[" * 10_000 + " }", "LIMIT_EXCEEDED"),
        ("{ " + "__typename @skip(if: false) " * 3 + "@x" * 5_000 + " }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nope(" + " ".join(f"a{at}: 1" for at in range(5_000)) + ") }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "GRAPHQL_VALIDATION_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("\x00", "GRAPHQL_PARSE_FAILED"),
        ('{ widget(name: "\\uD800") { id } }', "GRAPHQL_PARSE_FAILED"),
    ],
)
async def test_a_hostile_document_is_refused_soon_and_holds_nobody_up(query: str, code: str) -> None:
    shelf = Shelf()
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - began)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    began = time.perf_counter()
    result = await shelf.engine().execute(GraphQLRequest(query, size_bytes=len(query)))
    assert {error["extensions"]["code"] for error in result.errors} == {code}
    assert time.perf_counter() - began < 20  # linear work: far less on a machine that has nothing else to do
    ticking.cancel()
    assert longest < 1
