"""Drawn definitions and resources on a real server, over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputObjectType, Undefined
from graphql.utilities import coerce_input_value
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.cli.inputs import to_input
from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused
from schema_builder.snapshot import base_snapshot
from tests.fuzz.instances import instances
from tests.fuzz.profile import EXAMPLES, fuzzed
from tests.fuzz.schemas import mutated, real_documents
from tests.schema_builder.drawn import select_everything
from tests.support.serving import GraphqlFailed

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
REFUSALS = {"BAD_USER_INPUT", "INVALID", "LIMIT_EXCEEDED"}
COUNT = max(10, EXAMPLES // 20)


def samples() -> list[tuple[Any, Any]]:
    """Return drawn pairs of a schema and a spec."""
    drawn: list[tuple[Any, Any]] = []

    def values(schema: Any) -> st.SearchStrategy[Any]:
        return st.none() if compiled({"kind": "Drawn", "schema": schema}) is None else instances(schema)

    documents = real_documents() | mutated(real_documents()).filter(is_json)

    @settings(fuzzed(COUNT), max_examples=COUNT, phases=[Phase.generate])
    @given(documents.flatmap(lambda schema: st.tuples(st.just(schema), values(schema))))
    def collect(pair: tuple[Any, Any]) -> None:
        drawn.append(pair)

    collect()
    return drawn


def is_json(value: Any) -> bool:
    """Tell whether a client can write a value: some numbers of Python are none of JSON."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def compiled(spec: Any) -> CompiledKind | None:
    try:
        return compile_kind(parse_definition(spec, name=None))
    except DefinitionRefused:
        return None


async def errors_of(server: RunningServer, query: str, value: Any) -> list[dict[str, Any]]:
    """Return the errors of a mutation, each with a code that an input may cause."""
    errors: list[dict[str, Any]] = []
    try:
        await server.graphql(query, {"input": value})
    except GraphqlFailed as failed:
        errors = failed.errors
    assert {error["extensions"]["code"] for error in errors} <= REFUSALS, errors
    return errors


async def test_what_is_drawn_is_served_or_refused_over_http_as_it_is_in_the_schema_builder(
    server: RunningServer,
) -> None:
    created = 0
    for number, (schema, value) in enumerate(await asyncio.to_thread(samples)):
        spec = {"kind": f"Drawn{number}", "schema": schema}
        kind = compiled(spec)
        errors = await errors_of(server, DEFINE, {"spec": spec})
        assert (kind is None) == bool(errors), (spec, errors)
        if kind is not None:
            created += await write_and_read(server, kind, value)
    assert created


def judged(kind: CompiledKind, coerced: Any) -> tuple[dict[str, Any], list[Any]]:
    """Return the body that an input makes, and what is wrong with it, as the schema builder finds it."""
    if coerced is Undefined:
        return {}, ["is no input"]
    body = kind.body.complete({name: part for name, part in coerced.items() if name != "metadata"})
    return body, kind.body.failures(body)


async def write_and_read(server: RunningServer, kind: CompiledKind, value: Any) -> bool:
    """Create a resource by the typed mutation and read all of it; return whether it was created."""
    names = kind.names
    input_type = kind.type(names.create_input)
    assert isinstance(input_type, GraphQLInputObjectType)
    given_input = to_input({"metadata": {"name": "it"}, "spec": value}, input_type)
    create = f"mutation($input: {names.create_input}!) {{ {names.create}(input: $input) {{ id }} }}"
    errors = await errors_of(server, create, given_input.value)
    body, failures = judged(kind, coerce_input_value(given_input.value, input_type))
    assert (not failures) == (not errors), (errors, failures, value, kind.definition.schema_of("spec"))
    if errors:
        return False
    fields = select_everything(base_snapshot().with_kind(kind).schema, kind.type(names.type_name), depth=4)
    data = await server.graphql(f'{{ {names.singular_field}(name: "it"){fields} }}')
    raw = (await server.graphql(f'{{ {names.singular_field}(name: "it") {{ raw }} }}'))[names.singular_field]["raw"]
    assert data[names.singular_field]["metadata"]["name"] == "it"
    assert raw.get("spec") == kind.body.redact(body).get("spec")
    return True
