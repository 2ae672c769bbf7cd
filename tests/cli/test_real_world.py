"""Definitions as others write them: all on one server, named alike in any order, and tried as the corpus is."""

import random
from collections import Counter
from pathlib import Path

import pytest
from graphql import build_ast_schema, parse, validate_schema

from app.cli.manifests.documents import read_documents
from app.cli.manifests.meaning import read_manifest
from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import parse_definition
from schema_builder.degraded import degraded_places
from schema_builder.sdl import sdl
from schema_builder.snapshot import base_snapshot
from tests.corpus.corpus import Example, crd_of
from tests.corpus.leaves import Name, leaves_of
from tests.corpus.trial import Tally, Trial
from tests.corpus.typed import OutputTypes

FOLDER = Path(__file__).parent / "real_world"


def documents(name):
    read = list(read_documents((FOLDER / name).read_text()))
    assert [one.error for one in read] == [None] * len(read)
    return [one.data for one in read]


@pytest.fixture(scope="module")
def crds():
    found = [crd_of(document, file="definitions.yaml") for document in documents("definitions.yaml")]
    return {(one.spec["group"], one.spec["kind"]): one for one in found}


@pytest.fixture(scope="module")
def kinds(crds):
    return {key: compile_kind(crd.definition) for key, crd in crds.items()}


async def test_all_of_them_install_round_trip_and_can_be_found_and_patched(cli, server, crds, kinds):
    applied = await cli("apply", "-f", str(FOLDER / "definitions.yaml"))
    assert applied.err == ""
    assert Counter(line.split()[-1] for line in applied.out.splitlines()) == {"created": len(crds)}
    tally, manifests = Tally(), [read_manifest(one) for one in documents("resources.yaml")]
    for number, manifest in enumerate(manifests):
        key = (manifest.group, manifest.kind)
        example = Example(f"resources.yaml: {manifest}", crds[key], manifest, None)
        await Trial(example, kinds[key], server, tally, number=number).run()
    assert "\n".join(tally.wrong) == ""
    assert tally.refused == []
    assert tally.counts["round-tripped"] == len(manifests)
    assert {(one.group, one.kind) for one in manifests} == crds.keys()


async def test_the_served_schema_is_that_of_any_order_and_valid(cli, server, kinds):
    await cli("apply", "-f", str(FOLDER / "definitions.yaml"))
    served = (await server.client.get("/schema.graphql")).text
    built_ins = [compile_kind(parse_definition(spec, name=None)) for spec in BUILTIN_DEFINITIONS]
    snapshot = base_snapshot()
    for kind in random.Random(0).sample([*kinds.values(), *built_ins], len(kinds) + len(built_ins)):
        snapshot = snapshot.with_kind(kind)
    assert sdl(snapshot) == served
    assert validate_schema(build_ast_schema(parse(served))) == []


def test_names_are_made_of_group_and_kind(kinds):
    names = {key: kind.names for key, kind in kinds.items()}
    assert names["alpha.example.org", "Subscription"].type_name == "AlphaExampleOrg_Subscription"
    assert names["beta.example.org", "Subscription"].plural_field == "betaExampleOrg_subscriptions"
    assert names["names.example.org", "Series"].plural_field == "namesExampleOrg_seriesList"
    assert names["names.example.org", "UUID"].singular_field == "namesExampleOrg_uuid"
    assert names["1st-names.example.org", "gadget"].type_name == "_1st_namesExampleOrg_Gadget"
    assert all(len(name) <= 120 for kind in kinds.values() for name in kind.type_names)


def test_what_is_degraded_is_what_no_type_can_say(crds):
    told, untyped = [], []
    for crd in crds.values():
        types = OutputTypes(CompiledKind(crd.definition))
        told += [place.path for place in degraded_places(crd.definition.sections)]
        for section, schema in crd.sections():
            leaves = leaves_of(schema, (Name(section),))
            untyped += [".".join(leaf.path) for leaf in leaves if not types.is_typed(leaf.path)]
    assert told == ["spec.either"]
    assert untyped == ["spec.either.[]"]


def test_the_storage_version_counts(crds):
    port = crds["shapes.example.org", "Versioned"].spec["schema"]["properties"]["port"]
    assert port == {"type": "integer", "format": "int32"}
