"""Parts of schemas that many definitions have in common: nobody can tell that they are read once."""

from typing import Any

import pytest

from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import Definition, parse_definition
from schema_builder.errors import DefinitionRefused
from schema_builder.sdl import print_sdl
from schema_builder.snapshot import base_snapshot

Schema = dict[str, Any]

TEMPLATE: Schema = {
    "type": "object",
    "description": "What is run, and how; the same words in every kind that runs something.",
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "pattern": "^[a-z./:-]+$", "description": "Where it comes from."},
        "replicas": {"type": "integer", "format": "int32", "default": 1, "minimum": 0},
        "limits": {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        },
        "ports": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "What it is called."},
                    "port": {"type": "integer", "maximum": 65535},
                },
            },
        },
    },
}


def definition(kind: str, **properties: Any) -> Definition:
    schema = {"type": "object", "properties": properties}
    return parse_definition({"kind": kind, "schema": schema}, name=None)


def sdl_of(kind: CompiledKind) -> str:
    return "".join(print_sdl(base_snapshot().with_kind(kind)))


def copy_of(schema: Any) -> Any:
    """Return an equal schema that shares nothing with it."""
    if isinstance(schema, dict):
        return {name: copy_of(value) for name, value in schema.items()}
    return [copy_of(value) for value in schema] if isinstance(schema, list) else schema


def test_equal_parts_of_two_kinds_are_one_node():
    first = definition("Job", template=TEMPLATE)
    second = definition("Task", run=copy_of(TEMPLATE), other={"type": "string"})
    ours, theirs = first.sections["spec"].root.properties, second.sections["spec"].root.properties
    assert theirs["run"] is ours["template"]


def test_equal_parts_of_one_kind_are_one_node():
    found = definition("Job", a=TEMPLATE, b=copy_of(TEMPLATE), c={"type": "array", "items": copy_of(TEMPLATE)})
    properties = found.sections["spec"].root.properties
    assert properties["a"] is properties["b"] is properties["c"].items


def test_a_part_is_kept_as_long_as_a_kind_uses_it():
    template = {**TEMPLATE, "title": "Of this test alone"}
    identity = id(definition("Job", template=template).sections["spec"])
    second = definition("Task", template=copy_of(template))
    third = definition("Chore", template=copy_of(template))
    assert identity
    assert second.sections["spec"].root.properties["template"] is third.sections["spec"].root.properties["template"]


@pytest.mark.parametrize("words", [{"description": "Other words."}, {"nullable": True}, {"required": []}])
def test_parts_of_different_words_are_different(words: Schema):
    first = definition("Job", template=TEMPLATE).sections["spec"].root.properties["template"]
    second = definition("Task", template={**copy_of(TEMPLATE), **words}).sections["spec"].root.properties["template"]
    assert second is not first
    assert second != first


def test_a_kind_is_the_same_whether_others_had_its_parts_before():
    properties = {"a": TEMPLATE, "b": {"type": "array", "items": {**TEMPLATE, "title": "Never seen before"}}}
    cold = compile_kind(definition("Job", **properties))
    others = [definition(f"Other{number}", x=copy_of(part)) for number, part in enumerate(properties.values())]
    warm = compile_kind(definition("Job", **copy_of(properties)))
    assert others
    assert sdl_of(warm) == sdl_of(cold)
    assert warm.fingerprint == cold.fingerprint
    body = {"spec": {"a": {"image": "UPPER", "replicas": -1, "ports": [{"port": 70000, "no": 1}]}}}
    assert warm.body.failures(body) == cold.body.failures(body) != []
    assert warm.body.complete({"spec": {"a": {}}}) == {"spec": {"a": {"replicas": 1}}}


def test_what_is_wrong_inside_a_known_part_is_told_where_it_is():
    known = definition("Job", template=TEMPLATE)
    clash = {
        "allOf": [
            {"properties": {"template": copy_of(TEMPLATE)}},
            {"properties": {"template": {"properties": {"image": {"type": "integer"}}}}},
        ]
    }
    with pytest.raises(DefinitionRefused) as refused:
        parse_definition({"kind": "Task", "schema": clash}, name=None)
    assert known
    assert [failure.path for failure in refused.value.failures] == [
        "/spec/schema/allOf/0/properties/template/properties/image"
    ]


def test_parts_that_are_refused_are_refused_in_every_kind():
    wrong = copy_of(TEMPLATE)
    wrong["properties"]["replicas"]["default"] = "many"
    for kind in ("Job", "Task"):
        with pytest.raises(DefinitionRefused) as refused:
            definition(kind, template=copy_of(wrong))
        assert [failure.keyword for failure in refused.value.failures] == ["default"]


def test_references_keep_their_meaning_in_each_document():
    part = {
        "type": "object",
        "description": "The same words, and another meaning in each document that holds them, as references have it.",
        "properties": {"size": {"$ref": "#/$defs/size"}, "note": {"type": "string", "description": "Of any length."}},
    }
    kinds = [
        parse_definition(
            {
                "kind": "Job",
                "schema": {"type": "object", "properties": {"part": copy_of(part)}, "$defs": {"size": {"type": type_}}},
            },
            name=None,
        )
        for type_ in ("integer", "string")
    ]
    sizes = [kind.sections["spec"].resolve(kind.sections["spec"].root.properties["part"].properties["size"]).kind
             for kind in kinds]  # fmt: skip
    assert sizes[0] != sizes[1]


def test_many_copies_of_a_part_count_as_what_they_are():
    copies = {f"p{number}": copy_of(TEMPLATE) for number in range(8_000)}
    with pytest.raises(DefinitionRefused) as refused:
        definition("Job", **copies)
    assert {failure.keyword for failure in refused.value.failures} == {"limit"}
