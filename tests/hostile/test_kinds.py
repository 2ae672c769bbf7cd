"""Hostile definitions: refused with a reason, or served; what is served already stays."""

from typing import Any

import pytest

from tests.hostile.arena import DEFINE, Arena
from tests.hostile.kinds import CREATE, READ, TARGET_SCHEMA, target

Schema = dict[str, Any]


def properties(count: int, schema: Any) -> Schema:
    return {"type": "object", "properties": {f"p{number}": schema for number in range(count)}}


def deep(levels: int) -> Schema:
    schema: Schema = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def chain(levels: int, schema: Any, *, last: Schema) -> Schema:
    """Return a schema whose definitions each use the next one."""
    links = {f"d{number}": schema({"$ref": f"#/$defs/d{number + 1}"}) for number in range(levels)}
    return {"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**links, f"d{levels}": last}}


OBJECT = {"type": "object", "properties": {"z": {"type": "string"}}}

REFUSED: dict[str, Any] = {
    "a reference to the web": {"$ref": "http://169.254.169.254/latest/meta-data"},
    "a reference to a file": {"$ref": "file:///etc/passwd"},
    "a relative reference": {"$ref": "../other.json#/a"},
    "a reference to a remote dialect": {"$schema": "https://example.org/dialect", "type": "object"},
    "a reference to itself": {"$ref": "#"},
    "a cycle of references": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
    "a cycle in allOf": {"allOf": [{"$ref": "#"}]},
    "a dangling reference": {"$ref": "#/$defs/none"},
    "a reference that is no text": {"$ref": 1},
    "a chain of 10,000 references": chain(10_000, lambda ref: ref, last={"type": "string"}),
    "40,000 properties": properties(40_000, {"type": "string"}),
    "12,000 different objects": {
        "type": "object",
        "properties": {f"p{n}": {"type": "object", "properties": {f"q{n}": {"type": "string"}}} for n in range(12_000)},
    },
    "a type that is none": {"type": "strin"},
    "20,000 types that are none": properties(20_000, {"type": "strin"}),
    "depth 130": deep(125),
    "a pattern with lookahead": {"type": "string", "pattern": "(?=a)"},
    "a pattern with a back-reference": {"type": "string", "pattern": r"(a)\1"},
    "a pattern that is none": {"type": "string", "pattern": "(("},
    "a pattern that is no text": {"type": "string", "pattern": 1},
    "a huge pattern": properties(1, {"type": "string", "pattern": "(a{1000}){1000}"}),
    "a pattern of megabytes": properties(1, {"type": "string", "pattern": "|".join(f"a{n}" for n in range(300_000))}),
    "many large patterns": {
        "type": "object",
        "properties": {f"a{n}": {"type": "string", "pattern": f"(a{{0,{900 + n % 90}}}){{30}}"} for n in range(100)},
    },
    "5,000 patterns of properties": {"type": "object", "patternProperties": {f"^a{n}$": {} for n in range(5_000)}},
    "a contradiction": {"allOf": [{"type": "string"}, {"type": "object"}]},
    "a text as properties": {"type": "object", "properties": "all"},
    "a bound that is none": {"type": "object", "properties": {"a": {"type": "integer", "minimum": "0"}}},
    "megabytes of enum": properties(1, {"type": "string", "enum": [f"A{n:06}" for n in range(300_000)]}),
    "a default that is wrong, 20,000 times": properties(
        1, {"type": "array", "items": {"type": "integer"}, "default": ["x"] * 20_000}
    ),
}


@pytest.mark.parametrize("schema", REFUSED.values(), ids=REFUSED.keys())
def test_a_hostile_schema_is_refused(arena: Arena, schema: Any):
    for field in ("schema", "statusSchema"):
        answer = arena.strike_definition(**{field: schema})
        answer.refused("INVALID", "BAD_USER_INPUT", "LIMIT_EXCEEDED")
        assert all(failure["path"].startswith("/") or failure["keyword"] == "limit" for failure in answer.failures)


EVIL_NAMES = [
    "__proto__", "constructor", "$where", "a.b", "\0", "", "Query", "String", "__typename", "\N{PILE OF POO}", "_and",
    "_extra", "toString", "id", "raw", "kind", "$ref", "$id", "\u2028", "%24",
]  # fmt: skip

EITHER: dict[str, Any] = {
    "10,000 properties": properties(10_000, {"type": "string"}),
    "2,500 objects": properties(2_500, OBJECT),
    "depth 40": deep(40),
    "2,000 patterns": {
        "type": "object",
        "properties": {f"a{n}": {"type": "string", "pattern": f"^a{n}[a-z]+$"} for n in range(2_000)},
    },
    "an alternation": properties(1, {"type": "string", "pattern": "|".join(f"a{n}" for n in range(1_000))}),
    "a pattern that backtracks elsewhere": properties(1, {"type": "string", "pattern": "^(a+)+$"}),
    "20,000 values of an enum": properties(1, {"type": "string", "enum": [f"A{n:06}" for n in range(20_000)]}),
    "an enum of 20,000 objects": properties(1, {"enum": [{"a": n} for n in range(20_000)]}),
    "laughs of allOf": chain(40, lambda ref: {"allOf": [ref, ref]}, last=OBJECT),
    "laughs of properties": chain(90, lambda ref: {"type": "object", "properties": {"x": ref, "y": ref}}, last=OBJECT),
    "3,000 alternatives": {"type": "object", "anyOf": [{"properties": {f"p{n}": {}}} for n in range(3_000)]},
    "3,000 parts": {"type": "object", "allOf": [{"properties": {"p": {"minLength": n}}} for n in range(3_000)]},
    "50,000 required fields": {"type": "object", "required": [f"a{n}" for n in range(50_000)]},
    "a description of megabytes": {"type": "object", "description": "d" * 3_500_000},
    "a large default": properties(1, {"type": "array", "items": {"type": "integer"}, "default": [1] * 20_000}),
    "long names": {
        "type": "object",
        "properties": {"p" * 2_000 + str(n): OBJECT for n in range(500)},
    },
    "names that collide": {
        "type": "object",
        "properties": {"a" + "".join("-_."[n // 3**k % 3] for k in range(6)): {"type": "string"} for n in range(729)},
    },
    "names of all sorts": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in EVIL_NAMES},
    },
    "true": True,
    "an empty schema": {},
}  # fmt: skip


@pytest.mark.parametrize("schema", EITHER.values(), ids=EITHER.keys())
def test_a_large_schema_is_refused_or_served(arena: Arena, schema: Any):
    answer = arena.strike_definition(schema=schema)
    assert answer.codes <= {"INVALID", "LIMIT_EXCEEDED"}


NAMES: dict[str, Any] = {
    "a prototype": {"kind": "__proto__"},
    "a constructor": {"kind": "constructor"},
    "an operator": {"kind": "$where"},
    "a path": {"kind": "a.b"},
    "NUL": {"kind": "A\0"},
    "nothing": {"kind": ""},
    "an emoji": {"kind": "\N{PILE OF POO}"},
    "a megabyte": {"kind": "K" * 1_000_000},
    "a line": {"kind": "A\n"},
    "a plural of megabytes": {"plural": "p" * 1_000_000},
    "a hostile plural": {"plural": "__typename"},
    "a group of megabytes": {"group": "a." * 500_000},
    "a hostile group": {"group": "../.."},
    "a GraphQL name of megabytes": {"graphqlName": "G" * 1_000_000},
    "a hostile GraphQL name": {"graphqlName": "__Type"},
    "a description of megabytes": {"description": "d" * 4_000_000},
    "10,000 indexes": {"schema": TARGET_SCHEMA, "indexes": [{"fields": ["spec.count"]}] * 10_000},
    "an index of 50,000 fields": {"schema": TARGET_SCHEMA, "indexes": [{"fields": ["spec.count"] * 50_000}]},
    "an index of everything": {"schema": TARGET_SCHEMA, "indexes": [{"fields": ["$**"]}]},
    "20,000 columns": {"columns": [{"name": "a", "path": "spec.count", "type": "string"}] * 20_000},
    "a column of dots": {"columns": [{"name": "a", "path": "." * 1_000_000, "type": "string"}]},
    "reserved fields": {"extraFields": {"metadata": {"type": "string"}}},
    "30,000 unknown fields": {f"u{number}": 1 for number in range(30_000)},
}


@pytest.mark.parametrize("spec", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_definition_is_refused(arena: Arena, spec: dict[str, Any]):
    answer = arena.strike_definition(**spec)
    if spec.get("kind") != "constructor":
        answer.refused("INVALID", "BAD_USER_INPUT", "LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    "name",
    [
        "Query", "Mutation", "Subscription", "String", "Int", "Float", "Boolean", "ID", "Node", "Resource", "PageInfo",
        "ObjectMeta", "JSON", "BigInt", "DateTime", "StringMap", "Server", "ResourceEvent", "WatchEventType",
        "StringFilter", "ResourceDefinition", "TargetFilter", "TargetConnection", "TargetEdge", "TargetEvent",
        "TargetPatch", "TargetOrderBy", "TargetSpec", "CreateTargetInput", "ApplyTargetInput", "Target",
    ],
)  # fmt: skip
def test_the_name_of_another_type_is_refused(arena: Arena, name: str):
    before = arena.exchange("GET", "/schema.graphql", None, {}).text
    answer = arena.strike_definition(kind=name)
    answer.refused("INVALID", "ALREADY_EXISTS", "FORBIDDEN")
    assert arena.exchange("GET", "/schema.graphql", None, {}).text == before


@pytest.mark.parametrize("plural", ["target", "targets", "node", "nodes", "resource", "server", "resourceDefinitions"])
def test_the_name_of_another_field_is_refused(arena: Arena, plural: str):
    for field in ("plural", "singular"):
        arena.strike_definition(**{field: plural}).refused("INVALID")


def test_a_good_kind_outlives_hostile_changes_of_its_definition(arena: Arena):
    update = """mutation($patch: ResourceDefinitionPatch!) {
        updateResourceDefinition(name: "Target", patch: $patch) {metadata {name}}
    }"""
    variables = target(arena, count=7)
    arena.do(CREATE, variables)
    name = variables["input"]["metadata"]["name"]
    before = arena.do(READ, {"name": name})
    for schema in REFUSED.values():
        answer = arena.strike(update, {"patch": {"spec": {"schema": schema}}})
        answer.refused("INVALID", "BAD_USER_INPUT", "LIMIT_EXCEEDED")
        assert arena.do(READ, {"name": name}) == before
    for spec in ({"kind": "Other"}, {"group": "example.org"}, {"scope": "CLUSTER"}, {"graphqlName": "Query"}):
        arena.strike(update, {"patch": {"spec": spec}}).refused("INVALID", "BAD_USER_INPUT", "FORBIDDEN")
    assert arena.do(READ, {"name": name}) == before
    arena.do(CREATE, target(arena, count=8))


def test_refused_definitions_leave_no_memory_behind(arena: Arena):
    """What is compiled for a definition that is not kept goes at once."""

    def resident_mib() -> float:
        with open(f"/proc/{arena.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * 4096 / 2**20

    query = DEFINE.replace("(input: $input)", "(input: $input, dryRun: true)")
    spec = {"kind": arena.fresh("K"), "schema": properties(4_000, {"type": "string"})}
    for _ in range(4):
        arena.do(query, {"input": {"spec": spec}})
    before = resident_mib()
    for _ in range(20):
        arena.do(query, {"input": {"spec": spec}})
    assert resident_mib() < before + 100
