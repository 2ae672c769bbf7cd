"""The validator agrees with the reference implementation of JSON Schema, over drawn schemas and instances."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import Draft7Validator, Draft202012Validator

from schema_builder.dialect import Dialect
from schema_builder.validation.compiler import compile_validator

NAMES = st.sampled_from(["a", "b", "c"])
SIZES = st.integers(0, 3)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, 1.0, 1.5]), st.sampled_from("ab")
)
INSTANCES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def _keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "const": INSTANCES,
            "enum": st.lists(INSTANCES, min_size=1, max_size=3),
            "minimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "minLength": SIZES,
            "maxLength": SIZES,
            "pattern": st.sampled_from(["a", "^b", "a|b"]),
            "minItems": SIZES,
            "uniqueItems": st.booleans(),
            "items": inner,
            "contains": inner,
            "minProperties": SIZES,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "patternProperties": st.dictionaries(st.sampled_from(["a", "b|c"]), inner, max_size=2),
            "additionalProperties": inner,
            "propertyNames": inner,
            "allOf": some,
            "anyOf": some,
            "oneOf": some,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
        },
    )


SCHEMAS = st.recursive(st.booleans() | _keywords(st.booleans()), _keywords, max_leaves=6)


@pytest.mark.parametrize(
    ("dialect", "reference"), [(Dialect.DRAFT_2020_12, Draft202012Validator), (Dialect.DRAFT_7, Draft7Validator)]
)
@given(schema=SCHEMAS, instance=INSTANCES)
def test_verdicts_equal_those_of_the_reference(dialect: Dialect, reference: Any, schema: Any, instance: Any) -> None:
    failures = compile_validator(schema, dialect=dialect)(instance)
    assert (not failures) == reference(schema).is_valid(instance), failures
