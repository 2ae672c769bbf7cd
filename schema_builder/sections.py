"""The schemas of a definition, from what a client sent to structural trees: ``spec``, ``status`` and extra fields.

Each schema is judged as far as it can be: what is wrong with one says nothing about the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from schema_builder.dialect import Dialect, detect_dialect
from schema_builder.differences import pointer_token
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.limits import (
    MAX_DIFFERENT_OBJECTS,
    MAX_DIFFERENT_SCHEMAS,
    MAX_OBJECTS,
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_DEPTH,
    MAX_SCHEMA_NODES,
    MAX_SCHEMA_VALUES,
    Budget,
    exceeds_values,
    measure,
)
from schema_builder.linking import section_links
from schema_builder.references import Document
from schema_builder.rules.checking import rule_failures
from schema_builder.sharing import Parts, Words
from schema_builder.structure import structure
from schema_builder.validation.defaults import default_failures

if TYPE_CHECKING:
    from schema_builder.links import Link
    from schema_builder.structural import Structure

__all__ = ["TAKEN_FIELDS", "Sections", "read_sections"]

TAKEN_FIELDS: Final = frozenset({"apiVersion", "group", "kind", "metadata", "spec", "status"})
"""Root-level fields of every resource, which no extra field can be called."""

_OBJECT: Final = b'"properties":{"'
"""What the text of a schema has once for each object with properties: a quote inside of a string is escaped."""


class Sections(NamedTuple):
    """What a definition says about the body of its resources.

    Attributes:
        texts: JSON Schemas by section as they were given, as JSON.
        schemas: The same as plain data of our own.
        documents: Those that can be served, with their references resolved.
        structures: The structural tree of each schema that can be served.
        links: What the resources name, of each section that has any.
        unread: Sections that have a schema, and no tree because of it.
        ruled: Some schema has rules in CEL.
        size: How many subschemas there are.
        failures: What is wrong, with pointers from the definition's root.
    """

    texts: dict[str, bytes]
    schemas: dict[str, Any]
    documents: dict[str, Document]
    structures: dict[str, Structure]
    links: dict[str, tuple[Link, ...]]
    unread: frozenset[str]
    ruled: bool
    size: int
    failures: list[Failure]


def read_sections(spec: Mapping[str, Any]) -> Sections:
    """Return the sections of a definition; fields of the definition that are no schemas are passed over."""
    given = _given(spec)
    texts: dict[str, bytes] = {}
    schemas: dict[str, Any] = {}
    documents: dict[str, Document] = {}
    structures: dict[str, Structure] = {}
    links: dict[str, tuple[Link, ...]] = {}
    failures: list[Failure] = []
    for section, (path, schema) in given.items():
        try:
            texts[section] = _text(schema, path)
            schemas[section] = _parsed(texts[section])
        except DefinitionRefused as refused:
            failures += refused.failures
    too_much = _too_much(schemas, texts)
    if too_much:
        failures.append(Failure("/spec", "limit", too_much))
        return Sections({}, {}, {}, {}, {}, frozenset(given), ruled=False, size=0, failures=failures)
    budget = Budget(different=MAX_DIFFERENT_SCHEMAS, objects=MAX_DIFFERENT_OBJECTS)
    ruled = False
    for section, schema in schemas.items():
        try:
            read = _read(schema, given[section][0], text=texts[section], budget=budget)
            document = documents[section] = read.document
            structures[section] = read.structure
            failures += read.failures
            ruled = ruled or bool(document.ruled)
            if document.links:
                links[section], misplaced = section_links(document, structures[section], section=section)
                failures += misplaced
        except DefinitionRefused as refused:
            failures += refused.failures
    unread = frozenset(given.keys() - structures.keys())
    size = MAX_SCHEMA_NODES - budget.nodes
    return Sections(texts, schemas, documents, structures, links, unread, ruled=ruled, size=size, failures=failures)


def _too_much(schemas: Mapping[str, Any], texts: Mapping[str, bytes]) -> str | None:
    """Return what the schemas have too much of together, None where all is well."""
    if sum(text.count(_OBJECT) for text in texts.values()) > MAX_OBJECTS:
        return f"has schemas of more than {MAX_OBJECTS} objects with properties"
    # Each value but the first of a list or an object stands behind a comma: where that is enough, nothing is counted.
    most = sum(text.count(b",") + text.count(b"{") + text.count(b"[") + 1 for text in texts.values())
    if most > MAX_SCHEMA_VALUES and exceeds_values(list(schemas.values()), limit=MAX_SCHEMA_VALUES):
        return f"has schemas of more than {MAX_SCHEMA_VALUES} JSON values"
    return None


class _Read(NamedTuple):
    """A schema, its structural tree, and what is wrong with its defaults and rules."""

    document: Document
    structure: Structure
    failures: list[Failure]


def _read(schema: Any, path: str, *, text: bytes, budget: Budget) -> _Read:
    """Return what a schema says.

    Raises:
        DefinitionRefused: The schema cannot be served.
    """
    dialect = _dialect(schema, path)
    parts = Parts(schema, text=text, dialect=dialect)
    try:
        document = _document(schema, dialect, path=path, budget=budget, known=parts.words)
        built = structure(document, parts)
    except DefinitionRefused:
        if parts.words:  # what was passed over has no places to be told: look at all of it
            structure(_document(schema, dialect, path=path, budget=Budget(), known={}))
        raise
    failures = [*default_failures(document), *rule_failures(document)]
    return _Read(document, built if failures else replace(built, shared=parts.share()), failures)


def _given(spec: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Return ``{section: (pointer, schema)}`` of the sections that have a schema."""
    found = {"spec": ("/spec/schema", spec.get("schema")), "status": ("/spec/statusSchema", spec.get("statusSchema"))}
    extra = spec.get("extraFields")
    for name, schema in extra.items() if isinstance(extra, Mapping) else ():
        if isinstance(name, str) and name not in TAKEN_FIELDS:
            found[name] = (f"/spec/extraFields/{pointer_token(name)}", schema)
    return {section: (path, schema) for section, (path, schema) in found.items() if isinstance(schema, Mapping | bool)}


def _text(schema: Any, path: str) -> bytes:
    """Return a schema as JSON.

    Raises:
        DefinitionRefused: It is too deep, too large, or no JSON.
    """
    oversized = measure(schema, path=path, max_depth=2 * MAX_SCHEMA_DEPTH)
    if oversized:
        raise _refusal(oversized)
    try:
        text = orjson.dumps(schema, default=_plain)
    except (TypeError, ValueError, RecursionError):
        message = "is no JSON: its texts are not valid Unicode, or its names are no texts"
        raise _refusal([Failure(path, "json", message)]) from None
    if len(text) > MAX_SCHEMA_BYTES:
        raise _refusal([Failure(path, "limit", f"is larger than {MAX_SCHEMA_BYTES} bytes")])
    return text


def _parsed(text: bytes) -> dict[str, Any]:
    """Return a schema as plain data of our own, which nobody else can change; true and false as objects."""
    copied = orjson.loads(text)
    return copied if isinstance(copied, dict) else {} if copied else {"not": {}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _dialect(schema: Any, path: str) -> Dialect:
    try:
        return detect_dialect(schema)
    except ValueError as error:
        raise _refusal([Failure(f"{path}/$schema", "$schema", str(error))]) from None


def _document(schema: Any, dialect: Dialect, *, path: str, budget: Budget, known: Mapping[int, Words]) -> Document:
    document = Document(schema, dialect=dialect, path=path, budget=budget, known=known)
    if document.failures:
        raise _refusal(document.failures)
    return document


def _refusal(failures: list[Failure]) -> DefinitionRefused:
    return DefinitionRefused("The schema cannot be served.", failures)
