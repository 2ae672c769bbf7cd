"""Arguments of reads and of everything that is built in."""

import orjson
import pytest

from tests.hostile.arena import Arena

LIST = """query($where: TargetFilter, $selector: String, $order: [TargetOrderBy!], $first: Int, $after: String,
                $version: String) {
    targets(where: $where, labelSelector: $selector, orderBy: $order, first: $first, after: $after,
            resourceVersion: $version) {totalCount nodes {id}}
}"""


def count_is(operator: str, operand: object) -> dict:
    return {"spec": {"count": {operator: operand}}}


def nots(depth: int) -> dict:
    where: dict = count_is("eq", 1)
    for _ in range(depth):
        where = {"_not": where}
    return where


REFUSED = {
    "10,000 conditions": {"where": {"_and": [count_is("eq", number) for number in range(10_000)]}},
    "10,000 alternatives": {"where": {"_or": [count_is("eq", number) for number in range(10_000)]}},
    "50,000 operands": {"where": count_is("in", list(range(50_000)))},
    "50,000 excluded texts": {"where": {"spec": {"title": {"notIn": [str(number) for number in range(50_000)]}}}},
    "depth 200": {"where": nots(200)},
    "an operator of MongoDB": {"where": {"$where": "sleep(1000)"}},
    "an operator as operand": {"where": count_is("eq", {"$gt": 0})},
    "an operator for a text": {"where": {"spec": {"title": {"eq": {"$regex": "(a+)+$"}}}}},
    "a null operand": {"where": count_is("gt", None)},
    "a list for an integer": {"where": count_is("eq", [1])},
    "a wrong type": {"where": "title = 1"},
    "an unknown operator": {"where": count_is("regex", "(a+)+$")},
    "a selector of brackets": {"selector": "(" * 4_000_000},
    "a selector of keys": {"selector": ",".join(f"a{number}=b" for number in range(5_000))},
    "a selector that is none": {"selector": "a in (b"},
    "a selector with NUL": {"selector": "a=\0"},
    "a selector with an operator of MongoDB": {"selector": "$where=1"},
    "many orders": {"order": ["SIDEWAYS"] * 50_000},
    "a huge first": {"first": 2**31 - 1},
    "a negative first": {"first": -1},
    "a first beyond 32 bits": {"first": 2**40},
    "a text as first": {"first": "10"},
    "a cursor that is none": {"after": "!"},
    "a long cursor": {"after": "A" * 4_000_000},
    "a cursor of NUL": {"after": "\0" * 100},
    "a cursor of JSON": {"after": "eyIkd2hlcmUiOiAic2xlZXAoMTAwMCkifQ=="},
    "a version that is none": {"version": "$ne"},
    "a version of many digits": {"version": "9" * 4_000_000},
    "a version of Arabic digits": {"version": "\u0661\u0662"},
    "a version beyond 64 bits": {"version": str(2**64)},
    "a version before all": {"version": "1"},
}


@pytest.mark.parametrize("variables", REFUSED.values(), ids=REFUSED.keys())
def test_a_hostile_argument_of_a_list_is_refused(arena: Arena, variables: dict):
    arena.strike(LIST, variables).refused("BAD_USER_INPUT", "LIMIT_EXCEEDED", "EXPIRED")


def test_conditions_of_any_depth_are_refused(arena: Arena):
    for depth in (300, 1_000, 50_000):
        where = b'{"_not":' * depth + b"{}" + b"}" * depth
        query = orjson.dumps(LIST + f" # {arena.fresh()}")
        body = b'{"query":' + query + b',"variables":{"where":' + where + b"}}"
        arena.strike_body(body).refused("BAD_USER_INPUT")


@pytest.mark.parametrize(
    "where",
    [
        {"_and": [count_is("eq", number) for number in range(900)]},
        {"_or": [count_is("ne", number) for number in range(900)]},
        count_is("notIn", list(range(1_900))),
        nots(60),
        {"spec": {"title": {"contains": "a" * 4_000_000}}},
        {"spec": {"title": {"startsWith": "$regex\0(a+)+$"}}},
        {"metadata": {"name": {"eq": "\0"}}},
    ],
    ids=range(7),
)
def test_large_conditions_are_decided(arena: Arena, where: dict):
    assert arena.strike(LIST, {"where": where}).worked()["targets"]["totalCount"] >= 0


@pytest.mark.parametrize("order", [["NAME_ASC"] * 50_000, ["NAME_ASC", "NAME_DESC"] * 20_000])
def test_an_order_of_many_terms_is_read(arena: Arena, order: list):
    arena.strike(LIST, {"order": order})


@pytest.mark.parametrize(
    "name",
    ["", "\0", "..", "x" * 4_000_000, "$where", "a b", "\N{PILE OF POO}", "__proto__", "a/b", "default x", "%00"],
    ids=range(11),
)
def test_no_name_finds_what_it_should_not(arena: Arena, name: str):
    query = """query($name: String!) {
        target(name: $name) {id} other: target(name: "it", namespace: $name) {id} resourceDefinition(name: $name) {id}
    }"""
    answer = arena.strike(query, {"name": name})
    assert not any((answer.data or {}).values())


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($ids: [ID!]!) {nodes(ids: $ids) {id}}", {"ids": ["x"] * 100_000}),
        ('query($kind: String!) {resource(kind: $kind, name: "x") {id}}', {"kind": "x" * 4_000_000}),
        ('query($kind: String!) {resource(kind: $kind, name: "x") {id}}', {"kind": "Targt" * 40}),
        ('query($kind: String!) {resource(kind: $kind, name: "x") {id}}', {"kind": "__proto__"}),
        ('query($kind: String!) {resource(kind: $kind, name: "x") {id}}', {"kind": "\0"}),
        ('mutation {deleteTarget(name: "\\u0000") {id}}', None),
        ('mutation {deleteTarget(name: "none", resourceVersion: "$gt") {id}}', None),
        ('mutation {updateTargetStatus(name: "none", status: {a: 1}) {id}}', None),
    ],
    ids=range(8),
)
def test_other_arguments_are_refused(arena: Arena, query: str, variables: dict | None):
    arena.strike(query, variables).refused("BAD_USER_INPUT", "NOT_FOUND", "LIMIT_EXCEEDED")


@pytest.mark.parametrize("id_", ["", "x", "=" * 1_000_000, "\0", "AAAA", "W10=", "bnVsbA==", "eyIkZ3QiOiAiIn0="])
def test_an_id_that_is_none_finds_nothing(arena: Arena, id_: str):
    answer = arena.strike("query($id: ID!) {node(id: $id) {id}}", {"id": id_})
    assert (answer.data or {}).get("node") is None


@pytest.mark.parametrize(
    "mutation",
    [
        'deleteResourceDefinition(name: "ResourceDefinition") {id}',
        'updateResourceDefinition(name: "ResourceDefinition", patch: {spec: {schema: {}}}) {id}',
        'updateResourceDefinitionStatus(name: "ResourceDefinition", status: {conditions: []}) {id}',
        'updateResourceDefinitionStatus(name: "Target", status: {builtIn: true}) {id}',
        'replaceResourceDefinition(input: {spec: {kind: "ResourceDefinition"}}) {id}',
        'applyResourceDefinition(input: {spec: {kind: "ResourceDefinition"}}) {id}',
        'createResourceDefinition(input: {spec: {kind: "ResourceDefinition"}}) {id}',
    ],
)
def test_what_is_built_in_is_not_for_clients_to_change(arena: Arena, mutation: str):
    before = arena.do('{resourceDefinition(name: "ResourceDefinition") {raw}}')
    arena.strike(f"mutation {{{mutation}}}").refused(
        "FORBIDDEN", "ALREADY_EXISTS", "INVALID", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"
    )
    assert (
        arena.do('{resourceDefinition(name: "ResourceDefinition") {raw}}')["resourceDefinition"]["raw"]["spec"]
        == (before["resourceDefinition"]["raw"]["spec"])
    )
