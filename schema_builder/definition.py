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
from schema_builder.differences import pointer_token
from schema_builder.errors import DefinitionRefused, Failure, told
from schema_builder.indexes import IndexSpec, parse_indexes
from schema_builder.limits import bounded
from schema_builder.migrations import parse_migrations
from schema_builder.names import KindNames, kind_names, plural_of, singular_of
from schema_builder.naming_rules import check_names
from schema_builder.packed import Packed
from schema_builder.rules.kind_rules import parse_rules
from schema_builder.sections import TAKEN_FIELDS, Sections, read_sections
from schema_builder.validation.messages import Suggestions

if TYPE_CHECKING:
    from schema_builder.links import Link
    from schema_builder.structural import Structure

__all__ = ["NAMES_ITSELF", "Column", "Definition", "IndexSpec", "Scope", "parse_definition"]

NAMES_ITSELF: Final = "x-kindgraph-names-itself"
"""A keyword of a kind's ``spec`` schema: the spec says what its resources are called, so inputs may lack metadata."""

_FIELDS: Final = (
    "kind", "plural", "singular", "group", "graphqlName", "description", "scope", "schema", "statusSchema",
    "extraFields", "rules", "indexes", "columns", "migrations",
)  # fmt: skip


class Scope(StrEnum):
    """Whether resources of a kind live in namespaces."""

    NAMESPACED = "NAMESPACED"
    CLUSTER = "CLUSTER"


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that can be served, judged by itself.

    Attributes:
        name: The kind's GraphQL name, which is the ``metadata.name`` of the definition.
        names_itself: Its ``spec`` says what its resources are called (``NAMES_ITSELF``).
        rules: Rules in CEL of the resource as a whole: entries as in ``x-kubernetes-validations``.
        has_rules: There are rules, here or in a schema.
        indexes: Declared indexes, their fields as paths from the resource's root.
        columns: What tables show.
        names: What GraphQL calls the kind.
        fingerprint: Equal for definitions that are served alike; hexadecimal.
        sections: The structural tree of each section that has a schema: ``spec``, ``status``, extra fields.
        links: What the resources name by ``x-kindgraph-ref``, of each section that has any.
        schemas: Their JSON Schemas, packed: they are large, and read seldom.
        as_given: The sections whose schema is packed word for word as it was given.
        size: How many subschemas they have.
    """

    name: str
    kind: str
    group: str | None
    plural: str
    singular: str
    scope: Scope
    graphql_name: str | None
    description: str | None
    names_itself: bool
    rules: tuple[Mapping[str, Any], ...]
    has_rules: bool
    indexes: tuple[IndexSpec, ...]
    columns: tuple[Column, ...]
    names: KindNames
    fingerprint: str
    sections: Mapping[str, Structure] = field(repr=False, compare=False)
    links: Mapping[str, tuple[Link, ...]] = field(repr=False)
    schemas: Mapping[str, Packed] = field(repr=False)
    as_given: frozenset[str]
    size: int

    def schema_of(self, section: str) -> dict[str, Any] | None:
        """Return the JSON Schema of a section, made anew; None where it has none."""
        packed = self.schemas.get(section)
        return None if packed is None else packed.read()


def parse_definition(spec: Mapping[str, Any], *, name: str | None) -> Definition:
    """Return what a definition says.

    Args:
        spec: The ``spec`` of a ResourceDefinition: ``{kind, group, plural, …}``.
        name: Its ``metadata.name`` where it was given; must be the kind's GraphQL name.

    Raises:
        DefinitionRefused: With every failure found, as pointers from the definition's root.
    """
    sections = read_sections(spec)
    names, wrong_names = _names(spec, name=name)
    columns, wrong_columns = parse_columns(spec.get("columns"))
    indexes, wrong_indexes = parse_indexes(spec.get("indexes"), sections=sections.structures, unread=sections.unread)
    rules, wrong_rules = parse_rules(spec.get("rules"), documents=sections.documents, unread=sections.unread)
    _, wrong_migrations = parse_migrations(spec.get("migrations"))
    failures = [
        *wrong_migrations,
        *_check_fields(spec),
        *wrong_names,
        *sections.failures,
        *wrong_columns,
        *wrong_indexes,
        *wrong_rules,
    ]
    if names is None or failures:
        raise DefinitionRefused(f"The definition cannot be served: {told(failures)}.", bounded(failures))
    return _definition(spec, names=names, sections=sections, rules=rules, indexes=indexes, columns=columns)


def _names(spec: Mapping[str, Any], *, name: str | None) -> tuple[KindNames | None, list[Failure]]:
    """Return what GraphQL calls the kind, None where that cannot be said, and what is wrong with its names."""
    failures = check_names(spec)
    if failures:
        return None, failures
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
    return names, failures


def _definition(
    spec: Mapping[str, Any],
    *,
    names: KindNames,
    sections: Sections,
    rules: tuple[Mapping[str, Any], ...],
    indexes: tuple[IndexSpec, ...],
    columns: tuple[Column, ...],
) -> Definition:
    schemas = sections.schemas
    scope = Scope(spec.get("scope") or Scope.NAMESPACED)
    plain = {
        name: spec.get(name) or None for name in ("kind", "group", "plural", "singular", "graphqlName", "description")
    }
    texts = {section: orjson.dumps(schema) for section, schema in schemas.items()}
    return Definition(
        name=names.type_name,
        kind=spec["kind"],
        group=plain["group"],
        plural=plain["plural"] or plural_of(plain["singular"] or singular_of(spec["kind"])),
        singular=plain["singular"] or singular_of(spec["kind"]),
        scope=scope,
        graphql_name=plain["graphqlName"],
        description=plain["description"],
        names_itself="spec" in schemas and schemas["spec"].get(NAMES_ITSELF) is True,
        rules=rules,
        has_rules=sections.ruled or bool(rules),
        indexes=indexes,
        columns=columns,
        names=names,
        fingerprint=_fingerprint([plain, scope, rules, list(map(list, indexes)), list(map(list, columns))], texts),
        sections=MappingProxyType(sections.structures),
        links=MappingProxyType(sections.links),
        schemas=MappingProxyType({section: Packed.of_text(text) for section, text in texts.items()}),
        as_given=frozenset(section for section, text in texts.items() if sections.texts[section] == text),
        size=sections.size,
    )


def _fingerprint(said: Any, texts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(orjson.dumps([said, [[section, len(text)] for section, text in texts.items()]]))
    for text in texts.values():
        digest.update(text)
    return digest.hexdigest()


def _check_fields(spec: Mapping[str, Any]) -> list[Failure]:
    suggestions = Suggestions()
    failures = [
        Failure(
            f"/spec/{pointer_token(str(name))}", "unknownField", suggestions.unknown_field(str(name), known=_FIELDS)
        )
        for name in spec
        if name not in _FIELDS
    ]
    if spec.get("scope") not in (None, "", *Scope):
        failures.append(Failure("/spec/scope", "enum", "must be NAMESPACED or CLUSTER"))
    failures += [
        Failure(f"/spec/{name}", "type", "must be a schema: an object, true or false")
        for name in ("schema", "statusSchema")
        if not isinstance(spec.get(name, {}), Mapping | bool | None)
    ]
    extra = spec.get("extraFields")
    if extra is not None and not isinstance(extra, Mapping):
        return [*failures, Failure("/spec/extraFields", "type", "must be an object of schemas")]
    for name, schema in (extra or {}).items():
        path = f"/spec/extraFields/{pointer_token(str(name))}"
        if name in TAKEN_FIELDS:
            failures.append(Failure(path, "reserved", f"cannot be called {name}: every resource has that field"))
        elif not isinstance(schema, Mapping | bool):
            failures.append(Failure(path, "type", "must be a schema: an object, true or false"))
    return failures
