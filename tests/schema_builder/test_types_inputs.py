"""What inputs become: plain data under original names."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLNonNull, Undefined, print_type
from graphql.utilities import coerce_input_value

from schema_builder.base import Operation
from schema_builder.definition import NAMES_ITSELF
from tests.schema_builder.drawn import compile_spec

KIND = compile_spec(
    {
        "kind": "Service",
        "schema": {
            "type": "object",
            "required": ["host", "port", "mode", "maybe", "old", "tls"],
            "properties": {
                "host": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9, "description": "Where."},
                "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 80},
                "mode": {"type": "string", "enum": ["A", "B"], "default": "B"},
                "maybe": {"type": ["string", "null"]},
                "old": {"type": "string", "deprecated": True},
                "size": {"type": "integer", "default": 2**60},
                "ratio": {"type": "number", "default": 1},
                "half": {"type": "number", "default": 0.5},
                "on": {"type": "boolean", "default": False},
                "empty": {"type": "string", "default": ""},
                "zero": {"type": "integer", "default": 0},
                "tags": {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]},
                "x-y": {"type": "string"},
                "x.y": {"type": "string"},
                "grade": {"type": "string", "enum": ["a-b", "c"]},
                "seen": {"type": "string", "readOnly": True},
                "secret": {"type": "string", "writeOnly": True},
                "tls": {
                    "type": "object",
                    "required": ["ca"],
                    "default": {"ca": "none"},
                    "properties": {"ca": {"type": "string"}, "level": {"type": "integer", "default": 3}},
                },
                "open": {
                    "type": "object",
                    "properties": {"known": {"type": "string"}},
                    "additionalProperties": True,
                },
            },
        },
        "statusSchema": {
            "type": "object",
            "required": ["ready"],
            "properties": {"ready": {"type": "boolean", "default": False}},
        },
        "extraFields": {"data": {"type": "object", "additionalProperties": {"type": "string"}}, "raw": {"type": "string"}},
    }
)  # fmt: skip
NAMES = KIND.names
METADATA = {"name": "db"}


def create(spec: Any) -> Any:
    value = coerce_input_value({"metadata": METADATA, "spec": spec}, KIND.type(NAMES.create_input))
    return value if value is Undefined else value["spec"]


def field_types(name: str) -> dict[str, str]:
    return {field: str(definition.type) for field, definition in KIND.type(name).fields.items()}


def test_create_follows_required_and_shows_defaults() -> None:
    printed = print_type(KIND.type("ServiceSpecInput"))
    assert "  host: String!\n" in printed
    assert "  port: Int = 80\n" in printed
    assert "  mode: ServiceSpecMode = B\n" in printed
    assert '  size: BigInt = "1152921504606846976"\n' in printed
    assert "  half: Float = 0.5\n" in printed
    assert "  on: Boolean = false\n" in printed
    assert '  empty: String = ""\n' in printed
    assert "  zero: Int" in printed or "  zero: BigInt = 0\n" in printed
    assert '  tags: [String!] = ["a", "b"]\n' in printed
    assert "  maybe: String\n" in printed
    assert "  old: String @deprecated" in printed
    assert "  tls: ServiceSpecTlsInput\n" in printed


def test_what_graphql_cannot_say_is_in_the_description() -> None:
    fields = KIND.type("ServiceSpecInput").fields
    assert fields["host"].description.startswith("Where.")
    assert "pattern: ^[a-z]+$" in fields["host"].description
    assert "maxLength: 9" in fields["host"].description
    assert 'one of: ["a-b", "c"]' in fields["grade"].description
    assert "default: 1" in fields["ratio"].description
    assert 'default: {"ca": "none"}' in fields["tls"].description


def test_defaults_are_filled_in_and_objects_are_never_created() -> None:
    assert create({"host": "h"}) == {
        "host": "h", "port": 80, "mode": "B", "size": 2**60, "half": 0.5, "on": False, "empty": "", "zero": 0, "tags": ["a", "b"],
    }  # fmt: skip
    assert create({"host": "h", "tls": {"ca": "x"}})["tls"] == {"ca": "x", "level": 3}


def test_graphql_and_the_body_schema_agree_on_every_default() -> None:
    given = {"host": "h", "tls": {"ca": "x"}}
    assert KIND.body.complete({"spec": create(given)}) == KIND.body.complete({"spec": given})


def test_original_names_come_out_of_escaped_ones() -> None:
    fields = {definition.out_name: name for name, definition in KIND.type("ServiceSpecInput").fields.items()}
    assert fields["x-y"] != fields["x.y"]
    made = create({"host": "h", fields["x-y"]: "1", fields["x.y"]: "2"})
    assert (made["x-y"], made["x.y"]) == ("1", "2")


def test_nulls_go_through_as_they_are() -> None:
    made = create({"host": "h", "maybe": None, "port": None})
    assert made["maybe"] is None
    assert made["port"] is None


@pytest.mark.parametrize(("given", "kept"), [(3, 3), (3.0, 3), (2.5, 2.5), (2**53 - 1, 2**53 - 1)])
def test_numbers_stay_as_written(given: Any, kept: Any) -> None:
    made = create({"host": "h", "ratio": given})["ratio"]
    assert (made, type(made)) == (kept, type(kept))


def test_a_number_that_a_double_cannot_hold_is_refused() -> None:
    assert create({"host": "h", "ratio": 2**53 + 1}) is Undefined


def test_read_only_parts_are_in_no_input_and_write_only_parts_in_no_output() -> None:
    for name in ("ServiceSpecInput", "ServiceSpecPatch"):
        assert "seen" not in field_types(name)
        assert "secret" in field_types(name)
    assert "seen" in field_types("ServiceSpec")
    assert "secret" not in field_types("ServiceSpec")


def test_extra_properties_of_an_open_object_are_merged_in() -> None:
    assert create({"host": "h", "open": {"known": "a", "_extra": {"more": 1}}})["open"] == {"known": "a", "more": 1}
    assert create({"host": "h", "open": {"_extra": None}})["open"] == {}


@pytest.mark.parametrize("extra", ["text", 5, ["a"], {"known": "twice"}])
def test_extra_properties_that_cannot_be_merged_are_refused_and_never_dropped(extra: Any) -> None:
    with pytest.raises(GraphQLError) as caught:
        create({"host": "h", "open": {"known": "a", "_extra": extra}})
    assert caught.value.extensions["code"] == "BAD_USER_INPUT"


def test_patch_and_apply_require_nothing_and_default_nothing() -> None:
    for name in (NAMES.patch, NAMES.apply_input):
        metadata = {} if name == NAMES.patch else METADATA
        assert coerce_input_value({"metadata": metadata, "spec": {}}, KIND.type(name))["spec"] == {}
        assert field_types(name)["spec"] == "ServiceSpecPatch"
    for definition in KIND.type("ServiceSpecPatch").fields.values():
        assert definition.default is None
        assert not isinstance(definition.type, GraphQLNonNull)


def test_status_is_only_in_its_own_mutation() -> None:
    for name in (NAMES.patch, NAMES.create_input, NAMES.replace_input):
        assert "status" not in field_types(name)
    assert field_types(NAMES.apply_input)["status"] == "JSON"  # taken, and ignored with a warning
    arguments = KIND.field(Operation.MUTATION, NAMES.update_status).args
    assert str(arguments["status"].type) == "ServiceStatusPatch!"
    assert field_types("ServiceStatusPatch") == {"ready": "Boolean"}
    assert "ServiceStatusInput" not in KIND.type_names


def test_extra_fields_stand_beside_spec_and_never_hide_the_envelope() -> None:
    outputs = {name: str(definition.type) for name, definition in KIND.type(NAMES.type_name).fields.items()}
    assert outputs["raw"] == "JSON!"
    assert outputs["data"] == "StringMap"
    (escaped,) = outputs.keys() - {"id", "group", "kind", "metadata", "raw", "data", "spec", "status"}
    value = {"metadata": METADATA, "spec": {"host": "h"}, "data": {"a": "b"}, escaped: "text"}
    made = coerce_input_value(value, KIND.type(NAMES.create_input))
    assert (made["data"], made["raw"]) == ({"a": "b"}, "text")


def test_metadata_may_only_be_left_out_where_the_kind_names_itself() -> None:
    assert field_types(NAMES.create_input)["metadata"] == "CreateMetadataInput!"
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, NAMES_ITSELF: True}
    kind = compile_spec({"kind": "Named", "schema": schema})
    for name in (kind.names.create_input, kind.names.replace_input, kind.names.apply_input):
        assert not isinstance(kind.type(name).fields["metadata"].type, GraphQLNonNull)


def test_a_required_reference_to_itself_does_not_ask_for_the_impossible() -> None:
    kind = compile_spec(
        {
            "kind": "Loop",
            "schema": {
                "type": "object",
                "properties": {"tree": {"$ref": "#/$defs/Tree"}},
                "$defs": {
                    "Tree": {
                        "type": "object",
                        "required": ["next", "leaf"],
                        "properties": {"next": {"$ref": "#/$defs/Tree"}, "leaf": {"$ref": "#/$defs/Leaf"}},
                    },
                    "Leaf": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
                },
            },
        }
    )
    types = {name: str(field.type) for name, field in kind.type("LoopSpecTreeInput").fields.items()}
    assert types == {"next": "LoopSpecTreeInput", "leaf": "LoopSpecTreeLeafInput!"}


def test_nulls_in_maps_of_strings_are_absent_when_created_and_remove_when_patched() -> None:
    given = {"metadata": METADATA, "spec": {"host": "h"}, "data": {"a": None, "b": "c"}}
    assert coerce_input_value(given, KIND.type(NAMES.create_input))["data"] == {"b": "c"}
    for name in (NAMES.patch, NAMES.apply_input):
        changes = {**given, "metadata": {} if name == NAMES.patch else METADATA}
        assert coerce_input_value(changes, KIND.type(name))["data"] == {"a": None, "b": "c"}
