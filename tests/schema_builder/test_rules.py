"""Rules in CEL on bodies: where they are evaluated, on what, and how their failures are told."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import pytest

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition

KEYWORD = "x-kubernetes-validations"


def ruled(rule, **more):
    return [{"rule": rule, **more}]


def body_of(schema, **rest):
    return BodySchema(parse_definition({"kind": "Foo", "schema": schema, **rest}, name=None))


def told(body, spec, *, old=None, **more):
    previous = None if old is None else {"spec": old}
    return [(one.path, one.message) for one in body.failures({"spec": spec}, previous=previous, **more)]


def spec_of(properties, *rules):
    return {"type": "object", "properties": properties, KEYWORD: list(rules)}


INTEGER = {"type": "integer"}
RANGE = body_of(spec_of({"min": INTEGER, "max": INTEGER}, {"rule": "self.min <= self.max", "message": "min over max"}))


def test_a_rule_that_does_not_hold_is_a_failure_of_its_place():
    assert told(RANGE, {"min": 1, "max": 2}) == []
    assert told(RANGE, {"min": 3, "max": 2}) == [("/spec", "min over max")]
    assert [failure.keyword for failure in RANGE.failures({"spec": {"min": 3, "max": 2}})] == [KEYWORD]


def test_a_rule_that_has_no_value_is_a_failure_that_says_why():
    [(path, message)] = told(RANGE, {"min": 3})
    assert path == "/spec"
    assert message == 'the rule cannot be evaluated: Key not found in map : "max": self.min <= self.max'


def test_every_rule_that_does_not_hold_is_told_and_sorted_with_other_failures():
    deep = {"type": "integer", KEYWORD: [{"rule": "self > 1", "message": "b"}, {"rule": "self > 2", "message": "a"}]}
    body = body_of(spec_of({"z": deep, "a": {"type": "string"}}, {"rule": "self.z != 0"}))
    assert told(body, {"z": 0, "a": "x"}) == [("/spec", "failed rule: self.z != 0"), ("/spec/z", "a"), ("/spec/z", "b")]


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ({"rule": "self.a > 1"}, "/spec", "failed rule: self.a > 1"),
        ({"rule": "self.a > 1", "fieldPath": ".a"}, "/spec/a", "failed rule: self.a > 1"),
        ({"rule": "self.a > 1", "fieldPath": ".o['x.y/z']"}, "/spec/o/x.y~1z", "failed rule: self.a > 1"),
        ({"rule": "self.a > 1", "messageExpression": "'a is ' + string(self.a)", "message": "m"}, "/spec", "a is 1"),
        ({"rule": "self.a > 1", "messageExpression": "'a is ' + self.o.s", "message": "m"}, "/spec", "m"),
        ({"rule": "self.a > 1", "messageExpression": "' '", "message": "m"}, "/spec", "m"),
    ],
)
def test_failures_are_told_with_the_rules_own_message_at_its_own_path(entry, path, message):
    inner = {"type": "object", "properties": {"x.y/z": INTEGER, "s": {"type": "string"}}}
    assert told(body_of(spec_of({"a": INTEGER, "o": inner}, entry)), {"a": 1}) == [(path, message)]


PLACES = {
    "in a property": ({"properties": {"a": {KEYWORD: ruled("self > 1")}}}, {"a": 1}, "/spec/a"),
    "in an item": ({"properties": {"a": {"items": {KEYWORD: ruled("self > 1")}}}}, {"a": [2, 1]}, "/spec/a/1"),
    "in a map's value": ({"additionalProperties": {KEYWORD: ruled("self > 1")}}, {"b": 2, "c/d": 1}, "/spec/c~1d"),
    "in a property by pattern": ({"patternProperties": {"^x": {KEYWORD: ruled("self > 1")}}}, {"xy": 1}, "/spec/xy"),
    "in a first item": (
        {"properties": {"a": {"prefixItems": [{}, {KEYWORD: ruled("self > 1")}]}}},
        {"a": [1, 1]},
        "/spec/a/1",
    ),
    "beside, in allOf": (
        {"allOf": [{"properties": {"a": {KEYWORD: ruled("self > 1")}}}], "properties": {"a": {}}},
        {"a": 1},
        "/spec/a",
    ),
    "behind a reference": (
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {KEYWORD: ruled("self > 1")}}},
        {"a": 1},
        "/spec/a",
    ),
}


@pytest.mark.parametrize(("schema", "spec", "path"), PLACES.values(), ids=PLACES)
def test_rules_are_evaluated_wherever_a_schema_certainly_applies(schema, spec, path):
    assert told(body_of({"type": "object", **schema}), spec) == [(path, "failed rule: self > 1")]


def test_rules_are_evaluated_at_every_level_of_a_recursive_schema():
    tree = {"type": "object", "properties": {"n": INTEGER, "below": {"$ref": "#"}}, KEYWORD: ruled("self.n > 0")}
    assert [path for path, _ in told(body_of(tree), {"n": 0, "below": {"n": 1, "below": {"n": 0}}})] == [
        "/spec",
        "/spec/below/below",
    ]


def test_a_place_that_is_absent_or_null_is_not_asked():
    body = body_of(spec_of({"a": {"type": "integer", "nullable": True, KEYWORD: ruled("self > 1")}}))
    assert told(body, {}) == []
    assert told(body, {"a": None}) == []


def test_defaults_are_there_before_rules_ask():
    body = body_of(spec_of({"a": {**INTEGER, "default": 1}}, {"rule": "self.a == 1"}))
    assert told(body, body.complete({"spec": {}})["spec"]) == []


def test_a_place_of_the_wrong_shape_is_told_by_its_shape_alone():
    assert [path for path, _ in told(RANGE, {"min": "x", "max": 1})] == ["/spec/min"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x-y", "x__dash__y"),
        ("x.y", "x__dot__y"),
        ("x/y", "x__slash__y"),
        ("a__b", "a__underscores__b"),
        ("in", "__in__"),
        ("namespace", "__namespace__"),
    ],
)
def test_names_that_are_no_identifiers_are_written_as_in_kubernetes(name, written):
    body = body_of(spec_of({name: INTEGER}, {"rule": f"has(self.{written}) && self.{written} == 1"}))
    assert told(body, {name: 1}) == []
    assert len(told(body, {name: 2})) == 1


def test_escapes_in_texts_are_left_alone():
    body = body_of(
        spec_of({"a": {"type": "string"}}, {"rule": "self.a == 'x__dot__y' && self.a != \"self.x__dot__y\""})
    )
    assert told(body, {"a": "x__dot__y"}) == []


TYPED = [
    ({"type": "number"}, "self / 2.0 == 1.5", 3),
    ({"type": "number"}, "self * 0.5 == 1.5", 3),
    ({"type": "integer"}, "self / 2 == 1", 3),
    ({"x-kubernetes-int-or-string": True}, "type(self) == int ? self > 1 : self == 'a'", 3),
    ({"x-kubernetes-int-or-string": True}, "type(self) == int ? self > 1 : self == 'a'", "a"),
    ({"type": "string", "format": "date-time"}, "self < timestamp('2024-01-01T00:00:00Z')", "2023-12-31T23:59:59.5Z"),
    ({"type": "string", "format": "date"}, "self.getFullYear() == 2024", "2024-02-03"),
    ({"type": "string", "format": "duration"}, "self == duration('90m')", "1h30m"),
    ({"type": "string", "format": "byte"}, "size(self) == 3", "YQBi"),
    ({"type": "array", "items": {"type": "number"}}, "self.all(x, type(x) == double)", [1, 2.5]),
    ({"type": "object", "additionalProperties": {"type": "number"}}, "self.a == 1.0 && type(self.a) == double", {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "rule", "value"), TYPED, ids=lambda value: str(value)[:40])
def test_values_have_the_types_that_their_schemas_say(schema, rule, value):
    assert told(body_of(spec_of({"a": {**schema, KEYWORD: ruled(rule)}})), {"a": value}) == []
    assert told(body_of(spec_of({"a": schema}), rules=ruled(rule.replace("self", "self.spec.a"))), {"a": value}) == []


def test_a_text_is_read_past_its_nul():
    body = body_of(spec_of({"a": {"type": "string", KEYWORD: ruled("self == 'admin'")}}))
    assert len(told(body, {"a": "admin\0x"})) == 1


def test_text_that_is_no_unicode_is_a_failure():
    body = body_of(spec_of({"a": {"type": "string", KEYWORD: ruled("self != 'b'")}}))
    assert "no valid Unicode" in told(body, {"a": "\ud800"})[0][1]


def test_rules_of_the_whole_see_every_section_and_the_name():
    body = body_of(
        spec_of({"size": INTEGER}),
        statusSchema={"type": "object", "properties": {"size": INTEGER}},
        rules=[
            {"rule": "!has(self.status) || self.status.size <= self.spec.size", "message": "shrunk", "fieldPath": ".spec.size"},
            {"rule": "self.metadata.name.startsWith('x') && self.kind == 'Foo'", "message": "name"},
        ],
    )  # fmt: skip
    bodies = {"spec": {"size": 1}, "status": {"size": 2}}
    found = [(one.path, one.message) for one in body.failures(bodies, metadata={"name": "ab"})]
    assert found == [("", "name"), ("/spec/size", "shrunk")]
    assert [one.path for one in body.status_failures(bodies, metadata={"name": "xb"})] == ["/spec/size"]
