"""Rules that compare a value with what it was."""

from __future__ import annotations

from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition

KEYWORD = "x-kubernetes-validations"
IMMUTABLE = [{"rule": "self == oldSelf", "message": "immutable"}]


def body_of(properties, **rest):
    schema = {"type": "object", "properties": properties, **rest}
    return BodySchema(parse_definition({"kind": "Foo", "schema": schema}, name=None))


def changed(body, old, new):
    return [failure.path for failure in body.failures({"spec": new}, previous={"spec": old})]


FIXED = body_of({"a": {"type": "integer", "nullable": True, KEYWORD: IMMUTABLE}})


def test_a_create_has_no_old_value_and_asks_no_transition_rule():
    assert FIXED.failures({"spec": {"a": 1}}) == []


def test_a_change_is_compared_with_what_was_there():
    assert changed(FIXED, {"a": 1}, {"a": 1}) == []
    assert changed(FIXED, {"a": 1}, {"a": 2}) == ["/spec/a"]


def test_what_comes_goes_or_was_null_is_not_compared():
    assert changed(FIXED, {}, {"a": 2}) == []
    assert changed(FIXED, {"a": None}, {"a": 2}) == []
    assert changed(FIXED, {"a": 2}, {}) == []


def test_items_of_a_list_of_type_map_are_known_again_by_their_keys():
    item = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "proto": {"type": "string", "default": "TCP"},
            "port": {"type": "integer", KEYWORD: IMMUTABLE},
        },
    }
    keyed = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "proto"]}
    body = body_of({"list": {"type": "array", "items": item, **keyed}})
    old = {"list": [{"name": "a", "port": 1}, {"name": "b", "proto": "UDP", "port": 2}]}
    new = {"list": [{"name": "b", "proto": "UDP", "port": 3}, {"name": "a", "proto": "TCP", "port": 1}, {"name": "c"}]}
    assert changed(body, old, new) == ["/spec/list/0/port"]


def test_values_of_a_map_are_known_again_by_their_names():
    body = body_of({}, additionalProperties={"type": "integer", KEYWORD: IMMUTABLE})
    assert changed(body, {"a": 1, "b": 2}, {"b": 3, "c": 4}) == ["/spec/b"]


def test_a_rule_on_a_whole_list_may_compare_it_whatever_its_type():
    grows = [{"rule": "oldSelf.all(x, x in self)", "message": "must keep its items"}]
    body = body_of({"list": {"type": "array", "items": {"type": "string"}, KEYWORD: grows}})
    assert changed(body, {"list": ["a", "b"]}, {"list": ["c", "b", "a"]}) == []
    assert changed(body, {"list": ["a", "b"]}, {"list": ["a"]}) == ["/spec/list"]


def test_an_optional_old_value_is_asked_for_on_creates_too():
    rule = {"rule": "oldSelf.hasValue() ? self >= oldSelf.value() : self == 1", "optionalOldSelf": True}
    body = body_of({"a": {"type": "integer", KEYWORD: [rule]}})
    assert body.failures({"spec": {"a": 1}}) == []
    assert [failure.path for failure in body.failures({"spec": {"a": 2}})] == ["/spec/a"]
    assert changed(body, {}, {"a": 2}) == ["/spec/a"]
    assert changed(body, {"a": 4}, {"a": 5}) == []
    assert changed(body, {"a": 4}, {"a": 3}) == ["/spec/a"]


def test_an_optional_old_value_may_be_used_below_items_that_are_not_known_again():
    rule = {"rule": "!oldSelf.hasValue()", "optionalOldSelf": True}
    body = body_of({"list": {"type": "array", "items": {"type": "string", KEYWORD: [rule]}}})
    assert changed(body, {"list": ["a"]}, {"list": ["a"]}) == []


def test_messages_may_speak_of_the_old_value():
    rule = {"rule": "self >= oldSelf", "messageExpression": "'was ' + string(oldSelf)"}
    body = body_of({"a": {"type": "integer", KEYWORD: [rule]}})
    [failure] = body.failures({"spec": {"a": 1}}, previous={"spec": {"a": 7}})
    assert failure.message == "was 7"


def test_rules_of_the_whole_see_the_whole_old_resource():
    spec = {"type": "object", "properties": {"a": {"type": "integer"}}}
    rules = [{"rule": "oldSelf.spec.a <= self.spec.a", "message": "shrinks"}]
    body = BodySchema(parse_definition({"kind": "Foo", "schema": spec, "rules": rules}, name=None))
    assert body.failures({"spec": {"a": 1}}) == []
    assert [one.message for one in body.failures({"spec": {"a": 1}}, previous={"spec": {"a": 2}})] == ["shrinks"]
