"""Rules that refuse their definition, with the place of what is wrong."""

from __future__ import annotations

import pytest

from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused

KEYWORD = "x-kubernetes-validations"


def refused(schema=None, **spec):
    with pytest.raises(DefinitionRefused) as caught:
        parse_definition({"kind": "Foo", "schema": schema or {"type": "object"}, **spec}, name=None)
    return [(failure.path, failure.keyword, failure.message) for failure in caught.value.failures]


WRONG = [
    ({"rule": "self.a =="}, "rule", "is no expression of CEL at line 1, column 10: Syntax error"),
    (
        {"rule": "true &&\n  foo(self)"},
        "rule",
        "is no expression of CEL at line 2, column 6: undeclared reference to 'foo'",
    ),
    ({"rule": "self.x__dash__y == foo"}, "rule", "at line 1, column 20: undeclared reference to 'foo'"),
    ({"rule": "1 + 'a' == 'a'"}, "rule", "found no matching overload for '_+_' applied to '(int, string)'"),
    ({"rule": "size(self)"}, "rule", "must return a value of the type bool, and returns int"),
    ({"rule": ""}, "rule", "is required"),
    ({}, "rule", "is required"),
    ({"rule": 1}, "rule", "must be a string"),
    ({"rule": "(" * 1000}, "rule", "is no expression of CEL"),
    ({"rule": "'" + "a" * 10_000 + "' == self"}, "rule", "is longer than 10000 characters"),
    (
        {"rule": "true", "messageExpression": "size(self)"},
        "messageExpression",
        "must return a value of the type string",
    ),
    ({"rule": "true", "messageExpression": "'a"}, "messageExpression", "is no expression of CEL"),
    ({"rule": "true", "messageExpression": "string(oldSelf)"}, "messageExpression", "cannot name oldSelf"),
    ({"rule": "true", "optionalOldSelf": True}, "optionalOldSelf", "is of no use"),
    ({"rule": "true", "optionalOldSelf": "yes"}, "optionalOldSelf", "must be true or false"),
    ({"rule": "true", "reason": "Because"}, "reason", "must be one of"),
    ({"rule": "true", "fieldPath": "a"}, "fieldPath", "must be a path of properties"),
    ({"rule": "true", "fieldPath": ".b.c"}, "fieldPath", "names b, which the schema does not know"),
    ({"rule": "self.a.transformMap(k, v, v) == {}"}, "rule", "calls transformMap, which is not supported"),
    ({"rule": "true", "if": "x"}, "if", "is unknown; a rule has"),
]


@pytest.mark.parametrize(("entry", "field", "message"), WRONG, ids=lambda value: str(value)[:50])
def test_a_rule_that_is_wrong_refuses_the_definition_with_its_place(entry, field, message):
    schema = {"type": "object", "properties": {"a": {}}, KEYWORD: [{"rule": "true"}, entry]}
    [(path, keyword, told)] = refused(schema)
    assert (path, keyword) == (f"/spec/schema/{KEYWORD}/1/{field}", KEYWORD)
    assert message in told


def test_every_rule_that_is_wrong_is_told():
    schema = {"properties": {"a/b": {KEYWORD: [{"rule": "x"}, "y", {"rule": "true"}]}}, KEYWORD: [{"rule": "1 +"}]}
    rules = [{"rule": "z"}]
    assert [path for path, _, _ in refused(schema, statusSchema={KEYWORD: [{"rule": "2 +"}]})] == [
        f"/spec/schema/properties/a~1b/{KEYWORD}/0/rule",
        f"/spec/schema/properties/a~1b/{KEYWORD}/1",
        f"/spec/schema/{KEYWORD}/0/rule",
        f"/spec/statusSchema/{KEYWORD}/0/rule",
    ]
    assert [path for path, _, _ in refused(rules=rules)] == ["/spec/rules/0/rule"]
    assert [path for path, _, _ in refused(rules={"rule": "true"})] == ["/spec/rules"]


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf", "not", "if", "contains", "propertyNames"])
def test_rules_cannot_stand_where_nothing_is_certain_to_hold(keyword):
    inner = {"properties": {"a": {KEYWORD: [{"rule": "true"}]}}}
    schema = {keyword: [inner] if keyword.endswith("Of") else inner}
    [(path, _, message)] = refused(schema)
    assert path.startswith(f"/spec/schema/{keyword}/")
    assert "cannot stand below an alternative, a condition or a negation" in message


def test_a_definition_used_both_for_certain_and_in_an_alternative_is_refused():
    ruled = {"type": "string", KEYWORD: [{"rule": "true"}]}
    schema = {
        "properties": {"a": {"$ref": "#/$defs/x"}},
        "anyOf": [{"properties": {"b": {"$ref": "#/$defs/x"}}}],
        "$defs": {"x": ruled},
    }
    assert [path for path, _, _ in refused(schema)] == [f"/spec/schema/$defs/x/{KEYWORD}/0"]


@pytest.mark.parametrize("list_type", ["set", "atomic", None])
def test_transition_rules_cannot_stand_below_items_that_are_not_known_again(list_type):
    item = {"type": "string", KEYWORD: [{"rule": "self == oldSelf"}]}
    schema = {
        "properties": {
            "list": {"type": "array", "items": item, **({"x-kubernetes-list-type": list_type} if list_type else {})}
        }
    }
    [(path, _, message)] = refused(schema)
    assert path == f"/spec/schema/properties/list/items/{KEYWORD}/0/rule"
    assert "x-kubernetes-list-map-keys" in message


SPEC = {
    "type": "object",
    "properties": {
        "size": {"type": "integer"},
        "x-y": {"type": "object", "properties": {"deep": {"type": "string"}}},
        "list": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"v": {}}}},
        "open": {"type": "object", "properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": True},
        "any": {},
        "also": {"$ref": "#/$defs/also"},
    },
    "$defs": {"also": {"allOf": [{"type": "object", "properties": {"a": {}}}], "properties": {"b": {}}}},
}  # fmt: skip
UNKNOWN = [
    ("self.sise > 1", 'reads sise at line 1, column 6, which is no field that the schema knows; did you mean "size"?'),
    ("has(self.sise)", "reads sise at line 1, column 10"),
    ("self.?sise.hasValue()", "reads sise at line 1, column 7"),
    ("self['sise'] == 1", "reads sise at line 1, column 6"),
    ("self.size > 0 &&\n self.x__dash__y.dep == ''", "reads dep at line 2, column 18"),
    ("self.x__dash__z == ''", "reads x-z at line 1, column 6"),
    ("self.list.all(x, x.nam != '')", "reads nam at line 1, column 20"),
    ("self.list[0].nam != ''", "reads nam at line 1, column 14"),
    ("self.list.all(i, x, x.nam != '')", "reads nam at line 1, column 23"),
    ("self.map.a.w == 1", "reads w at line 1, column 12"),
    ("self.map.all(k, self.map[k].w == 1)", "reads w at line 1, column 29"),
    ("self.also.c == 1", "reads c at line 1, column 11"),
    ("self.size == oldSelf.sise", "reads sise at line 1, column 22"),
]


@pytest.mark.parametrize(("rule", "message"), UNKNOWN)
def test_a_rule_that_reads_what_the_schema_does_not_know_refuses_the_definition(rule, message):
    [(path, _, told)] = refused({**SPEC, KEYWORD: [{"rule": rule}]})
    assert path == f"/spec/schema/{KEYWORD}/0/rule"
    assert told.startswith(message)
    [(path, _, told)] = refused(SPEC, rules=[{"rule": rule.replace("elf.", "elf.spec.").replace("['", ".spec['")}])
    assert path == "/spec/rules/0/rule"
    assert told.split(" at ")[0] == message.split(" at ")[0]


@pytest.mark.parametrize(
    "rule",
    [
        "self.open.b == 1 && self.any.b.c == 1 && self.map.x.v.y == 1 && self.also.a == self.also.b",
        "self.list.filter(x, x.name != '').map(x, x.name).size() > 0 && self.list.map(x, {'n': x.name})[0].n == ''",
        "self.map.exists(k, k == 'a') && self.x__dash__y.?deep.orValue('') == ''",
        "dyn(self).foo == 1 && {'foo': 1}.foo == 1",
    ],
)
def test_what_may_be_there_may_be_read(rule):
    parse_definition({"kind": "Foo", "schema": {**SPEC, KEYWORD: [{"rule": rule}]}}, name=None)


def test_rules_of_the_whole_read_what_every_resource_has():
    rule = "self.metadata.name == self.kind && has(self.status.x) && self.metadata.namespace != ''"
    parse_definition({"kind": "Foo", "schema": SPEC, "rules": [{"rule": rule}]}, name=None)
    assert "reads labels at line 1, column 19" in refused(rules=[{"rule": "has(self.metadata.labels)"}])[0][2]
    assert "reads other at line 1, column 6" in refused(rules=[{"rule": "self.other == 1"}])[0][2]


def test_rules_are_bounded_in_number_and_length():
    entries = [{"rule": f"self != '{number:0>9000}'"} for number in range(60)]
    assert "longer than 500000 characters" in refused({KEYWORD: entries})[0][2]
    assert refused(rules=[{"rule": "true"}] * 1001)[0][1] == "limit"
