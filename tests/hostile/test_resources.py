"""Bodies of resources: refused, or read back exactly."""

from typing import Any

import orjson
import pytest

from tests.hostile.arena import Answer, Arena
from tests.hostile.kinds import CREATE, DELETE, READ, target

INT64 = 2**63

EVIL_KEYS = [
    "", "__proto__", "constructor", "prototype", "$where", "$ref", "$id", "$db", "$set", "a.b", ".", "..", "$", "%",
    "%24where", "%00", "\0", "a\0b", "_id", "__typename", "__schema", "Query", "String", "toString", "hasOwnProperty",
    "\N{PILE OF POO}", "\N{RIGHT-TO-LEFT OVERRIDE}abc", "\u2028", " ", "\n", "a/b", "~0~1", "-", "0", "1e3", "null",
    "x" * 100_000,
]  # fmt: skip


def read_back(arena: Arena, spec: dict[str, Any]) -> None:
    """Strike with a resource; it must be refused by a code, or be there as it was given."""
    names = []

    def strike() -> Answer:
        variables = target(arena, **spec)
        names.append(variables["input"]["metadata"]["name"])
        return arena.ask(CREATE, variables)

    answer = arena.attack(strike)
    if answer.errors:
        answer.refused("INVALID", "BAD_USER_INPUT", "LIMIT_EXCEEDED")
        assert arena.do(READ, {"name": names[-1]}) == {"target": None}
    else:
        raw = arena.attack(lambda: arena.ask(READ, {"name": names[-1]})).worked()["target"]["raw"]
        assert raw["spec"] == {"title": "t", **spec}
    for name in names:
        arena.ask(DELETE, {"name": name})


@pytest.mark.parametrize("key", EVIL_KEYS, ids=range(len(EVIL_KEYS)))
def test_a_key_of_any_sort_reads_back_exactly(arena: Arena, key: str):
    read_back(arena, {"free": {key: 1, "inner": [{key: {key: "value"}}]}})
    read_back(arena, {"map": {key: "value"}})


def test_keys_of_all_sorts_live_together(arena: Arena):
    read_back(arena, {"free": {key: index for index, key in enumerate(EVIL_KEYS)}})


@pytest.mark.parametrize(
    "value",
    [
        {"$ref": "resources", "$id": "x", "$db": "admin"},
        {"$oid": "507f1f77bcf86cd799439011"},
        {"$date": {"$numberLong": "0"}},
        {"$numberLong": "1"},
        {"$binary": {"base64": "", "subType": "00"}},
        {"$code": "while(1);"},
        {"$timestamp": {"t": 1, "i": 1}},
        {"$regularExpression": {"pattern": "(a+)+$", "options": ""}},
        {"$minKey": 1},
        "$$ROOT",
        "$$REMOVE",
        "'; drop collection resources; --",
        "<script>alert(1)</script>",
        "\0\0",
        "\ufeff\uffff\N{PILE OF POO}",
        [INT64 - 1, -INT64, 2**53 + 1, 0.1, -0.0, 1e308, 5e-324],
        [[], {}, [[]], [{}], None, True, ""],
    ],
    ids=range(17),
)
def test_a_value_of_any_sort_reads_back_exactly(arena: Arena, value: Any):
    read_back(arena, {"free": value})
    read_back(arena, {"free": {"deep": [value]}, "unique": [value]})


@pytest.mark.parametrize(
    "text",
    [b"9223372036854775808", b"-9223372036854775809", b"1" * 400, b"1e400", rb'"\ud800"', rb'{"\udfff": 1}', b"NaN"],
)
@pytest.mark.parametrize("field", [b"free", b"count", b"ratio", b"title"])
def test_what_would_be_changed_is_refused(arena: Arena, text: bytes, field: bytes):
    body = orjson.dumps({"query": CREATE, "variables": {"input": {"metadata": {"name": "x"}, "spec": {"title": "t"}}}})
    body = body.replace(b'"title":"t"', b'"title":"t","%s":%s' % (field, text))
    arena.strike_body(body).refused("BAD_USER_INPUT")


def nest(depth: int, key: str) -> dict[str, Any]:
    value: dict[str, Any] = {"value": 1}
    for _ in range(depth):
        value = {key: value}
    return value


@pytest.mark.parametrize("depth", [50, 95, 100, 101, 130, 200])
@pytest.mark.parametrize("field", ["free", "tree"])
def test_depth_is_bounded(arena: Arena, field: str, depth: int):
    read_back(arena, {field: nest(depth, "child")})


@pytest.mark.parametrize("depth", [500, 1_000, 100_000])
@pytest.mark.parametrize("level", [(b'{"child":', b"}"), (b"[", b"]")], ids=["objects", "lists"])
@pytest.mark.parametrize("field", [b"free", b"tree"])
def test_any_depth_is_refused(arena: Arena, field: bytes, level: tuple[bytes, bytes], depth: int):
    value = level[0] * depth + b"{}" + level[1] * depth
    body = orjson.dumps({"query": CREATE, "variables": {"input": {"metadata": {"name": "x"}, "spec": {"title": "t"}}}})
    body = body.replace(b'"title":"t"', b'"title":"t","%s":%s' % (field, value))
    arena.strike_body(body).refused("BAD_USER_INPUT", "INVALID", "LIMIT_EXCEEDED")


LARGE = {
    "4 MiB and more": {"free": "x" * 4_300_000},
    "nearly 4 MiB": {"free": "x" * 3_900_000},
    "nearly 4 MiB of letters beyond ASCII": {"free": "\u00e9" * 1_900_000},
    "a title that is too long": {"title": "x" * 3_500_000},
    "20,000 small keys": {"free": {f"k{number}": number for number in range(20_000)}},
    "20,000 keys to escape": {"free": {f"$k.{number}": number for number in range(20_000)}},
    "a map of 50,000": {"map": {f"k{number}": "v" for number in range(50_000)}},
    "100,000 lists": {"free": [[]] * 100_000},
    "40,000 objects": {"free": [{"a": 1}] * 40_000},
    "100,000 different items": {"unique": list(range(100_000))},
    "100,000 equal items": {"unique": [1] * 100_000},
    "30,000 different objects": {"unique": [{"a": number} for number in range(30_000)]},
    "30,000 nearly equal lists": {"unique": [[number % 2 == 0, float(number // 2)] for number in range(30_000)]},
    "20,000 texts that are too long": {"tags": ["toolong"] * 20_000},
    "30,000 unknown fields": {"strict": {f"k{number}": 1 for number in range(30_000)}},
    "a text for a pattern that would explode": {"nothing": "a" * 1_000_000 + "b"},
    "a date-time of a million digits": {"at": "2020-01-01T00:00:00." + "1" * 1_000_000 + "Z"},
}


@pytest.mark.parametrize("spec", LARGE.values(), ids=LARGE.keys())
def test_a_large_resource_is_refused_or_reads_back_exactly(arena: Arena, spec: dict[str, Any]):
    read_back(arena, spec)


WRONG = {
    "a list as title": {"title": ["t"]},
    "an object as title": {"title": {"$gt": ""}},
    "a text as integer": {"count": "1; DROP"},
    "a number as integer": {"count": 1.5},
    "a boolean as integer": {"count": True},
    "an integer beyond 32 bits": {"small": 2**31},
    "a text as boolean": {"on": "true"},
    "no enum value": {"mode": "__proto__"},
    "no date-time": {"at": "yesterday"},
    "the year 0": {"at": "0000-01-01T00:00:00Z"},
    "an object as list": {"tags": {"0": "a"}},
    "an unknown field": {"titel": "t"},
    "the field of a prototype": {"__proto__": {"admin": True}},
    "a constructor": {"constructor": {"prototype": {"admin": True}}},
    "an operator": {"$set": {"title": "x"}},
}


@pytest.mark.parametrize("spec", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_type_is_refused(arena: Arena, spec: dict[str, Any]):
    arena.strike(CREATE, {"input": {"metadata": {"name": "wrong"}, "spec": {"title": "t", **spec}}}).refused(
        "BAD_USER_INPUT", "INVALID"
    )


METADATA = {
    "no name": {},
    "an empty name": {"name": ""},
    "NUL in the name": {"name": "a\0"},
    "a path": {"name": "../a"},
    "capitals": {"name": "Query"},
    "a prototype": {"name": "__proto__"},
    "an operator": {"name": "$where"},
    "an emoji": {"name": "\N{PILE OF POO}"},
    "a space": {"name": "a b"},
    "a line": {"name": "a\n"},
    "a name of a megabyte": {"name": "a" * 1_000_000},
    "a name that is hard to match": {"name": "a-" * 126 + "!"},
    "a namespace of another kind": {"name": "a", "namespace": "default x"},
    "a namespace of nothing": {"name": "a", "namespace": ""},
    "a generated name of a path": {"generateName": "../"},
    "an object as name": {"name": {"$ne": None}},
    "an unknown field": {"name": "a", "uid": "mine"},
    "50,000 labels": {"name": "a", "labels": {f"k{number}": "v" for number in range(50_000)}},
    "50,000 finalizers": {"name": "a", "finalizers": [f"k{number}" for number in range(50_000)]},
    "10,000 owners": {
        "name": "a",
        "ownerReferences": [{"kind": "a", "name": "b", "uid": str(n)} for n in range(10_000)],
    },
    "annotations of megabytes": {"name": "a", "annotations": {"a": "b" * 4_000_000}},
    "a label's key of megabytes": {"name": "a", "labels": {"a" * 4_000_000: "v"}},
    "a label's key that is hard to match": {"name": "a", "labels": {("a-" * 126 + "/") * 100 + "x": "v"}},
    "a label's key with an operator": {"name": "a", "labels": {"$where": "v"}},
    "a label's key with NUL": {"name": "a", "labels": {"a\0": "v"}},
    "a label's empty key": {"name": "a", "labels": {"": "v"}},
    "a label that is no text": {"name": "a", "labels": {"a": {"$gt": ""}}},
    "a finalizer of nothing": {"name": "a", "finalizers": [""]},
    "an annotation's key with a dollar": {"name": "a", "annotations": {"$set": "v"}},
}


@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA.keys())
def test_hostile_metadata_are_refused(arena: Arena, metadata: dict[str, Any]):
    arena.strike(CREATE, {"input": {"metadata": metadata, "spec": {"title": "t"}}}).refused("BAD_USER_INPUT", "INVALID")


def test_a_name_can_be_taken_once(arena: Arena):
    name = arena.fresh()
    variables = {"input": {"metadata": {"name": name}, "spec": {"title": "first"}}}
    arena.do(CREATE, variables)
    variables["input"]["spec"] = {"title": "second"}
    arena.strike(CREATE, variables).refused("ALREADY_EXISTS")
    assert arena.do(READ, {"name": name})["target"]["raw"]["spec"] == {"title": "first"}


def test_a_patch_cannot_make_a_resource_too_large(arena: Arena):
    name = arena.fresh()
    arena.do(CREATE, {"input": {"metadata": {"name": name}, "spec": {"title": "t", "free": {"a": "x" * 2_500_000}}}})
    query = """mutation($name: String!, $patch: TargetPatch!) {updateTarget(name: $name, patch: $patch) {id}}"""
    patch = {"spec": {"free": {"b": "x" * 2_500_000}}}
    arena.strike(query, {"name": name, "patch": patch}).refused("LIMIT_EXCEEDED")
    status = "mutation($name: String!, $status: JSON!) {updateTargetStatus(name: $name, status: $status) {id}}"
    arena.strike(status, {"name": name, "status": {"b": "x" * 2_500_000}}).refused("LIMIT_EXCEEDED")
    raw = arena.do(READ, {"name": name})["target"]["raw"]
    assert set(raw["spec"]["free"]) == {"a"}
    assert not raw.get("status")


def test_a_page_of_the_largest_resources_does_not_stop_the_server(arena: Arena):
    names = [arena.fresh() for _ in range(8)]
    for name in names:
        spec = {"title": "t", "free": [[number] for number in range(50_000)]}
        arena.do(CREATE, {"input": {"metadata": {"name": name, "namespace": "large"}, "spec": spec}})
    query = '{targets(namespace: "large", first: 500) {nodes {metadata {name} spec {title}}}}'
    answer = arena.attack(lambda: arena.ask(query), seconds=10)
    assert answer.codes <= {"LIMIT_EXCEEDED"}
    for name in names:
        arena.ask(DELETE, {"name": name, "namespace": "large"})
