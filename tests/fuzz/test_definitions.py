"""Any definition is served or refused with reasons; nothing else ever comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLSchema, build_schema, validate_schema
from hypothesis import event, given
from hypothesis import strategies as st

from schema_builder.backend import Resource
from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.sdl import sdl
from schema_builder.snapshot import base_snapshot
from tests.fuzz.instances import instances
from tests.fuzz.profile import fuzzed
from tests.fuzz.schemas import JSON, definitions, mutated, real_documents
from tests.schema_builder.drawn import MemoryBackend, metadata_of, run, select_everything

SPECS = definitions(real_documents())
ANYTHING = st.dictionaries(st.sampled_from(["kind", "schema", "statusSchema", "indexes", "group", "?"]), JSON)


def check_reasons(failures: Sequence[Failure]) -> None:
    """Assert that there are reasons, sorted, each with its place."""
    assert failures
    assert list(failures) == sorted(failures)
    for failure in failures:
        assert failure.path.startswith(("/spec", "/metadata")), failure
        assert failure.keyword, failure
        assert failure.message.strip(": ") == failure.message != "", failure


def check(spec: Any, data: st.DataObject) -> None:
    """Assert that a definition is refused with reasons, or can be published, printed, written and read."""
    try:
        kind = compile_kind(parse_definition(spec, name=None))
    except DefinitionRefused as refused:
        event("refused")
        check_reasons(refused.failures)
        return
    event("served")
    schemas = {name: kind.definition.schema_of(name) for name in kind.definition.sections}
    body = {name: data.draw(instances(schema), label=name) for name, schema in schemas.items()}
    check_writing(kind, body)
    check_reading(kind, body)


def check_writing(kind: CompiledKind, body: Any) -> None:
    """Assert that completing is idempotent, and that failures have their place in the body."""
    completed = kind.body.complete(body)
    assert kind.body.complete(completed) == completed
    for failure in kind.body.failures(completed):
        assert failure.path.startswith("/"), failure
    kind.body.merge_apply(completed, completed)


def check_reading(kind: CompiledKind, body: Any) -> None:
    """Assert that the kind's part of the schema is valid, can be read as text, and says any body without an error."""
    snapshot = base_snapshot().with_kind(kind)
    schema = snapshot.materialized_schema()
    assert validate_schema(schema) == []
    assert isinstance(build_schema(sdl(snapshot)), GraphQLSchema)
    resource = Resource(kind.name, metadata_of("a"), kind.body.redact(body))
    fields = select_everything(schema, schema.type_map[kind.names.type_name], depth=4)
    field = kind.names.singular_field
    backend = MemoryBackend({kind.name: [resource]})
    data, errors = run(snapshot.schema, f'{{ {field}(name: "a") {{ kind raw{fields.removeprefix(" {")} }}', backend)
    assert errors == []
    assert data[field]["__typename"] == kind.names.type_name


@fuzzed(25)
@given(spec=SPECS, data=st.data())
def test_a_definition_like_real_ones_is_refused_with_reasons_or_served(spec: Any, data: st.DataObject) -> None:
    check(spec, data)


@fuzzed(25)
@given(schema=real_documents(), data=st.data())
def test_a_schema_like_real_ones_is_refused_with_reasons_or_served(schema: Any, data: st.DataObject) -> None:
    check({"kind": "Foo", "schema": schema}, data)


@fuzzed(25)
@given(spec=mutated(SPECS), data=st.data())
def test_a_definition_after_an_accident_is_refused_with_reasons_or_served(spec: Any, data: st.DataObject) -> None:
    check(spec if isinstance(spec, dict) else {}, data)


@fuzzed(15)
@given(spec=ANYTHING, data=st.data())
def test_anything_is_refused_with_reasons_or_served(spec: Any, data: st.DataObject) -> None:
    check(spec, data)
