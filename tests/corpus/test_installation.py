"""Every CRD of the corpus on one server at once."""

import random
from collections import Counter

import httpx
import pytest
from graphql import build_ast_schema, parse, validate_schema

from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.compile import compile_kind
from schema_builder.definition import parse_definition
from schema_builder.sdl import print_sdl
from schema_builder.snapshot import base_snapshot
from tests.corpus.corpus import crds

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def compiled(tell):
    """Every CRD, compiled."""
    kinds = [compile_kind(crd.definition) for crd in crds()]
    tell(f"{len(kinds)} CRDs compiled, {sum(len(kind.type_names) for kind in kinds)} types")
    return kinds


@pytest.fixture(scope="module")
def served_sdl(installed, tell):
    """The SDL as the server gives it."""
    text = httpx.get(f"{installed.url}/schema.graphql", timeout=600, trust_env=False).text
    tell(f"SDL of {len(text) / 1e6:.1f} MB")
    return text


def snapshot_of(kinds):
    snapshot = base_snapshot()
    for kind in [*kinds, *(compile_kind(parse_definition(spec, name=None)) for spec in BUILTIN_DEFINITIONS)]:
        snapshot = snapshot.with_kind(kind)
    return snapshot


def test_apply_registers_every_crd(installed, tell):
    tell(f"{len(installed.lines)} of {len(crds())} CRDs applied in {installed.seconds:.1f} s")
    assert installed.errors == []
    assert installed.code == 0
    assert Counter(line.split()[-1] for line in installed.lines) == {"created": len(crds())}
    expected = sorted(f"ResourceDefinition/{crd.definition.names.type_name} created" for crd in crds())
    assert sorted(installed.lines) == expected


async def test_every_definition_is_established(installed):
    client = installed.client()
    async with client.client:
        established, after = {}, None
        while True:
            data = await client.graphql(
                """query($after: String) { resourceDefinitions(first: 200, after: $after) {
                    nodes { metadata { name } status { builtIn conditions { type status } } }
                    pageInfo { hasNextPage endCursor } } }""",
                {"after": after},
            )
            page = data["resourceDefinitions"]
            for node in page["nodes"]:
                if not node["status"]["builtIn"]:
                    established[node["metadata"]["name"]] = [one["status"] for one in node["status"]["conditions"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
    assert established == {crd.definition.names.type_name: ["True"] * 3 for crd in crds()}


def test_names_and_schema_do_not_depend_on_the_order(compiled, served_sdl, tell):
    shuffled = random.Random(0).sample(compiled, len(compiled))
    position = 0
    for piece in print_sdl(snapshot_of(shuffled)):
        assert served_sdl.startswith(piece, position), f"differs at {served_sdl[position:][:200]!r}: {piece[:200]!r}"
        position += len(piece)
    assert position == len(served_sdl)
    tell("SDL equal, byte for byte, in another order")


def test_the_whole_schema_is_valid_graphql(compiled, served_sdl, tell):
    schema = build_ast_schema(parse(served_sdl, no_location=True, max_tokens=None), assume_valid_sdl=True)
    assert validate_schema(schema) == []
    fields = schema.query_type.fields
    for kind in compiled:
        assert fields[kind.names.singular_field].type.name == kind.name
    tell(f"{len(schema.type_map)} types pass validation")
