"""Definitions and bodies made to hurt: refused or served exactly, and never slow."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused

CPU_SECONDS = 2.0
"""Generous: the promise is 1 s of an idle core, and test machines are busy and share their caches."""


@contextmanager
def in_bounded_time():
    started = time.thread_time()
    yield
    assert time.thread_time() - started < CPU_SECONDS


def parse(schema, **rest):
    with in_bounded_time():
        return parse_definition({"kind": "Foo", "schema": schema, **rest}, name=None)


def refused(schema, **rest):
    with pytest.raises(DefinitionRefused) as caught:
        parse(schema, **rest)
    return caught.value.failures


def objects(**properties):
    return {"type": "object", "properties": properties}


def nested(depth):
    schema = {"type": "string"}
    for _ in range(depth):
        schema = objects(a=schema)
    return schema


def failures(definition, spec):
    body = BodySchema(definition)
    with in_bounded_time():
        return body.failures(body.complete({"spec": spec}))


@pytest.mark.parametrize("depth", [120, 500, 100_000])
def test_a_schema_nested_too_deeply_is_refused(depth):
    (failure,) = refused(nested(depth))
    assert failure.keyword == "depth"


def test_a_schema_of_ninety_nine_levels_is_served():
    definition = parse(nested(99))
    value = "x"
    for _ in range(99):
        value = {"a": value}
    assert failures(definition, value) == []


def test_ten_thousand_properties_are_served():
    definition = parse(objects(**{f"p-{index}": {"type": "string", "maxLength": 5} for index in range(10_000)}))
    assert len(definition.sections["spec"].root.properties) == 10_000
    assert failures(definition, {f"p-{index}": "x" for index in range(10_000)}) == []


def test_more_than_fifty_thousand_subschemas_are_refused():
    (failure,) = refused(objects(**{f"p{index}": {} for index in range(50_001)}))
    assert (failure.path, failure.keyword) == ("/spec/schema", "limit")


def test_more_than_five_thousand_objects_are_refused():
    wide = {f"p{index}": objects(**{f"a{index}": {}}) for index in range(5_000)}
    assert [(failure.path, failure.keyword) for failure in refused(objects(**wide))] == [("/spec", "limit")]
    told = objects(a={"description": '"properties":{"' * 6_000, "default": ['"properties":{"'] * 6_000})
    assert parse(told).sections["spec"].root.properties


def test_the_limit_is_one_for_all_schemas_of_a_definition():
    extra = {f"f{index}": objects(**{f"p{other}": {} for other in range(1_000)}) for index in range(60)}
    assert {failure.keyword for failure in refused({}, extraFields=extra)} == {"limit"}


def test_megabytes_are_refused():
    assert [failure.keyword for failure in refused({"description": "x" * 5_000_000})] == ["limit"]
    assert [failure.keyword for failure in refused({"enum": [f"value{index}" for index in range(300_000)]})] == [
        "limit"
    ]


def test_a_large_enum_is_served():
    definition = parse(objects(a={"enum": [f"value{index}" for index in range(40_000)]}))
    assert [failure.keyword for failure in failures(definition, {"a": "x"})] == ["enum"]


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_references_that_double_at_each_step_cost_no_more_than_they_are_long(keyword):
    steps = 25
    definitions = {
        f"d{index}": {keyword: [{"$ref": f"#/$defs/d{index + 1}"}, {"allOf": [{"$ref": f"#/$defs/d{index + 1}"}]}]}
        for index in range(steps)
    }
    definitions[f"d{steps}"] = objects(z={"type": "string"})
    definition = parse({"$defs": definitions, **objects(a={"$ref": "#/$defs/d0"})})
    assert failures(definition, {"a": {"z": 1}})


def test_properties_that_double_at_each_step_cost_no_more_than_they_are_long():
    steps = 45
    definitions = {
        f"d{index}": objects(
            a={"allOf": [{"$ref": f"#/$defs/d{index + 1}"}, {"required": ["b"]}]}, b={"$ref": f"#/$defs/d{index + 1}"}
        )
        for index in range(steps)
    }
    definitions[f"d{steps}"] = objects(a={}, b={})
    parse({"$defs": definitions, **objects(a={"$ref": "#/$defs/d0"})})


def test_a_long_chain_of_references_is_refused():
    chain = {f"d{index}": {"$ref": f"#/$defs/d{index + 1}"} for index in range(5_000)} | {"d5000": {}}
    (failure,) = refused({"$defs": chain, **objects(a={"$ref": "#/$defs/d0"})})
    assert failure.keyword == "$ref"


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"$ref": "#"}, "/spec/schema/$ref"),
        ({"type": "object", "allOf": [{"$ref": "#"}]}, "/spec/schema/allOf"),
        (
            {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
            "/spec/schema/$defs/b/$ref",
        ),
        ({"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}, "/spec/schema/$defs/a/not/$ref"),
    ],
)
def test_a_cycle_with_no_property_or_item_in_it_is_refused(schema, path):
    assert [failure.path for failure in refused(schema)] == [path]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_catastrophic_patterns_match_in_linear_time(pattern):
    definition = parse(objects(a={"type": "string", "pattern": pattern}))
    assert [failure.keyword for failure in failures(definition, {"a": "a" * 100_000 + "!"})] == ["pattern"]


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?<!a)b", r"(a)\1", "(", "[z-a]", "((a{1,100}){1,100}){1,100}", "a" * 20_000]
)
def test_patterns_that_are_not_linear_are_refused(pattern):
    assert [failure.keyword for failure in refused(objects(a={"pattern": pattern}))] == ["pattern"]


def test_patterns_that_are_large_together_are_refused():
    patterns = {f"p{index}": {"pattern": f"^[a-z]{{1,500}}x{index}$"} for index in range(3_000)}
    assert {failure.keyword for failure in refused(objects(**patterns))} == {"pattern"}


def test_many_pattern_properties_of_one_object_are_refused():
    schema = {"type": "object", "patternProperties": {f"^a{index}": {} for index in range(101)}}
    assert [failure.keyword for failure in refused(schema)] == ["patternProperties"]


NAMES = [
    "__proto__",
    "constructor",
    "$where",
    "$ref x",
    "a.b",
    "\0",
    "😀",
    "Query",
    "String",
    "",
    "__typename",
    "_and",
    "-",
    "%24",
]


def test_names_of_any_sort_are_kept():
    definition = parse(objects(**{name: {"type": "string", "default": name} for name in NAMES}))
    body = BodySchema(definition)
    completed = body.complete({"spec": {}})
    assert completed == {"spec": {name: name for name in NAMES}}
    assert body.failures(completed) == []


def test_text_that_is_no_unicode_is_refused():
    assert [failure.path for failure in refused(objects(**{"\ud800": {}}))] == ["/spec/schema"]


def test_many_unknown_fields_are_told_in_bounded_time_and_number():
    definition = parse(objects(**{f"port{index}": {} for index in range(1_000)}))
    found = failures(definition, {f"prot{index}": 1 for index in range(50_000)})
    assert found[0].message == "has 40000 more failures"
    assert len(found) == 10_001


def test_unique_items_are_found_in_bounded_time():
    definition = parse(objects(a={"type": "array", "uniqueItems": True}))
    items = [{"a": [index, {"b": index}]} for index in range(50_000)]
    assert failures(definition, {"a": items}) == []
    assert [failure.keyword for failure in failures(definition, {"a": [*items, items[0]]})] == ["uniqueItems"]


def test_wide_merges_are_served_in_bounded_time():
    members = [objects(**{f"p{index}x{other}": {"type": "string"} for other in range(10)}) for index in range(1_000)]
    definition = parse({"type": "object", "allOf": members})
    assert len(definition.sections["spec"].root.properties) == 10_000


def test_a_deep_instance_is_a_failure():
    deep = {}
    for _ in range(20_000):
        deep = {"a": deep}
    body = BodySchema(parse(objects(a={})))
    with in_bounded_time():
        assert [failure.keyword for failure in body.failures({"spec": deep})] == ["depth"]


def test_more_different_subschemas_than_can_be_compiled_in_time_are_refused():
    wide = objects(**{f"p{index}": {"type": "string"} for index in range(20_000)})
    many = objects(**{f"p{index}": objects(**{f"q{index}": {"type": "string"}}) for index in range(2_500)})
    for schema, told in ((wide, "15000 different subschemas"), (many, "2000 different objects")):
        (failure,) = refused(schema)
        assert (failure.path, failure.keyword) == ("/spec/schema", "limit")
        assert told in failure.message


def test_what_is_repeated_counts_once_and_can_be_written_to():
    part = objects(**{f"q{index}": {"type": "integer"} for index in range(9)})
    definition = parse(objects(**{f"p{index}": part for index in range(4_500)}))
    assert failures(definition, {"p7": {"q8": 1}, "p4000": {"q0": "x"}})[0].path == "/spec/p4000/q0"
