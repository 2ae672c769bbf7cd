"""Schemas to try: shaped like real ones, such schemas after an accident, and definitions of anything at all."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

__all__ = ["JSON", "NAMES", "definitions", "modern_documents", "mutated", "plain_documents", "real_documents"]

Schema = Any
Strategy = st.SearchStrategy[Any]

NAMES = st.sampled_from(
    ["a", "b", "c", "x-y", "x_y", "x.y", "$ref", "$id", "__x", "1st", "名", "items", "type", "_and", "input", ""]
)
TEXTS = st.text(alphabet="ab1-/名", max_size=4)
WHOLE = st.integers(-3, 3)
SIZES = st.integers(0, 3)
NUMBERS = WHOLE | st.sampled_from([0.5, 1.5, 1.0, -0.0, 1e20, 2**53, 2**62])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
# Without \d and \w, which mean ASCII in JSON Schema's patterns (ECMA-262) and in RE2, and Unicode in the reference.
PATTERNS = st.sampled_from(["^a*$", "b", "^[a-z]{1,3}$", "", "[0-9]", "a|b", "^[0-9A-Z_a-z]"])
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
KEYWORDS = st.sampled_from(["properties", "$ref", "allOf", "default", "enum", "required", "items", "type"])
PATHS = st.sampled_from(["spec.a", "spec.x\\.y", "spec", "status.b", "data"])
STEPS = st.sampled_from([1, 2, 0.5, 0.25])


def _dictionary(required: dict[str, Strategy], /, **optional: Strategy) -> Strategy:
    return st.fixed_dictionaries(required, optional=optional)


STRINGS = _dictionary(
    {"type": st.just("string")},
    minLength=SIZES,
    maxLength=SIZES,
    pattern=PATTERNS,
    enum=st.lists(TEXTS, min_size=1, max_size=3),
)
INTEGERS = _dictionary(
    {"type": st.just("integer")}, minimum=NUMBERS, exclusiveMaximum=NUMBERS, multipleOf=STEPS, enum=st.lists(WHOLE)
)
NUMERIC = _dictionary({"type": st.just("number")}, exclusiveMinimum=NUMBERS, maximum=NUMBERS, multipleOf=STEPS)
OTHERS = st.one_of(
    st.just({"type": "boolean"}),
    st.builds(lambda types: {"type": types}, st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)),
    st.builds(lambda value: {"const": value}, SCALARS),
    st.builds(lambda values: {"enum": values}, st.lists(SCALARS, min_size=1, max_size=3)),
    st.sampled_from([{}, True, {"type": "object"}, {"type": "array"}, {"not": {}}, {"$ref": "#/$defs/n"}]),
)
PLAIN_LEAVES = st.one_of(STRINGS, INTEGERS, NUMERIC, OTHERS)
REAL_LEAVES = st.one_of(
    PLAIN_LEAVES,
    _dictionary(
        {"type": st.just("string")},
        default=TEXTS | st.none(),
        nullable=st.booleans(),
        format=st.sampled_from(["date-time", "date", "email", "uri", "ipv4", "uuid", "byte", "int32", "?"]),
        readOnly=st.booleans(),
        writeOnly=st.booleans(),
        deprecated=st.booleans(),
        description=TEXTS,
        enum=st.lists(st.sampled_from(["A", "B", "a-b", "true", "", "A"]), max_size=3),
    ),
    _dictionary(
        {"type": st.just("integer")},
        default=WHOLE,
        format=st.sampled_from(["int32", "int64"]),
        exclusiveMinimum=st.booleans() | WHOLE,
        minimum=WHOLE,
        nullable=st.booleans(),
    ),
    st.sampled_from(
        [
            {"x-kubernetes-int-or-string": True},
            {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}], "default": 1},
            {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"kind": {"type": "string"}}},
            {"type": "object", "default": {}, "properties": {"a": {"type": "integer", "default": 1}}},
            {"x-kubernetes-validations": [{"rule": "self == self"}]},
        ]
    ),
)


def _objects(inner: Strategy) -> Strategy:
    return _dictionary(
        {"type": st.just("object")},
        properties=st.dictionaries(NAMES, inner, max_size=3),
        required=st.lists(NAMES, max_size=2, unique=True),
        additionalProperties=inner | st.booleans(),
        patternProperties=st.dictionaries(PATTERNS, inner, max_size=2),
        propertyNames=_dictionary({}, maxLength=SIZES, pattern=PATTERNS),
        minProperties=SIZES,
        maxProperties=SIZES,
    )


def _lists(inner: Strategy) -> Strategy:
    return _dictionary(
        {"type": st.just("array"), "items": inner},
        minItems=SIZES,
        maxItems=SIZES,
        uniqueItems=st.booleans(),
        contains=inner,
    )


def _combined(inner: Strategy) -> Strategy:
    some = st.lists(inner, min_size=1, max_size=3)
    keywords = {"allOf": some, "anyOf": some, "oneOf": some, "not": inner, "if": inner, "then": inner, "else": inner}
    return st.builds(
        lambda one, others: {**(one if isinstance(one, dict) else {}), **others}, inner, _dictionary({}, **keywords)
    )


def _modern(inner: Strategy) -> Strategy:
    return _dictionary(
        {},
        prefixItems=st.lists(inner, min_size=1, max_size=2),
        unevaluatedItems=inner | st.booleans(),
        unevaluatedProperties=inner | st.booleans(),
        dependentRequired=st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        dependentSchemas=st.dictionaries(NAMES, inner, max_size=2),
        properties=st.dictionaries(NAMES, inner, max_size=2),
        allOf=st.lists(inner, min_size=1, max_size=2),
        minContains=SIZES,
        contains=inner,
    )


def _kubernetes(inner: Strategy) -> Strategy:
    return st.one_of(
        _dictionary(
            {
                "type": st.just("array"),
                "x-kubernetes-list-type": st.sampled_from(["set", "map", "atomic"]),
                "items": _objects(inner),
            },
            **{"x-kubernetes-list-map-keys": st.lists(NAMES, min_size=1, max_size=2, unique=True)},
        ),
        st.builds(lambda one: {"type": "object", "additionalProperties": one}, inner),
    )


def _documents(leaves: Strategy, *more: Callable[[Strategy], Strategy]) -> Strategy:
    schemas = st.recursive(
        leaves,
        lambda inner: st.one_of(_objects(inner), _lists(inner), _combined(inner), *(one(inner) for one in more)),
        max_leaves=7,
    )
    return st.builds(
        lambda root, shared: {**root, "$defs": {"n": {"properties": {"next": {"$ref": "#/$defs/n"}}, **shared}}},
        schemas.filter(lambda schema: isinstance(schema, dict)),
        schemas.filter(lambda schema: isinstance(schema, dict) and "$ref" not in schema),
    )


def plain_documents() -> Strategy:
    """Return schemas of keywords that the reference implementation knows, with the same meaning in both drafts."""
    return _documents(PLAIN_LEAVES)


def modern_documents() -> Strategy:
    """Return schemas of the keywords that draft 2020-12 has added."""
    return _documents(PLAIN_LEAVES, _modern)


def real_documents() -> Strategy:
    """Return schemas as definitions have them, with OpenAPI's and Kubernetes' keywords."""
    return _documents(REAL_LEAVES, _modern, _kubernetes)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every ``(holder, key)`` of a JSON value."""
    if isinstance(value, dict | list):
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(item)


@st.composite
def mutated(draw: st.DrawFn, values: Strategy) -> Any:
    """Return values after one to three accidents: something lost, renamed, moved, or replaced by anything."""
    value = copy.deepcopy(draw(values))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(value))
        if not places:
            return draw(JSON)
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(["lose", "rename", "move", "replace", "wrap", "null"])):
            case "lose" if isinstance(holder, dict):
                del holder[key]
            case "rename" if isinstance(holder, dict):
                holder[draw(NAMES | KEYWORDS)] = holder.pop(key)
            case "move":
                other, elsewhere = places[draw(st.integers(0, len(places) - 1))]
                holder[key] = copy.deepcopy(other[elsewhere]) if isinstance(other, list) or elsewhere in other else None
            case "wrap":
                holder[key] = [holder[key]] if draw(st.booleans()) else {draw(NAMES): holder[key]}
            case "null":
                holder[key] = None
            case _:
                holder[key] = draw(JSON | st.sampled_from(["object", "#/$defs/n", "#", {"$ref": "#"}, 2**64, 1e400]))
    return value


def definitions(schemas: Strategy) -> Strategy:
    """Return the ``spec`` of definitions, most of them well-formed but for their schemas."""
    return _dictionary(
        {"kind": st.sampled_from(["Foo", "Bar", "node", "Query", "FooSpec"])},
        schema=schemas,
        statusSchema=schemas,
        extraFields=st.dictionaries(
            st.sampled_from(["data", "filter", "x-y", "metadata", "raw", "名"]), schemas, max_size=2
        ),
        group=st.sampled_from(["example.org", "a-b.c", "", "Not.DNS"]),
        plural=st.sampled_from(["foos", "foo", "nodes", "Foos", ""]),
        graphqlName=st.sampled_from(["Renamed", "FooFilter", "renamed", ""]),
        indexes=st.lists(_dictionary({"fields": st.lists(PATHS, max_size=3)}), max_size=2) | JSON,
        columns=JSON,
        scope=st.sampled_from(["CLUSTER", "NAMESPACED", "cluster"]),
        description=TEXTS | JSON,
    )
