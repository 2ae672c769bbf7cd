"""Laws that hold for every schema and body, on drawn ones."""

from __future__ import annotations

import copy
import random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused
from schema_builder.validation.compiler import compile_validator

NAMES = st.sampled_from(["a", "b", "c-d", "$e", "f.g"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "default": ""},
        {"type": "string", "nullable": True, "default": None},
        {"type": "integer", "default": 0},
        {"type": "integer", "minimum": 0},
        {"type": "boolean", "default": False},
        {"enum": ["x", "y"]},
        {"x-kubernetes-int-or-string": True},
        {"$ref": "#/$defs/shared"},
        {},
    ]
)


def objects_of(inner):
    return st.builds(
        lambda properties, required, rest: {
            "type": "object",
            "properties": properties,
            "required": sorted(required & properties.keys()),
            **rest,
        },
        st.dictionaries(NAMES, inner, max_size=4),
        st.sets(NAMES, max_size=2),
        st.sampled_from(
            [
                {},
                {"default": {}},
                {"additionalProperties": True},
                {"x-kubernetes-preserve-unknown-fields": True},
                {"x-kubernetes-map-type": "atomic"},
                {"anyOf": [{"required": ["a"]}, {"properties": {"b": {"minimum": 1}}}]},
            ]
        ),
    )


def lists_of(inner):
    list_types = st.sampled_from(
        [{}, {"x-kubernetes-list-type": "set"}, {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"]}]
    )
    return st.builds(lambda items, rest: {"type": "array", "items": items, **rest}, inner, list_types)


def maps_of(inner):
    return st.builds(lambda values: {"type": "object", "additionalProperties": values}, inner)


def unions_of(inner):
    def union(first, second, keyword):
        branches = [
            {"type": "object", "properties": {"$e": {"const": tag}, tag: {}, **properties}, "required": ["$e"]}
            for tag, properties in (("x", first), ("y", second))
        ]
        return {"type": "object", keyword: branches}

    properties = st.dictionaries(st.sampled_from(["a", "b", "c-d"]), inner, max_size=2)
    return st.builds(union, properties, properties, st.sampled_from(["oneOf", "anyOf"]))


SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: objects_of(inner) | lists_of(inner) | maps_of(inner) | unions_of(inner),
    max_leaves=10,
)
SHARED = {"type": "object", "properties": {"a": {"$ref": "#/$defs/shared"}, "b": {"type": "integer", "default": 1}}}


def bodies_of(schema):
    """Draw instances that mostly fit a schema, so that laws are tried below the first level too."""
    if "properties" in schema:
        fields = {name: bodies_of(one) for name, one in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=fields) | JSON
    if "items" in schema:
        return st.lists(bodies_of(schema["items"]), max_size=3) | JSON
    if isinstance(schema.get("additionalProperties"), dict):
        return st.dictionaries(NAMES, bodies_of(schema["additionalProperties"]), max_size=3) | JSON
    if "const" in schema:
        return st.just(schema["const"])
    branches = schema.get("oneOf", ()) or schema.get("anyOf", ())
    if len(branches) > 1 and all("properties" in one for one in branches):
        return st.one_of([bodies_of(one) for one in branches])
    return JSON


@st.composite
def kinds_with_bodies(draw, bodies=1):
    schema = {"$defs": {"shared": SHARED}, **draw(objects_of(SCHEMAS))}
    try:
        definition = parse_definition({"kind": "Foo", "schema": schema}, name=None)
    except DefinitionRefused:  # a drawn default that its schema forbids
        schema = {"$defs": {"shared": SHARED}, "type": "object", "properties": {"a": {"$ref": "#/$defs/shared"}}}
        definition = parse_definition({"kind": "Foo", "schema": schema}, name=None)
    return BodySchema(definition), [{"spec": draw(bodies_of(schema))} for _ in range(bodies)]


@given(kinds_with_bodies())
def test_completing_is_idempotent_and_changes_no_argument(drawn):
    schema, (body,) = drawn
    before = copy.deepcopy(body)
    completed = schema.complete(body)
    assert schema.complete(completed) == completed
    assert body == before


@given(kinds_with_bodies())
def test_completing_adds_no_failure_of_an_unknown_field_or_a_type(drawn):
    schema, (body,) = drawn
    before = {failure for failure in schema.failures(body) if failure.keyword in {"unknownField", "type", "enum"}}
    after = {
        failure
        for failure in schema.failures(schema.complete(body))
        if failure.keyword in {"unknownField", "type", "enum"}
    }
    assert after <= before


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(kinds_with_bodies(bodies=2))
def test_applying_again_changes_nothing(drawn):
    schema, (stored, applied) = drawn
    once = schema.merge_apply(stored, applied)
    assume(not schema.failures(once))
    assert schema.merge_apply(once, applied) == once


@given(kinds_with_bodies(bodies=2))
def test_a_merge_patch_is_idempotent(drawn):
    schema, (stored, patch) = drawn
    once = schema.merge_patch(stored, patch)
    assert schema.merge_patch(once, patch) == once


@given(objects_of(SCHEMAS), JSON)
def test_every_default_that_a_definition_may_have_is_valid(schema, value):
    schema = {"type": "object", "properties": {"a": {**schema, "default": value}}, "$defs": {"shared": SHARED}}
    try:
        definition = parse_definition({"kind": "Foo", "schema": schema}, name=None)
    except DefinitionRefused:
        return
    body = BodySchema(definition)
    assert [
        failure for failure in body.failures(body.complete({"spec": {}})) if failure.keyword != "unknownField"
    ] == []


def shuffled(value, order):
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@given(objects_of(SCHEMAS), st.randoms(use_true_random=False))
def test_the_order_of_properties_makes_no_difference(schema, order: random.Random):
    schema = {"$defs": {"shared": SHARED}, **schema}
    try:
        first = parse_definition({"kind": "Foo", "schema": schema}, name=None)
    except DefinitionRefused:
        return
    second = parse_definition({"kind": "Foo", "schema": shuffled(schema, order)}, name=None)
    assert first.sections == second.sections


@settings(max_examples=200)
@given(SCHEMAS, JSON)
def test_validation_answers_every_instance_the_same_way_twice(schema, value):
    schema = {**schema, "$defs": {"shared": SHARED}}
    validate = compile_validator(schema)
    assert validate(value) == validate(copy.deepcopy(value))
