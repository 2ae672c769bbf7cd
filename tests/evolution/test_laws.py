"""Laws: safe changes refuse nothing that was valid, and clients are told what graphql-core's comparison finds."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

from graphql import find_breaking_changes, find_dangerous_changes
from hypothesis import given, settings
from hypothesis import strategies as st

from schema_builder.errors import DefinitionRefused
from schema_builder.evolution.change import Audience, Severity
from schema_builder.evolution.compare import compare_kinds
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import LEAVES, compile_spec, draw_definition, draw_schema, draw_value

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

BOUNDS = (
    {"maximum": 6}, {"minimum": 1}, {"exclusiveMinimum": 0}, {"maxLength": 4}, {"minLength": 1}, {"maxItems": 1},
    {"minItems": 1}, {"pattern": "^t"}, {"enum": ["text", 7]}, {"const": 7}, {"uniqueItems": True},
    {"maxProperties": 1}, {"not": {"type": "boolean"}}, {"multipleOf": 7}, {"additionalProperties": False},
    {"additionalProperties": {"type": "string"}}, {"nullable": True}, {"default": "text"}, {"deprecated": True},
    {"readOnly": True}, {"anyOf": [{"minimum": 1}, {"type": "string"}]},
    {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    {"patternProperties": {"^m": {"type": "string"}}}, {"propertyNames": {"maxLength": 4}},
    {"if": {"type": "integer"}, "then": {"minimum": 1}}, {"contains": {"type": "integer"}},
    {"allOf": [{"maximum": 6}]}, {"x-kubernetes-preserve-unknown-fields": True},
)  # fmt: skip


def subschemas(schema: Any) -> list[dict[str, Any]]:
    found = [schema] if isinstance(schema, dict) else []
    for one in found:
        children = [*one.get("properties", {}).values(), one.get("items"), *one.get("$defs", {}).values()]
        found += [child for child in children if isinstance(child, dict)]
    return found


def mutate(rng: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with a few changes."""
    changed = copy.deepcopy(spec)
    for _ in range(rng.randint(1, 3)):
        one = rng.choice(
            subschemas(changed[rng.choice([name for name in ("schema", "statusSchema") if name in changed])])
        )
        properties = one.get("properties")
        match rng.randint(0, 5):
            case 0 if properties:
                properties.pop(rng.choice(list(properties)))
                one.pop("required", None)
            case 1 if properties is not None:
                properties[rng.choice(("a", "new", "x-y"))] = draw_schema(rng, depth=1, recursive=False)
            case 2 if properties:
                one["required"] = [rng.choice(list(properties))]
            case 3:
                one.update(rng.choice(BOUNDS))
            case 4:
                one.pop(rng.choice([*(one.keys() - {"$defs", "$ref", "items"}), "none"]), None)
            case _ if properties:
                properties[rng.choice(list(properties))] = dict(rng.choice(LEAVES))
    return changed


def pair(seed: int) -> tuple[random.Random, dict[str, Any], CompiledKind, CompiledKind] | None:
    rng = random.Random(seed)
    before = {**draw_definition(rng), "kind": "Thing", "graphqlName": None}
    before = mutate(rng, before)
    try:
        return rng, before, compile_spec(before), compile_spec(mutate(rng, before))
    except DefinitionRefused:
        return None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_safe_changes_refuse_no_stored_resource(seed: int) -> None:
    drawn = pair(seed)
    if drawn is None:
        return
    rng, spec, before, after = drawn
    changes = compare_kinds(before, after)
    if any(one.audience is Audience.RESOURCES and one.severity is not Severity.SAFE for one in changes):
        return
    for _ in range(25):
        body = {
            section: draw_value(rng, spec[name], root=spec[name])
            for section, name in (("spec", "schema"), ("status", "statusSchema"))
            if spec.get(name) is not None
        }
        stored = before.body.complete(body)
        if before.body.failures(stored):
            continue
        failures = after.body.failures(after.body.complete(stored, previous=stored))
        assert not failures, (spec, after.definition.schema, stored, failures, changes)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_clients_are_told_what_graphql_core_finds(seed: int) -> None:
    drawn = pair(seed)
    if drawn is None:
        return
    _, spec, before, after = drawn
    changes = [one for one in compare_kinds(before, after) if one.audience is Audience.CLIENTS]
    old, new = (base_snapshot().with_kind(kind).materialized_schema() for kind in (before, after))
    breaking = [one.description for one in find_breaking_changes(old, new)]
    told = [one for one in changes if one.severity is Severity.BREAKING and one.change != "ONE_OF"]
    assert bool(breaking) == bool(told), (breaking, told, spec, after.definition.schema)
    dangerous = [
        one.description
        for one in find_dangerous_changes(old, new)
        if one.type.name not in {"OPTIONAL_INPUT_FIELD_ADDED", "OPTIONAL_ARG_ADDED"}
    ]
    if dangerous:
        assert any(one.severity is not Severity.SAFE for one in changes), (dangerous, changes)
