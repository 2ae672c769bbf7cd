"""The law of grafting: any sequence of changes gives the schema that building from scratch gives."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import random

import pytest
from graphql import GraphQLSchema, lexicographic_sort_schema, parse, print_schema, validate, validate_schema

from schema_builder.compile import CompiledKind
from schema_builder.errors import DefinitionRefused
from schema_builder.sdl import sdl
from schema_builder.snapshot import Snapshot, base_snapshot
from tests.schema_builder.drawn import (
    MemoryBackend,
    compile_spec,
    draw_definition,
    draw_input,
    draw_resource,
    run,
    select_everything,
)

STEPS = 10
BATCHES = 20
BATCH_SIZE = 10


def change(snapshot: Snapshot, rng: random.Random) -> Snapshot:
    """Add, replace or remove one drawn kind; a refused one changes nothing."""
    if snapshot.kinds and rng.random() < 0.25:
        return snapshot.without_kind(rng.choice(sorted(snapshot.kinds)))
    try:
        return snapshot.with_kind(compile_spec(draw_definition(rng)))
    except DefinitionRefused:
        return snapshot


def rebuilt(snapshot: Snapshot) -> Snapshot:
    """Build the same kinds again from their definitions, in the order of their names."""
    scratch = base_snapshot()
    for name in sorted(snapshot.kinds):
        scratch = scratch.with_kind(CompiledKind(snapshot.kinds[name].definition))
    return scratch


def documents(schema: GraphQLSchema, kind: CompiledKind, rng: random.Random) -> list[str]:
    """Return documents about one kind, right ones and wrong ones."""
    names = kind.names
    fields = select_everything(schema, schema.type_map[names.type_name], depth=3)
    where = draw_input(rng, schema.type_map[names.filter])
    new = draw_input(rng, schema.type_map[names.create_input])
    patch = draw_input(rng, schema.type_map[names.patch])
    return [
        f'{{ {names.singular_field}(name: "a"){fields} }}',
        f"{{ {names.plural_field}(where: {where}) {{ totalCount nodes {{ id raw }} }} }}",
        f"mutation {{ {names.create}(input: {new}) {{ id }} }}",
        f'mutation {{ {names.update}(name: "a", patch: {patch}) {{ id }} }}',
        f"{{ {names.singular_field}(name: 5) {{ nothing }} }}",
        f"query($where: {names.filter}, $by: [{names.order_by}!]) {{ {names.plural_field}(where: $where, orderBy: $by) {{ pageInfo }} }}",
        f'{{ node(id: "x") {{ ... on {names.type_name} {{ metadata {{ name }} }} ... on Resource {{ kind }} }} }}',
    ]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_any_sequence_of_changes_gives_the_schema_that_building_from_scratch_gives(batch: int) -> None:
    for seed in range(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE):
        assert_graft_equals_rebuild(random.Random(seed))


def assert_graft_equals_rebuild(rng: random.Random) -> None:
    grafted = base_snapshot()
    for _ in range(STEPS):
        grafted = change(grafted, rng)
    scratch = rebuilt(grafted)
    plain = scratch.materialized_schema()

    assert validate_schema(plain) == []
    assert grafted.fingerprint == scratch.fingerprint
    assert list(grafted.schema.type_map) == sorted(plain.type_map)
    assert sdl(grafted) == print_schema(lexicographic_sort_schema(plain)) + "\n"

    if grafted.kinds:
        kind = grafted.kinds[rng.choice(sorted(grafted.kinds))]
        resources = {kind.name: [draw_resource(rng, kind, name="a"), draw_resource(rng, kind, name="b")]}
        for text in documents(plain, kind, rng):
            assert_answers_alike(grafted.schema, plain, text, resources)


def assert_answers_alike(grafted: GraphQLSchema, plain: GraphQLSchema, text: str, resources: dict) -> None:
    document = parse(text)
    verdict = [error.message for error in validate(grafted, document)]
    assert verdict == [error.message for error in validate(plain, document)], text
    if verdict:
        return
    first, second = MemoryBackend(resources), MemoryBackend(resources)
    answer = run(grafted, text, first)
    assert answer == run(plain, text, second), text
    assert first.asked == second.asked
    assert not answer[1], (text, answer[1])
    assert first.asked, text


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_registration_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    kinds: dict[str, CompiledKind] = {}
    for number in range(8):
        spec = {**draw_definition(rng), "kind": f"Kind{number}", "graphqlName": None}
        kinds[f"{number}"] = compile_spec(spec)
    results = set()
    for _ in range(4):
        order = list(kinds.values())
        rng.shuffle(order)
        snapshot = base_snapshot()
        for kind in order:
            snapshot = snapshot.with_kind(kind)
        results.add((snapshot.fingerprint, sdl(snapshot), print_schema(snapshot.schema)))
    assert len(results) == 1


def test_a_kind_that_is_taken_out_leaves_nothing_behind() -> None:
    rng = random.Random(1)
    kind = compile_spec({**draw_definition(rng), "kind": "Gone", "graphqlName": None})
    snapshot = base_snapshot()
    again = snapshot.with_kind(kind).without_kind(kind.name)
    assert (again.fingerprint, sdl(again)) == (snapshot.fingerprint, sdl(snapshot))
    assert again.without_kind("Nobody") is again


def test_an_untouched_kind_keeps_its_types_in_the_next_snapshot() -> None:
    first = compile_spec({"kind": "First", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}})
    second = compile_spec({"kind": "Second", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}})
    before = base_snapshot().with_kind(first)
    after = before.with_kind(second)
    assert before.schema.type_map["FirstSpec"] is after.schema.type_map["FirstSpec"]
    assert before.schema.query_type.fields["first"] is after.schema.query_type.fields["first"]
    assert "Second" not in before.schema.type_map
