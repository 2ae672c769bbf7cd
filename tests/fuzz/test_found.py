"""Definitions that fuzzing has found: each went wrong once."""

from __future__ import annotations

from typing import Any

import pytest

from schema_builder.compile import compile_kind
from schema_builder.definition import parse_definition

SERVED = {
    "an enum of texts and lists": {"type": "string", "enum": ["a", ["b"]]},
    "an enum of texts and objects": {"type": "string", "enum": [{"a": 1}, "b", None], "nullable": True},
}


@pytest.mark.parametrize("schema", SERVED.values(), ids=SERVED.keys())
def test_what_fuzzing_has_found_is_served(schema: Any) -> None:
    kind = compile_kind(parse_definition({"kind": "Foo", "schema": {"properties": {"a": schema}}}, name=None))
    assert kind.type("FooSpec").fields["a"]
