"""Name clashes between kinds: found before anything is published, and said with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema_builder.base import BASE, ROOT_NAMES
from schema_builder.compile import CompiledKind, Operation
from schema_builder.errors import Failure

if TYPE_CHECKING:
    from schema_builder.snapshot import Snapshot

__all__ = ["find_clashes"]


def find_clashes(kind: CompiledKind, snapshot: Snapshot) -> list[Failure]:
    """Return every generated name of a kind that another kind, or the shared part, already has.

    The kind of the same name does not count: it is the one to be replaced.

    Returns:
        One failure for each clash, sorted by the name; empty where the kind can be published.
    """
    taken: list[tuple[str, str]] = []
    for name in sorted(kind.type_names):
        owner = snapshot.owner_of_type(name)
        if owner is not None and owner.name != kind.name:
            taken.append((f"type {name}", f"kind {owner.name}"))
        elif name in BASE.types or name in ROOT_NAMES:
            taken.append((f"type {name}", "Kindgraph itself"))
    for operation in Operation:
        taken += _field_clashes(kind, operation, snapshot)
    return [_failure(kind, what, whose) for what, whose in taken]


def _field_clashes(kind: CompiledKind, operation: Operation, snapshot: Snapshot) -> list[tuple[str, str]]:
    shared = {Operation.QUERY: BASE.query, Operation.SUBSCRIPTION: BASE.subscription}.get(operation, {})
    clashes: list[tuple[str, str]] = []
    for name in sorted(kind.root_field_names[operation]):
        owner = snapshot.owner_of_field(operation, name)
        if owner is not None and owner.name != kind.name:
            clashes.append((f"{operation.value} field {name}", f"kind {owner.name}"))
        elif name in shared:
            clashes.append((f"{operation.value} field {name}", "Kindgraph itself"))
    return clashes


def _failure(kind: CompiledKind, what: str, whose: str) -> Failure:
    definition = kind.definition
    path = "/spec/graphqlName" if definition.graphql_name else "/spec/kind"
    return Failure(
        path,
        "nameClash",
        f"The kind {kind.name} would generate the {what}, which {whose} already has. "
        f"Set spec.graphqlName to another name, such as {_suggestion(kind)}.",
    )


def _suggestion(kind: CompiledKind) -> str:
    definition = kind.definition
    capitalised = definition.kind[:1].upper() + definition.kind[1:]
    if definition.group:
        return f"{definition.group.split('.')[0].replace('-', '_').capitalize()}{capitalised}"
    return f"My{capitalised}"
