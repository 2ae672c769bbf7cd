"""The SDL: byte-stable, in pieces, and reviewed like code."""

from __future__ import annotations

import os
import random
from pathlib import Path

from graphql import build_schema, lexicographic_sort_schema, print_schema

from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.sdl import print_sdl, sdl
from schema_builder.snapshot import base_snapshot
from tests.schema_builder.drawn import compile_spec, draw_definition

GOLDEN = Path(__file__).parent / "golden"

EXTERNAL_SERVICE = {
    "kind": "ExternalService",
    "description": "A service that others run.",
    "schema": {
        "type": "object",
        "required": ["host", "port"],
        "properties": {
            "host": {"type": "string", "description": "Where it is.", "pattern": "^[a-z.]+$"},
            "port": {"type": "integer", "minimum": 1, "maximum": 65535},
            "tls": {"type": "boolean", "default": True},
            "mode": {"type": "string", "enum": ["ACTIVE", "PASSIVE"], "default": "ACTIVE"},
            "since": {"type": "string", "format": "date-time"},
            "limits": {
                "type": "object",
                "properties": {"maxConns": {"type": "integer"}, "burst": {"type": "number", "deprecated": True}},
            },
            "endpoints": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["zone"],
                    "properties": {"zone": {"type": "string"}, "x-weight": {"x-kubernetes-int-or-string": True}},
                    "additionalProperties": True,
                },
            },
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "statusSchema": {"type": "object", "properties": {"ready": {"type": "boolean"}, "seen": {"type": "integer"}}},
    "indexes": [{"fields": ["spec.limits.maxConns", "spec.mode"]}],
}


def compare_with_golden(name: str, printed: str) -> None:
    """Compare with the reviewed file; KINDGRAPH_ACCEPT_GOLDEN=1 writes it anew."""
    path = GOLDEN / name
    if os.environ.get("KINDGRAPH_ACCEPT_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(printed, encoding="utf-8")
    assert printed == path.read_text(encoding="utf-8")


def test_the_sdl_of_a_kind_is_the_reviewed_one() -> None:
    compare_with_golden("external_service.graphql", sdl(base_snapshot().with_kind(compile_spec(EXTERNAL_SERVICE))))


def test_the_sdl_of_the_built_in_kinds_is_the_reviewed_one() -> None:
    snapshot = base_snapshot()
    for definition in BUILTIN_DEFINITIONS:
        snapshot = snapshot.with_kind(compile_spec(definition))
    compare_with_golden("builtins.graphql", sdl(snapshot))


def test_it_is_what_graphql_core_prints_of_the_sorted_schema() -> None:
    rng = random.Random(5)
    snapshot = base_snapshot()
    for number in range(12):
        spec = {**draw_definition(rng), "kind": f"Kind{number}", "graphqlName": None}
        snapshot = snapshot.with_kind(compile_spec(spec))
    assert sdl(snapshot) == print_schema(lexicographic_sort_schema(snapshot.materialized_schema())) + "\n"


def test_it_can_be_read_back() -> None:
    printed = sdl(base_snapshot().with_kind(compile_spec(EXTERNAL_SERVICE)))
    assert print_schema(lexicographic_sort_schema(build_schema(printed))) + "\n" == printed


def test_it_comes_in_pieces_and_leaves_nothing_built() -> None:
    snapshot = base_snapshot().with_kind(compile_spec(EXTERNAL_SERVICE))
    pieces = list(print_sdl(snapshot))
    assert len(pieces) > 100
    assert max(map(len, pieces)) < 5_000
    assert snapshot.kinds["ExternalService"]._types == {}


def test_the_sdl_is_the_same_when_it_was_printed_before_and_between_others() -> None:
    kinds = [compile_spec({**EXTERNAL_SERVICE, "kind": name}) for name in ("Foo", "FooBar", "Bar")]
    snapshot = base_snapshot()
    for kind in kinds:
        snapshot = snapshot.with_kind(kind)
    first = sdl(snapshot)
    broken_off = print_sdl(snapshot)
    for _ in range(40):
        next(broken_off)
    pairs = list(zip(print_sdl(snapshot), print_sdl(snapshot), strict=True))
    assert first == "".join(ours for ours, _ in pairs) == "".join(theirs for _, theirs in pairs)
    assert first == print_schema(lexicographic_sort_schema(snapshot.materialized_schema())) + "\n"
    fewer = sdl(snapshot.without_kind("Foo"))
    anew = base_snapshot()
    for name in ("Bar", "FooBar"):
        anew = anew.with_kind(compile_spec({**EXTERNAL_SERVICE, "kind": name}))
    assert fewer == sdl(anew)
