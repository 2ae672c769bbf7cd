"""Deprecated fields stay served, and are marked wherever they can be said."""

from __future__ import annotations

from typing import Any

from schema_builder.sdl import sdl
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import compile_spec

OLD = {"type": "string", "deprecated": True, "description": "Where it is.\nDeprecated: use `endpoint`.\n\nMore."}


def fields(text: str, type_name: str) -> list[str]:
    body = text.split(f" {type_name} {{\n")[1] if f" {type_name} {{\n" in text else text.split(f"{type_name} ")[1]
    return [line.strip() for line in body.split("\n}")[0].splitlines() if "@deprecated" in line]


def test_deprecated_fields_are_marked_in_outputs_inputs_patches_and_filters_with_their_reason() -> None:
    spec: dict[str, Any] = {
        "kind": "Box",
        "schema": {
            "type": "object",
            "required": ["host"],
            "properties": {"host": OLD, "size": {"type": "integer", "deprecated": True}, "other": {"type": "string"}},
        },
        "extraFields": {"data": {"type": "string", "deprecated": True}},
    }
    text = sdl(base_snapshot().with_kind(compile_spec(spec)))
    for name in ("BoxSpec", "BoxSpecInput", "BoxSpecPatch", "BoxSpecFilter"):
        marked = fields(text, name)
        assert [line.split(":")[0] for line in marked] == ["host", "size"], (name, marked)
        assert marked[0].endswith('@deprecated(reason: "use `endpoint`.")')
        assert marked[1].endswith("@deprecated")
        assert "!" not in marked[0]
    for name in ("Box implements Node & Resource", "CreateBoxInput", "BoxPatch", "BoxFilter"):
        assert [line.split(":")[0] for line in fields(text, name)] == ["data"], name
