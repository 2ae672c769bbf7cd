"""Comparing two compiled kinds: everything that a change of a definition means, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema_builder.dialect import detect_dialect
from schema_builder.differences import identical
from schema_builder.evolution.change import Audience, Change, Severity, in_order
from schema_builder.evolution.clients import client_changes
from schema_builder.evolution.links import link_changes
from schema_builder.evolution.places import section_pointer
from schema_builder.evolution.schemas import Side, schema_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema_builder.compile import CompiledKind
    from schema_builder.definition import Definition

__all__ = ["compare_kinds"]

_SHOWN: Final = 200


def compare_kinds(before: CompiledKind, after: CompiledKind) -> list[Change]:
    """Return every difference between two kinds of one name, the worst first.

    A list without a BREAKING change means: every document that was valid is valid and every resource that was accepted
    is accepted. Takes some time for large kinds, and leaves nothing built in either.
    """
    if before.fingerprint == after.fingerprint:
        return []
    found = set(client_changes(before, after))
    for section in dict.fromkeys((*before.body.sections, *after.body.sections)):
        found.update(_section_changes(before, after, section))
    found.update(_index_changes(before.definition, after.definition))
    found.update(_rule_changes(before.definition, after.definition))
    found.update(link_changes(before.definition, after.definition))
    return in_order(found)


def _section_changes(before: CompiledKind, after: CompiledKind, section: str) -> list[Change]:
    path = section_pointer(section)
    if section not in after.body.sections:
        return [_of_resources(path, "FIELD_REMOVED", f"{section} is removed", (section,))]
    changes: list[Change] = []
    if section in before.body.sections:
        schemas = [_schema(kind.definition, section) for kind in (before, after)]
        if not identical(*schemas):
            sides = [Side(one, dialect=detect_dialect(one), path=path) for one in schemas]
            changes += schema_changes(sides[0], sides[1], section=section, path=path)
    if section in after.body.required - before.body.required:
        changes.append(_of_resources(path, "REQUIRED", f"{section} is required", (section,)))
    return changes


def _schema(definition: Definition, section: str) -> Any:
    schema = definition.schema_of(section)
    return {} if schema is None else schema


def _index_changes(before: Definition, after: Definition) -> list[Change]:
    """Return new unique indexes: resources that have the same values would stand in their way."""
    known = {index.fields for index in before.indexes if index.unique}
    return [
        Change(
            f"/spec/indexes/{position}",
            "UNIQUE",
            Audience.RESOURCES,
            Severity.DANGEROUS,
            f"no two resources may have the same {', '.join('.'.join(path) for path in index.fields)}",
        )
        for position, index in enumerate(after.indexes)
        if index.unique and index.fields not in known
    ]


def _rule_changes(before: Definition, after: Definition) -> Iterator[Change]:
    """Yield new rules of the resource as a whole, and say so where some are gone."""
    known, present = ([str(rule.get("rule")) for rule in one.rules] for one in (before, after))
    for position, rule in enumerate(present):
        if rule not in known:
            yield _of_resources(f"/spec/rules/{position}", "RULE_ADDED", f"there is another rule: {rule[:_SHOWN]}", ())
    if gone := [rule for rule in known if rule not in present]:
        message = f"there is no rule {gone[0][:_SHOWN]} any more"
        yield Change("/spec/rules", "RULE_REMOVED", Audience.RESOURCES, Severity.SAFE, message)


def _of_resources(path: str, change: str, message: str, place: tuple[str, ...]) -> Change:
    return Change(path, change, Audience.RESOURCES, Severity.BREAKING, message, place)
