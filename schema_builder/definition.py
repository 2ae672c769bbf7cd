"""A definition, from what a client sent to the frozen value that a kind is compiled from.

Everything that can be refused by looking at the definition alone is refused here, with JSON pointers into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson

from schema_builder.columns import Column, parse_columns
from schema_builder.dialect import detect_dialect
from schema_builder.differences import pointer_token
from schema_builder.errors import DefinitionRefused, Failure, told
from schema_builder.indexes import IndexSpec, parse_indexes
from schema_builder.limits import (
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_DEPTH,
    MAX_SCHEMA_VALUES,
    Budget,
    bounded,
    exceeds_values,
    measure,
)
from schema_builder.names import KindNames, kind_names, plural_of, singular_of
from schema_builder.naming_rules import check_names
from schema_builder.references import Document
from schema_builder.structure import structure
from schema_builder.validation.defaults import default_failures
from schema_builder.validation.messages import Suggestions

if TYPE_CHECKING:
    from schema_builder.structural import Structure

__all__ = ["Column", "Definition", "IndexSpec", "Scope", "parse_definition"]

_FIELDS: Final = (
    "kind", "plural", "singular", "group", "graphqlName", "description", "scope", "schema", "statusSchema",
    "extraFields", "indexes", "columns",
)  # fmt: skip
_TAKEN_FIELDS: Final = frozenset({"apiVersion", "group", "kind", "metadata", "spec", "status"})


class Scope(StrEnum):
    """Whether resources of a kind live in namespaces."""

    NAMESPACED = "NAMESPACED"
    CLUSTER = "CLUSTER"


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that can be served, judged by itself.

    Attributes:
        name: The kind's GraphQL name, which is the ``metadata.name`` of the definition.
        schema: JSON Schema of ``spec``; None where resources have no spec.
        status_schema: JSON Schema of ``status``; None where status is any JSON.
        extra_fields: JSON Schemas of root-level fields beside spec and status.
        indexes: Declared indexes, their fields as paths from the resource's root.
        columns: What tables show.
        names: What GraphQL calls the kind.
        fingerprint: Equal for definitions that are served alike; hexadecimal.
        sections: The structural tree of each schema: ``spec``, ``status``, extra fields.
    """

    name: str
    kind: str
    group: str | None
    plural: str
    singular: str
    scope: Scope
    graphql_name: str | None
    description: str | None
    schema: Mapping[str, Any] | None
    status_schema: Mapping[str, Any] | None
    extra_fields: Mapping[str, Mapping[str, Any]]
    indexes: tuple[IndexSpec, ...]
    columns: tuple[Column, ...]
    names: KindNames
    fingerprint: str
    sections: Mapping[str, Structure] = field(repr=False, compare=False)

    def schema_of(self, section: str) -> Mapping[str, Any] | None:
        """Return the JSON Schema of a section, None where it has none."""
        if section == "spec":
            return self.schema
        return self.status_schema if section == "status" else self.extra_fields.get(section)


def parse_definition(spec: Mapping[str, Any], *, name: str | None) -> Definition:
    """Return what a definition says.

    Args:
        spec: The ``spec`` of a ResourceDefinition: ``{kind, group, plural, …}``.
        name: Its ``metadata.name`` where it was given; must be the kind's GraphQL name.

    Raises:
        DefinitionRefused: With every failure found, as pointers from the definition's root.
    """
    failures = _check_fields(spec)
    _raise(failures)
    schemas = _schemas(spec)
    failures += [failure for path, schema in schemas.values() for failure in _check_size(schema, path)]
    _raise(failures)
    copies = {section: _copy(schema, path) for section, (path, schema) in schemas.items()}
    if exceeds_values(list(copies.values()), limit=MAX_SCHEMA_VALUES):
        message = f"has schemas of more than {MAX_SCHEMA_VALUES} JSON values"
        _raise([Failure("/spec", "limit", message)])
    names = kind_names(
        spec["kind"],
        group=spec.get("group") or None,
        singular=spec.get("singular") or None,
        plural=spec.get("plural") or None,
        graphql_name=spec.get("graphqlName") or None,
    )
    if name is not None and name != names.type_name:
        message = f"must be {names.type_name}, the kind's GraphQL name, or absent"
        failures.append(Failure("/metadata/name", "name", message))
    columns, wrong_columns = parse_columns(spec.get("columns"))
    failures += wrong_columns
    budget = Budget()
    documents = {section: _document(copies[section], schemas[section][0], budget) for section in schemas}
    failures += [failure for document in documents.values() for failure in document.failures]
    _raise(failures)
    sections = _structures(documents)
    indexes, failures = parse_indexes(spec.get("indexes"), sections=sections)
    _raise([*failures, *(failure for document in documents.values() for failure in default_failures(document))])
    return _definition(spec, names=names, schemas=copies, sections=sections, indexes=indexes, columns=columns)


def _definition(
    spec: Mapping[str, Any],
    *,
    names: KindNames,
    schemas: Mapping[str, Any],
    sections: Mapping[str, Structure],
    indexes: tuple[IndexSpec, ...],
    columns: tuple[Column, ...],
) -> Definition:
    scope = Scope(spec.get("scope") or Scope.NAMESPACED)
    plain = {
        name: spec.get(name) or None for name in ("kind", "group", "plural", "singular", "graphqlName", "description")
    }
    served = [plain, scope, schemas, [list(index) for index in indexes], [list(column) for column in columns]]
    return Definition(
        name=names.type_name,
        kind=spec["kind"],
        group=plain["group"],
        plural=plain["plural"] or plural_of(plain["singular"] or singular_of(spec["kind"])),
        singular=plain["singular"] or singular_of(spec["kind"]),
        scope=scope,
        graphql_name=plain["graphqlName"],
        description=plain["description"],
        schema=schemas.get("spec"),
        status_schema=schemas.get("status"),
        extra_fields=MappingProxyType({name: one for name, one in schemas.items() if name not in {"spec", "status"}}),
        indexes=indexes,
        columns=columns,
        names=names,
        fingerprint=hashlib.sha256(orjson.dumps(served)).hexdigest(),
        sections=MappingProxyType(dict(sections)),
    )


def _raise(failures: list[Failure]) -> None:
    if failures:
        raise _refusal(failures)


def _refusal(failures: list[Failure]) -> DefinitionRefused:
    """Return the error of some failures."""
    return DefinitionRefused(f"The definition cannot be served: {told(failures)}.", bounded(failures))


def _check_fields(spec: Mapping[str, Any]) -> list[Failure]:
    suggestions = Suggestions()
    failures = [
        Failure(
            f"/spec/{pointer_token(str(name))}", "unknownField", suggestions.unknown_field(str(name), known=_FIELDS)
        )
        for name in spec
        if name not in _FIELDS
    ]
    failures += check_names(spec)
    if spec.get("scope") not in (None, "", *Scope):
        failures.append(Failure("/spec/scope", "enum", "must be NAMESPACED or CLUSTER"))
    for name in ("schema", "statusSchema"):
        if not isinstance(spec.get(name, {}), Mapping | bool | None):
            failures.append(Failure(f"/spec/{name}", "type", "must be a schema: an object, true or false"))
    extra = spec.get("extraFields")
    if extra is not None and not isinstance(extra, Mapping):
        return [*failures, Failure("/spec/extraFields", "type", "must be an object of schemas")]
    for name, schema in (extra or {}).items():
        path = f"/spec/extraFields/{pointer_token(str(name))}"
        if name in _TAKEN_FIELDS:
            failures.append(Failure(path, "reserved", f"cannot be called {name}: every resource has that field"))
        elif not isinstance(schema, Mapping | bool):
            failures.append(Failure(path, "type", "must be a schema: an object, true or false"))
    return failures


def _schemas(spec: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Return ``{section: (pointer, schema)}`` of the sections that have a schema."""
    found = {"spec": ("/spec/schema", spec.get("schema")), "status": ("/spec/statusSchema", spec.get("statusSchema"))}
    for name, schema in (spec.get("extraFields") or {}).items():
        found[name] = (f"/spec/extraFields/{pointer_token(name)}", schema)
    return {section: (path, schema) for section, (path, schema) in found.items() if schema is not None}


def _check_size(schema: Any, path: str) -> list[Failure]:
    return measure(schema, path=path, max_depth=2 * MAX_SCHEMA_DEPTH)


def _copy(schema: Any, path: str) -> Any:
    """Return a schema as plain data of our own, which nobody else can change."""
    try:
        text = orjson.dumps(schema, default=_plain)
    except (TypeError, ValueError, RecursionError):
        message = "is no JSON: its texts are not valid Unicode, or its names are no texts"
        raise _refusal([Failure(path, "json", message)]) from None
    if len(text) > MAX_SCHEMA_BYTES:
        raise _refusal([Failure(path, "limit", f"is larger than {MAX_SCHEMA_BYTES} bytes")])
    copied = orjson.loads(text)
    return copied if isinstance(copied, dict) else {} if copied else {"not": {}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _document(schema: Any, path: str, budget: Budget) -> Document:
    try:
        dialect = detect_dialect(schema)
    except ValueError as error:
        raise _refusal([Failure(f"{path}/$schema", "$schema", str(error))]) from None
    return Document(schema, dialect=dialect, path=path, budget=budget)


def _structures(documents: Mapping[str, Document]) -> dict[str, Structure]:
    sections: dict[str, Structure] = {}
    failures: list[Failure] = []
    for section, document in documents.items():
        try:
            sections[section] = structure(document)
        except DefinitionRefused as refused:
            failures += refused.failures
    _raise(failures)
    return sections
