"""The dialects of JSON Schema that a definition may be written in, and what their keywords may hold.

Three are accepted: draft 2020-12 and draft 7, named by ``$schema``; without ``$schema``, draft 2020-12 together with
what OpenAPI v3 and Kubernetes add to schemas (boolean ``exclusiveMinimum``, ``dependencies``, an empty ``anyOf``).
``nullable`` and ``x-kubernetes-*`` mean the same everywhere.

The tables are the meta-schemas in the form that one look at each keyword needs: a definition of a small kind is checked
in microseconds. Unknown keywords are annotations, as both drafts say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

__all__ = ["Dialect", "Holds", "detect_dialect", "includes", "keyword_rules", "subschema_keywords"]

TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class Dialect(Enum):
    """A dialect by the ``$schema`` that names it; OPENAPI is what a schema without ``$schema`` is written in."""

    DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema"
    DRAFT_7 = "http://json-schema.org/draft-07/schema"
    OPENAPI = ""


def detect_dialect(schema: Any) -> Dialect:
    """Return the dialect of a root schema.

    Raises:
        ValueError: ``$schema`` names no accepted dialect; the message lists them.
    """
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    if named is None:
        return Dialect.OPENAPI
    if isinstance(named, str):
        plain = named.rstrip("#").replace("https://json-schema.org/draft-07", "http://json-schema.org/draft-07")
        for dialect in (Dialect.DRAFT_2020_12, Dialect.DRAFT_7):
            if plain == dialect.value:
                return dialect
    accepted = f"{Dialect.DRAFT_2020_12.value} and {Dialect.DRAFT_7.value}#"
    raise ValueError(f"names no dialect that is accepted; accepted are {accepted}, or none")


def includes(dialect: Dialect, named: str) -> bool:
    """Tell whether a part of a document in some dialect may name another one by ``$schema``."""
    try:
        other = detect_dialect({"$schema": named})
    except ValueError:
        return False
    return other is dialect or (dialect is Dialect.OPENAPI and other is Dialect.DRAFT_2020_12)


class Holds(Enum):
    """How a keyword holds subschemas."""

    SCHEMA = "a schema"
    LIST = "a list of schemas"
    MAP = "an object of schemas"
    SCHEMA_OR_LIST = "a schema or a list of schemas"
    DEPENDENCIES = "an object of schemas or lists of names"


_SHARED_HOLDERS: Final[dict[str, Holds]] = {
    "additionalProperties": Holds.SCHEMA,
    "allOf": Holds.LIST,
    "anyOf": Holds.LIST,
    "contains": Holds.SCHEMA,
    "definitions": Holds.MAP,
    "else": Holds.SCHEMA,
    "if": Holds.SCHEMA,
    "items": Holds.SCHEMA,
    "not": Holds.SCHEMA,
    "oneOf": Holds.LIST,
    "patternProperties": Holds.MAP,
    "properties": Holds.MAP,
    "propertyNames": Holds.SCHEMA,
    "then": Holds.SCHEMA,
}
_MODERN_HOLDERS: Final[dict[str, Holds]] = {
    **_SHARED_HOLDERS,
    "$defs": Holds.MAP,
    "contentSchema": Holds.SCHEMA,
    "dependentSchemas": Holds.MAP,
    "prefixItems": Holds.LIST,
    "unevaluatedItems": Holds.SCHEMA,
    "unevaluatedProperties": Holds.SCHEMA,
}
_HOLDERS: Final[Mapping[Dialect, Mapping[str, Holds]]] = {
    Dialect.DRAFT_2020_12: _MODERN_HOLDERS,
    Dialect.OPENAPI: {**_MODERN_HOLDERS, "dependencies": Holds.DEPENDENCIES},
    Dialect.DRAFT_7: {
        **_SHARED_HOLDERS,
        "additionalItems": Holds.SCHEMA,
        "dependencies": Holds.DEPENDENCIES,
        "items": Holds.SCHEMA_OR_LIST,
    },
}


def subschema_keywords(dialect: Dialect) -> Mapping[str, Holds]:
    """Return the keywords that hold subschemas, with how they hold them."""
    return _HOLDERS[dialect]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_name_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value) and len(set(value)) == len(value)


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return _is_name_list(value) and bool(value) and TYPES.issuperset(value)


def _is_name_lists(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_name_list(names) for names in value.values())


def _is_bound(value: Any) -> bool:
    return isinstance(value, bool) or _is_number(value)


Rule = tuple[Callable[[Any], bool], str]

_STRING: Final[Rule] = (lambda value: isinstance(value, str), "a string")
_BOOLEAN: Final[Rule] = (lambda value: isinstance(value, bool), "true or false")
_NUMBER: Final[Rule] = (_is_number, "a number")
_COUNT: Final[Rule] = (_is_count, "a whole number of at least 0")
_NAMES: Final[Rule] = (_is_name_list, "a list of different strings")
_LIST: Final[Rule] = (lambda value: isinstance(value, list), "a list")
_BOUND: Final[Rule] = (_is_bound, "a number, or true or false as in OpenAPI v3")

_SHARED_RULES: Final[dict[str, Rule]] = {
    "$comment": _STRING,
    "$id": _STRING,
    "$ref": _STRING,
    "$schema": _STRING,
    "deprecated": _BOOLEAN,
    "description": _STRING,
    "enum": _LIST,
    "exclusiveMaximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "format": _STRING,
    "maxItems": _COUNT,
    "maxLength": _COUNT,
    "maxProperties": _COUNT,
    "maximum": _NUMBER,
    "minItems": _COUNT,
    "minLength": _COUNT,
    "minProperties": _COUNT,
    "minimum": _NUMBER,
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number greater than 0"),
    "nullable": _BOOLEAN,
    "pattern": _STRING,
    "readOnly": _BOOLEAN,
    "required": _NAMES,
    "title": _STRING,
    "type": (_is_type, "one of array, boolean, integer, null, number, object, string, or a list of different ones"),
    "uniqueItems": _BOOLEAN,
    "writeOnly": _BOOLEAN,
    "x-kubernetes-embedded-resource": _BOOLEAN,
    "x-kubernetes-int-or-string": _BOOLEAN,
    "x-kubernetes-list-map-keys": _NAMES,
    "x-kubernetes-list-type": (lambda value: value in ("atomic", "set", "map"), "atomic, set or map"),
    "x-kubernetes-map-type": (lambda value: value in ("atomic", "granular"), "atomic or granular"),
    "x-kubernetes-preserve-unknown-fields": _BOOLEAN,
    "x-kubernetes-validations": _LIST,
}
_MODERN_RULES: Final[dict[str, Rule]] = {
    **_SHARED_RULES,
    "$anchor": _STRING,
    "$dynamicAnchor": _STRING,
    "$dynamicRef": _STRING,
    "dependentRequired": (_is_name_lists, "an object of lists of different strings"),
    "maxContains": _COUNT,
    "minContains": _COUNT,
}
_RULES: Final[Mapping[Dialect, Mapping[str, Rule]]] = {
    Dialect.DRAFT_2020_12: _MODERN_RULES,
    Dialect.OPENAPI: {**_MODERN_RULES, "exclusiveMaximum": _BOUND, "exclusiveMinimum": _BOUND},
    Dialect.DRAFT_7: _SHARED_RULES,
}


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _are_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_schema, value))


_HOLDER_RULES: Final[Mapping[Holds, Rule]] = {
    Holds.SCHEMA: (_is_schema, "a schema: an object, true or false"),
    Holds.LIST: (_are_schemas, "a list of schemas that is not empty"),
    Holds.MAP: (lambda value: isinstance(value, dict) and all(map(_is_schema, value.values())), "an object of schemas"),
    Holds.SCHEMA_OR_LIST: (
        lambda value: _is_schema(value) or (isinstance(value, list) and all(map(_is_schema, value))),
        "a schema or a list of schemas",
    ),
    Holds.DEPENDENCIES: (
        lambda value: isinstance(value, dict) and all(_is_schema(one) or _is_name_list(one) for one in value.values()),
        "an object of schemas or lists of names",
    ),
}
_MAYBE_EMPTY: Final[Rule] = (lambda value: isinstance(value, list) and all(map(_is_schema, value)), "a list of schemas")
_ALL_RULES: Final[Mapping[Dialect, Mapping[str, Rule]]] = {
    dialect: {
        **_RULES[dialect],
        **{keyword: _HOLDER_RULES[holds] for keyword, holds in _HOLDERS[dialect].items()},
        **(dict.fromkeys(("allOf", "anyOf", "oneOf"), _MAYBE_EMPTY) if dialect is Dialect.OPENAPI else {}),
    }
    for dialect in Dialect
}


def keyword_rules(dialect: Dialect) -> Mapping[str, Rule]:
    """Return what the values of keywords must be: a test, and the words for it, such as ``a string``."""
    return _ALL_RULES[dialect]
