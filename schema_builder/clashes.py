"""Name clashes between kinds: found before anything is published, and said with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema_builder.base import BASE, Operation
from schema_builder.errors import Failure

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind
    from schema_builder.snapshot import Snapshot

__all__ = ["clashes_with_base", "find_clashes"]

_SHARED: Final = tuple(sorted({*BASE.types, *(operation.value for operation in Operation)}))


def find_clashes(kind: CompiledKind, snapshot: Snapshot) -> list[Failure]:
    """Return every generated name of a kind that another kind already has.

    The kind of the same name does not count: it is the one to be replaced.

    Returns:
        One failure for each clash, sorted by the name; empty where the kind can be published.
    """
    meets = any(snapshot.may_meet(stem, but=kind.name) for stem in kind.stems)
    types = kind.type_names if meets else kind.listed_names
    owners = [(f"type {name}", snapshot.owner_of_type(name)) for name in sorted(types)]
    for operation, names in kind.root_field_names.items():
        owners += [
            (f"{operation.value} field {name}", snapshot.owner_of_field(operation, name)) for name in sorted(names)
        ]
    return [
        _failure(kind, what, f"kind {owner.name}")
        for what, owner in owners
        if owner is not None and owner.name != kind.name
    ]


def clashes_with_base(kind: CompiledKind) -> list[Failure]:
    """Return every generated name of a kind that belongs to the shared part, as ``find_clashes`` does."""
    taken = [f"type {name}" for name in _SHARED if kind.generates(name)]
    for operation, names in kind.root_field_names.items():
        taken += [f"{operation.value} field {name}" for name in sorted(names) if name in BASE.root_fields[operation]]
    return [_failure(kind, what, "Kindgraph itself") for what in taken]


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
