"""Documents that cost more than they look, or that are none."""

import pytest

from tests.hostile.arena import Arena

MANY = 1_000


def nested(opening: str, closing: str, *, depth: int, inner: str = "") -> str:
    return opening * depth + inner + closing * depth


def fragments(count: int, *, width: int = 2, on: str = "Query") -> str:
    """Return fragments each of which spreads the next one several times."""
    spread = " ".join(f"fragment f{number} on {on} {{{f' ...f{number + 1}' * width}}}" for number in range(count))
    return f"{{...f0}} {spread} fragment f{count} on {on} {{__typename}}"


REFUSED = {
    "nothing": "",
    "a brace": "{",
    "braces": "{" * 900_000,
    "NUL": "{__typename\0}",
    "a lone surrogate": '{target(name: "\\ud800") {id}}',
    "a bad escape": '{target(name: "\\u{110000}") {id}}',
    "an unknown field": "{__proto__ {constructor}}",
    "an unknown operation": "subscription {watchEverything {type}}",
    "1,000 aliases": "{" + " ".join(f"a{number}: server {{version}}" for number in range(MANY)) + "}",
    "10,000 unknown fields": "{" + " ".join(f"a{number}" for number in range(10_000)) + "}",
    "many unknown fields of a list": "{targets {nodes {" + " ".join(f"a{n}" for n in range(9_000)) + "}}}",
    "many pages": "{" + " ".join(f"a{n}: targets(first: 500) {{nodes {{raw}}}}" for n in range(199)) + "}",
    "many columns": "{targets(first: 500) {nodes {" + " ".join(f"a{n}: id" for n in range(9_000)) + "}}}",
    "a field 9,000 times": "{targets {nodes {" + "id " * 9_000 + "}}}",
    "an object 500 times": "{targets {nodes {" + "metadata {name} " * 500 + "}}}",
    "a billion laughs": fragments(30),
    "two fragments": "{...a} fragment a on Query {...b} fragment b on Query {...a}",
    "a chain of fragments": fragments(450, width=1),
    "too many fragments": fragments(5_000, width=1),
    "depth 500": "{" + nested("a {", "}", depth=500, inner="a") + "}",
    "depth 20,000": "{" + nested("a {", "}", depth=20_000, inner="a") + "}",
    "a literal 20,000 deep": "{a(b: " + nested("[", "]", depth=20_000) + ")}",
    "an object 20,000 deep": "{a(b: " + nested("{a:", "}", depth=20_000, inner="1") + ")}",
    "a type 20,000 deep": "query($a: " + nested("[", "]", depth=20_000, inner="Int") + ") {a}",
    "10,000 variables": "query(" + " ".join(f"$a{n}: Int" for n in range(10_000)) + ") {__typename}",
    "10,000 directives": "{__typename " + "@a " * 10_000 + "}",
    "400,000 comments": "#\n" * 400_000 + "{__typename}",
    "40,000 literals": 'mutation {createTarget(input: {metadata: {name: "l"}, spec: {title: "t", free: ['
    + "1 " * 40_000
    + "]}}) {id}}",
    "100,000 literals": "{targets(first: [" + "1 " * 100_000 + "]) {totalCount}}",
    "an integer of 900,000 digits": "{targets(first: " + "1" * 900_000 + ") {totalCount}}",
    "an integer beyond 64 bits": 'mutation {createTarget(input: {metadata: {name: "l"}, spec: {title: "t", '
    "count: 18446744073709551616}}) {id}}",
    "an integer of JSON beyond 64 bits": 'mutation {createTarget(input: {metadata: {name: "l"}, spec: {title: "t", '
    "free: {a: [-9223372036854775809]}}}) {id}}",
    "an infinite number": 'mutation {createTarget(input: {metadata: {name: "l"}, spec: {title: "t", ratio: 1e999}}) '
    "{id}}",
    "deep introspection": "{__schema {types {" + nested("fields {type {", "}}", depth=9, inner="name") + "}}}",
    "introspection 150 times": "{"
    + " ".join(f"a{n}: __schema {{types {{name fields {{name}}}}}}" for n in range(150))
    + "}",
    "more than a megabyte": "{__typename}" + " " * 2**20,
}

SERVED = {
    "a long text": '{target(name: "' + "x" * 900_000 + '") {id}}',
    "a block of many lines": '{target(name: """' + "\n x" * 200_000 + '""") {id}}',
    "many escapes": '{target(name: "' + "\\u00e9" * 100_000 + '") {id}}',
    "many commas": "," * 900_000 + '{target(name: "a") {id}}',
    "a long comment": "#" + "a" * 900_000 + '\n{target(name: "a") {id}}',
    "NUL in a text": '{target(name: "\\u0000") {id}}',
    "a path": '{target(name: "../../etc/passwd", namespace: "$where") {id}}',
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED.keys())
def test_a_hostile_document_is_refused(arena: Arena, document: str):
    arena.strike(document).refused(
        "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED", "BAD_USER_INPUT"
    )


@pytest.mark.parametrize("document", SERVED.values(), ids=SERVED.keys())
def test_a_strange_document_is_served(arena: Arena, document: str):
    assert arena.strike(document).worked() == {"target": None}


def test_a_refused_document_never_names_more_than_a_few_errors(arena: Arena):
    answer = arena.strike("{targets {nodes {" + " ".join(f"a{number}" for number in range(9_000)) + "}}}")
    assert len(answer.errors) <= 21


def test_two_hundred_toggles_have_no_two_hundred_plans(arena: Arena):
    names = [f"a{number}" for number in range(190)]
    document = (
        "query(" + " ".join(f"${name}: Boolean!" for name in names) + ") {"
        "server {version} " + " ".join(f"{name}: __typename @skip(if: ${name})" for name in names) + "}"
    )
    for skipped in range(20):
        variables = {name: number != skipped for number, name in enumerate(names)}
        assert set(arena.strike(document, variables).worked()) == {"server", names[skipped]}
