"""Alternatives that a property tells apart are a union."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLError,
    Undefined,
    graphql_sync,
    lexicographic_sort_schema,
    parse,
    print_schema,
    print_type,
    validate,
)
from graphql.execution.values import VariableValues
from graphql.utilities import coerce_input_value

from app.transport.documents import Document
from schema_builder.backend import Resource
from schema_builder.conditions import decider
from schema_builder.errors import DefinitionRefused
from schema_builder.filtering import condition_of
from schema_builder.linking import SectionLinks, target_key
from schema_builder.sdl import sdl
from schema_builder.selection import collecting_holes
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import (
    MemoryBackend,
    compile_spec,
    draw_definition,
    draw_resource,
    run,
    select_everything,
)

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

TEXT, INT = {"type": "string"}, {"type": "integer", "format": "int32"}


def branch(tag: str, /, *required: str, by: str = "type", **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {by: {"const": tag}, **properties}, "required": [by, *required]}


TCP = branch("tcp", "port", port=INT, backlog={**INT, "default": 5}, tls={"type": "object", "properties": {"ca": TEXT}})
UDP = branch("udp", port=INT, ttl=TEXT, backlog=TEXT)
NONE = branch("no-thing")
TRANSPORT = {"type": "object", "oneOf": [TCP, UDP, NONE], "description": "How."}


def kind_of(place: dict[str, Any], **more: Any) -> CompiledKind:
    return compile_spec({"kind": "Widget", "schema": {"type": "object", "properties": {"t": place}, **more}})


KIND = kind_of(TRANSPORT, required=["t"])
FIELDS = "t { __typename ... on WidgetSpecTTcp { type port backlog tls { ca } } ... on WidgetSpecTUdp { type ttl text: backlog } }"


def types_of(kind: CompiledKind, name: str) -> dict[str, str]:
    return {field: str(definition.type) for field, definition in kind.type(name).fields.items()}


def is_union(place: dict[str, Any], **more: Any) -> bool:
    return str(kind_of(place, **more).type("WidgetSpec").fields["t"].type) == "WidgetSpecT" and any(
        name in kind_of(place, **more).type_names for name in ("WidgetSpecTA", "WidgetSpecTDog")
    )


A, B = branch("a", x=TEXT), branch("b", y=TEXT)
DEFS = {
    "$defs": {
        "Dog": {"type": "object", "properties": {"kind": TEXT, "bark": TEXT}},
        "Cat": {"type": "object", "properties": {"kind": TEXT, "purr": TEXT}},
    }
}
REFS = [{"$ref": "#/$defs/Dog"}, {"$ref": "#/$defs/Cat"}]

UNIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "constants": ({"oneOf": [A, B]}, {}),
    "any of them": ({"anyOf": [A, B]}, {}),
    "or null": ({"oneOf": [A, B, {"type": "null"}]}, {}),
    "by reference": ({"oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]}, {"$defs": {"A": A, "B": B}}),
    "an enum of one": ({"oneOf": [{**A, "properties": {"type": {"enum": ["a"]}, "x": TEXT}}, B]}, {}),
    "required beside": ({"type": "object", "required": ["type"], "oneOf": [{"properties": {"type": {"const": v}, v: TEXT}} for v in "ab"]}, {}),
    "more beside": ({"type": "object", "properties": {"name": TEXT, "type": {"enum": ["a", "b"]}}, "oneOf": [A, B]}, {}),
    "other rules beside": ({"oneOf": [A, B], "not": {"required": ["z"]}, "minProperties": 1}, {}),
    "OpenAPI's words": ({"oneOf": REFS, "discriminator": {"propertyName": "kind"}}, DEFS),
    "OpenAPI's mapping": ({"oneOf": REFS, "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/$defs/Dog", "hound": "Dog"}}}, DEFS),
    "an allOf in a branch": ({"oneOf": [{"allOf": [A, {"properties": {"more": TEXT}}]}, B]}, {}),
}  # fmt: skip

NO_UNIONS = {
    "not required": {"oneOf": [{"properties": {"type": {"const": v}, v: TEXT}} for v in "ab"]},
    "only constraints": {"type": "object", "properties": {"type": {"enum": ["a", "b"]}, "x": TEXT}, "oneOf": [branch("a", "x"), branch("b")]},
    "nothing but the property": {"oneOf": [branch("a"), branch("b")]},
    "the same value": {"oneOf": [A, branch("a", y=TEXT)]},
    "a branch without one": {"oneOf": [A, {"properties": {"y": TEXT}, "required": ["y"]}]},
    "numbers": {"oneOf": [{"properties": {"type": {"const": n}, f"x{n}": TEXT}, "required": ["type"]} for n in (1, 2)]},
    "written only": {"oneOf": [{"properties": {"type": {"const": v, "writeOnly": True}, v: TEXT}, "required": ["type"]} for v in "ab"]},
    "closed beside": {"type": "object", "properties": {"type": TEXT}, "additionalProperties": False, "oneOf": [A, B]},
    "a branch that cannot be": {"type": "object", "properties": {"type": {"enum": ["a"]}}, "oneOf": [A, B]},
    "one of many alternatives": {"oneOf": [branch(f"v{n}", x=TEXT) for n in range(201)]},
}  # fmt: skip


@pytest.mark.parametrize(("place", "more"), UNIONS.values(), ids=UNIONS)
def test_alternatives_that_a_property_tells_apart_are_a_union(place: dict[str, Any], more: dict[str, Any]) -> None:
    assert is_union(place, **more)


@pytest.mark.parametrize("place", NO_UNIONS.values(), ids=NO_UNIONS)
def test_what_nothing_tells_apart_is_one_merged_shape(place: dict[str, Any]) -> None:
    assert not is_union(place)
    assert "type" in kind_of(place).type("WidgetSpecTFilter" if "written" in str(place) else "WidgetSpecTPatch").fields


def test_members_are_named_after_their_value_and_share_the_property_that_tells_them_apart() -> None:
    assert print_type(KIND.type("WidgetSpecT")) == (
        '"""\nHow.\n\nTold apart by `type`: no-thing, tcp, udp.\n"""\nunion WidgetSpecT = WidgetSpecTTcp | WidgetSpecTUdp | WidgetSpecTNoThing'
    )
    assert types_of(KIND, "WidgetSpecTTcp") == {
        "type": "String",
        "port": "Int",
        "backlog": "Int",
        "tls": "WidgetSpecTTls",
    }
    assert types_of(KIND, "WidgetSpecTUdp") == {"type": "String", "port": "Int", "ttl": "String", "backlog": "String"}
    assert types_of(KIND, "WidgetSpecTNoThing") == {"type": "String"}
    legal = kind_of({"oneOf": [A, B]})
    assert types_of(legal, "WidgetSpecTA")["type"] == types_of(legal, "WidgetSpecTB")["type"] == "WidgetSpecTType"


def test_create_takes_exactly_one_member() -> None:
    assert print_type(KIND.type("WidgetSpecTInput")) == (
        '"""How."""\ninput WidgetSpecTInput @oneOf {\n  tcp: WidgetSpecTTcpInput\n  udp: WidgetSpecTUdpInput\n  no_thing: WidgetSpecTNoThingInput\n}'
    )
    assert types_of(KIND, "WidgetSpecTTcpInput") == {
        "type": "String",
        "port": "Int!",
        "backlog": "Int",
        "tls": "WidgetSpecTTlsInput",
    }
    create = KIND.type("WidgetSpecTInput")
    assert coerce_input_value({"tcp": {"port": 1}}, create) == {"type": "tcp", "port": 1, "backlog": 5}
    assert coerce_input_value({"no_thing": {}}, create) == {"type": "no-thing"}
    assert coerce_input_value({"udp": {"type": "udp", "backlog": "x"}}, create) == {"type": "udp", "backlog": "x"}
    for wrong in ({}, {"udp": {}, "tcp": {"port": 1}}, {"tcp": {}}, {"tcp": None}):
        assert coerce_input_value(wrong, create) is Undefined
    with pytest.raises(GraphQLError, match="'udp' says 'tcp' of its 'type'"):
        coerce_input_value({"udp": {"type": "tcp"}}, create)


def test_a_default_of_what_tells_members_apart_is_no_default_of_a_member() -> None:
    place = {"type": "object", "properties": {"type": {"enum": ["a", "b"], "default": "a"}}, "oneOf": [A, B]}
    kind = kind_of(place)
    assert coerce_input_value({"b": {"y": "1"}}, kind.type("WidgetSpecTInput")) == {"type": "b", "y": "1"}
    assert kind.body.complete({"spec": {"t": {"x": "1"}}}) == {"spec": {"t": {"x": "1", "type": "a"}}}


def test_patches_and_filters_are_of_the_merged_shape() -> None:
    merged = {"type": "String", "port": "Int", "backlog": "JSON", "ttl": "String", "tls": "WidgetSpecTTlsPatch"}
    assert types_of(KIND, "WidgetSpecTPatch") == merged
    assert not KIND.type("WidgetSpecTPatch").is_one_of
    assert types_of(KIND, KIND.names.apply_input)["spec"] == "WidgetSpecPatch"
    where = {"spec": {"t": {"type": {"eq": "tcp"}, "tls": {"ca": {"exists": True}}}}}
    condition = condition_of(coerce_input_value(where, KIND.type(KIND.names.filter)))
    assert condition is not None
    assert decider(condition)({"spec": {"t": {"type": "tcp", "port": 1, "tls": {"ca": "x"}}}})
    assert not decider(condition)({"spec": {"t": {"type": "tcp", "port": 1}}})


def test_each_member_has_its_own_defaults_and_knows_its_own_fields() -> None:
    body = KIND.body
    completed = body.complete({"spec": {"t": {"type": "tcp", "port": 1, "tls": None}}})
    assert completed == {"spec": {"t": {"type": "tcp", "port": 1, "backlog": 5}}}
    assert body.complete(completed) == completed
    assert body.complete({"spec": {"t": {"type": "udp"}}}) == {"spec": {"t": {"type": "udp"}}}
    assert not body.failures(completed)
    (failure,) = body.failures({"spec": {"t": {"type": "udp", "tls": {}}}})
    assert (failure.path, failure.keyword) == ("/spec/t/tls", "unknownField")
    assert {failure.path for failure in body.failures({"spec": {"t": {"type": "tcp"}}})} >= {"/spec/t"}


def test_apply_replaces_a_member_whole() -> None:
    stored = {"spec": {"t": {"type": "tcp", "port": 1}}}
    assert KIND.body.merge_apply(stored, {"spec": {"t": {"type": "udp"}}}) == {"spec": {"t": {"type": "udp"}}}


def answered(stored: Any, selection: str = FIELDS) -> Any:
    resource = Resource("Widget", {"name": "a"}, {"spec": stored})
    data, errors = run(
        base_snapshot().with_kind(KIND).schema,
        f'{{ widget(name: "a") {{ raw spec {{ {selection} }} }} }}',
        MemoryBackend({"Widget": [resource]}),
    )
    assert not errors
    assert data["widget"]["raw"]["spec"] == stored
    return data["widget"]["spec"]["t"]


def test_a_stored_value_is_read_as_the_member_that_it_says_it_is() -> None:
    assert answered({"t": {"type": "tcp", "port": 1, "tls": {"ca": "c"}}}) == {
        "__typename": "WidgetSpecTTcp", "type": "tcp", "port": 1, "backlog": None, "tls": {"ca": "c"},
    }  # fmt: skip
    assert answered({"t": {"type": "udp", "backlog": "b"}}) == {
        "__typename": "WidgetSpecTUdp",
        "type": "udp",
        "ttl": None,
        "text": "b",
    }
    assert answered({"t": {"type": "no-thing"}}) == {"__typename": "WidgetSpecTNoThing"}


@pytest.mark.parametrize("stored", [{"type": "tls"}, {}, {"type": 5}, {"type": ["tcp"]}, "tcp", [], None])
def test_a_stored_value_that_is_no_member_reads_as_null_and_raw_has_it(stored: Any) -> None:
    assert answered({"t": stored}) is None


def test_a_list_of_a_union_keeps_its_places() -> None:
    kind = kind_of({"type": "array", "items": TRANSPORT})
    resource = Resource("Widget", {"name": "a"}, {"spec": {"t": [{"type": "udp"}, {"type": "x"}, None]}})
    schema = base_snapshot().with_kind(kind).schema
    data, errors = run(
        schema, '{ widget(name: "a") { spec { t { __typename } } } }', MemoryBackend({"Widget": [resource]})
    )
    assert (data["widget"]["spec"]["t"], errors) == ([{"__typename": "WidgetSpecTUdp"}, None, None], [])


def test_a_map_of_a_union_has_typed_entries() -> None:
    kind = kind_of({"type": "object", "additionalProperties": TRANSPORT})
    assert types_of(kind, "WidgetSpecTEntry") == {"key": "String!", "value": "WidgetSpecTValue"}
    made = coerce_input_value(
        [{"key": "k", "value": {"udp": {}}}], kind.type("WidgetSpecInput").fields["tEntries"].type
    )
    assert made == [{"key": "k", "value": {"type": "udp"}}]


def test_a_whole_section_may_be_a_union() -> None:
    kind = compile_spec({"kind": "Widget", "schema": TRANSPORT})
    assert types_of(kind, "Widget")["spec"] == "WidgetSpec"
    assert types_of(kind, kind.names.create_input)["spec"].startswith("WidgetSpecInput")
    value = coerce_input_value(
        {"metadata": {"name": "a"}, "spec": {"tcp": {"port": 2}}}, kind.type(kind.names.create_input)
    )
    assert value["spec"] == {"type": "tcp", "port": 2, "backlog": 5}


def test_expressions_may_hold_themselves() -> None:
    schema = {
        "oneOf": [
            branch("num", by="op", value={"type": "number"}),
            branch("add", by="op", left={"$ref": "#/$defs/E"}, right={"$ref": "#/$defs/E"}),
        ]
    }
    kind = kind_of({"$ref": "#/$defs/E"}, **{"$defs": {"E": schema}})
    assert types_of(kind, "WidgetSpecTAdd") == {"op": "WidgetSpecTOp", "left": "WidgetSpecT", "right": "WidgetSpecT"}
    made = coerce_input_value(
        {"add": {"left": {"num": {"value": 1}}, "right": {"num": {"value": 2}}}}, kind.type("WidgetSpecTInput")
    )
    assert made == {"op": "add", "left": {"op": "num", "value": 1}, "right": {"op": "num", "value": 2}}
    assert not kind.body.failures({"spec": {"t": made}})


def test_a_union_inside_of_a_member_is_the_members_merged_shape() -> None:
    inner = {**branch("a"), "oneOf": [branch("p", by="sub", p=TEXT), branch("q", by="sub", q=TEXT)]}
    kind = kind_of({"oneOf": [inner, B]})
    assert set(types_of(kind, "WidgetSpecTA")) == {"type", "sub", "p", "q"}


def entangled(depth: int) -> dict[str, Any]:
    if depth == 0:
        return {"type": "object", "oneOf": [A, B]}
    inside = entangled(depth - 1)
    return {"type": "object", "properties": {"n": inside}, "oneOf": [branch("a", n=entangled(depth - 1)), B]}


def test_unions_that_multiply_each_other_are_merged_shapes_everywhere() -> None:
    assert is_union(entangled(1))
    assert not is_union(entangled(6))
    assert not is_union(
        {"oneOf": [A, B]},
        **{"$defs": {"other": entangled(6)}, "allOf": [{"properties": {"o": {"$ref": "#/$defs/other"}}}]},
    )


def test_values_that_a_mapping_has_for_one_schema_are_one_member() -> None:
    place, more = UNIONS["OpenAPI's mapping"]
    kind = kind_of(place, **more)
    assert {name for name in kind.type_names if name.startswith("WidgetSpecT") and name[-1] in "gdt"} >= {
        "WidgetSpecTDog",
        "WidgetSpecTCat",
    }
    assert "WidgetSpecTHound" not in kind.type_names
    assert coerce_input_value({"hound": {"bark": "x"}}, kind.type("WidgetSpecTInput")) == {"kind": "hound", "bark": "x"}


def test_contradictions_of_a_branch_refuse_nothing_and_those_of_the_schema_still_do() -> None:
    clash = {"properties": {"x": {"allOf": [{"type": "string"}, {"type": "integer"}]}}}
    assert kind_of({"oneOf": [{**A, "properties": {"type": {"const": "a"}, "x": INT}}, B], "properties": {"x": TEXT}})
    with pytest.raises(DefinitionRefused):
        kind_of({"oneOf": [A, B], "properties": clash["properties"]})


def test_members_may_name_other_resources() -> None:
    place = {"oneOf": [branch("a", to={**TEXT, "x-kindgraph-ref": {"kind": "Widget"}}), branch("b", to=INT)]}
    kind = kind_of(place)
    assert types_of(kind, "WidgetSpecTA")["toResource"] == "Resource"
    assert "toResource" not in types_of(kind, "WidgetSpecTB")
    links = SectionLinks(kind.body.sections["spec"])
    found = [one.target.name for one in links.found({"t": {"type": "a", "to": "x"}}, namespace="n", beside={})]
    assert found == ["x"]
    assert not list(links.found({"t": {"type": "b", "to": "x"}}, namespace="n", beside={}))
    attached = links.attach({"t": {"type": "a", "to": "x"}}, namespace="n")
    assert target_key("to") in attached["t"]


def test_printing_and_introspecting_know_unions() -> None:
    snapshot = base_snapshot().with_kind(KIND)
    plain = snapshot.materialized_schema()
    assert sdl(snapshot) == print_schema(lexicographic_sort_schema(plain)) + "\n"
    query = """{ __type(name: "WidgetSpecT") { kind possibleTypes { name fields { name } } } }"""
    assert graphql_sync(snapshot.schema, query).data == graphql_sync(plain, query).data


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("t { type }", "Cannot query field 'type' on type 'WidgetSpecT'"),
        ("t { ... on WidgetSpec { t { __typename } } }", "can never be of type"),
        ("t { ... on WidgetSpecTTcp { backlog } ... on WidgetSpecTUdp { backlog } }", "they return conflicting types"),
        ("t { ... on WidgetSpecTTcp { type } ... on WidgetSpecTUdp { type } }", None),
    ],
)
def test_documents_are_validated_against_members(selection: str, message: str | None) -> None:
    document = parse(f'{{ widget(name: "a") {{ spec {{ {selection} }} }} }}')
    errors = [error.message for error in validate(base_snapshot().with_kind(KIND).schema, document)]
    assert any(message in error for error in errors) if message else not errors


@pytest.mark.parametrize("batch", range(4))
def test_compiled_selections_of_drawn_kinds_equal_graphql_core(batch: int) -> None:
    for seed in range(batch * 15, batch * 15 + 15):
        rng = random.Random(f"union {seed}")
        try:
            kind = compile_spec({**draw_definition(rng), "kind": "Widget", "group": None, "graphqlName": None})
        except DefinitionRefused:  # a link that a merged shape has no field for
            continue
        schema = base_snapshot().with_kind(kind).schema
        text = f'{{ widget(name: "a") {select_everything(schema, kind.type("Widget"), depth=4)} }}'
        assert validate(schema, parse(text)) == []
        document = Document(text, parse(text), schema)
        plan = document.plan(schema, document.operation(None), VariableValues({}, {}))
        plan.compile()
        complete = plan.selection(schema.query_type.fields["widget"].type, plan.root_fields["widget"])
        assert complete is not None
        for number in range(3):
            stored = draw_resource(rng, kind, name=f"r{number}")
            data, errors = run(schema, text, MemoryBackend({"Widget": [stored]}))
            assert not errors
            with collecting_holes():  # what links name is not there
                assert repr(complete(stored)) == repr(data["widget"]), (seed, text)
