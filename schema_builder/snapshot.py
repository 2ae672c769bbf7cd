"""Snapshots: the schema of a set of kinds, immutable, grafted from the one before.

Adding a kind changes a few names in tables that are shared otherwise; no other kind is looked at. What a snapshot is
depends on its kinds alone, never on the order in which they came.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Final

from graphql import GraphQLObjectType, GraphQLSchema

from schema_builder.base import BASE, Operation
from schema_builder.clashes import find_clashes
from schema_builder.errors import DefinitionRefused
from schema_builder.lazy_schema import KindSchema
from schema_builder.name_table import NameTable
from schema_builder.owners import TypeOwners, heads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schema_builder.compile import CompiledKind

__all__ = ["Snapshot", "base_snapshot"]

_FINGERPRINT_BITS: Final = 128
_BEFORE_KINDS: Final = ("Create", "Replace", "Apply")
"""What the names of inputs begin with, where all others begin with the kind's."""


class Snapshot:
    """A set of kinds and their schema.

    Attributes:
        kinds: By GraphQL name.
    """

    def __init__(
        self,
        kinds: NameTable[CompiledKind],
        *,
        listed: NameTable[CompiledKind],
        ordered: tuple[str, ...],
        root_fields: Mapping[Operation, NameTable[CompiledKind]],
        digest: int,
    ) -> None:
        self.kinds = kinds
        self._listed = listed
        self._ordered = ordered
        self._owners = TypeOwners(kinds, listed)
        self._root_fields = root_fields
        self._digest = digest

    @cached_property
    def schema(self) -> KindSchema:
        """Return the schema; its types are built when they are asked for."""
        return KindSchema(self.kinds, types=self._owners, root_fields=self._root_fields)

    @property
    def fingerprint(self) -> str:
        """Return what tells this schema from others: equal for equal sets of kinds; hexadecimal."""
        return f"{self._digest:0{_FINGERPRINT_BITS // 4}x}"

    def owner_of_type(self, name: str) -> CompiledKind | None:
        """Return the kind that a generated type belongs to; None for shared and unknown ones."""
        owner: CompiledKind | None = self._owners.get(name)
        return owner

    def may_meet(self, stem: str, *, but: str) -> bool:
        """Tell whether some kind may have a type whose name begins with a stem, as far as can be told by names alone.

        Args:
            stem: What the names of a kind's nested types begin with.
            but: That kind's name.
        """
        following = bisect_left(self._ordered, stem)
        if stem.startswith(_BEFORE_KINDS) or any(
            name.startswith(stem) for name in self._ordered[following : following + 1]
        ):
            return True
        owners = (self.kinds.get(head) for head in heads(stem) if head != but)
        return any(
            stem.startswith(owner.stems) or any(name.startswith(stem) for name in (*owner.listed_names, *owner.stems))
            for owner in owners
            if owner is not None
        )

    def owner_of_field(self, operation: Operation, name: str) -> CompiledKind | None:
        """Return the kind that a generated root field belongs to; None for shared and unknown ones."""
        return self._root_fields[operation].get(name)

    def with_kind(self, kind: CompiledKind) -> Snapshot:
        """Return a snapshot with a kind added, or in place of the one of its name.

        Raises:
            DefinitionRefused: A generated name belongs to another kind or to the shared part.
        """
        clashes = find_clashes(kind, self)
        if clashes:
            raise DefinitionRefused(f"The names of {kind.name} clash with others.", clashes)
        return self._changed(self.kinds.get(kind.name), kind)

    def without_kind(self, name: str) -> Snapshot:
        """Return a snapshot without a kind; this one where there is no such kind."""
        kind = self.kinds.get(name)
        return self if kind is None else self._changed(kind, None)

    def _changed(self, old: CompiledKind | None, new: CompiledKind | None) -> Snapshot:
        return Snapshot(
            self.kinds.changed(removed=(old.name,) if old else (), added=(new.name,) if new else (), owner=new),
            listed=self._listed.changed(
                removed=old.listed_names if old else (), added=new.listed_names if new else (), owner=new
            ),
            ordered=_changed(self._ordered, old, new),
            root_fields={
                operation: fields.changed(
                    removed=old.root_field_names[operation] if old else (),
                    added=new.root_field_names[operation] if new else (),
                    owner=new,
                )
                for operation, fields in self._root_fields.items()
            },
            digest=(self._digest - _digest_of(old) + _digest_of(new)) % 2**_FINGERPRINT_BITS,
        )

    def materialized_schema(self) -> GraphQLSchema:
        """Return the same schema as graphql-core builds it: every type built anew, and walked. Slow; for tests."""
        kinds = [self.kinds[name].unbuilt() for name in sorted(self.kinds)]
        roots = {
            operation: GraphQLObjectType(
                operation.value,
                {
                    **BASE.root_fields[operation],
                    **{name: field for kind in kinds for name, field in kind.fields(operation).items()},
                },
                description=BASE.root_descriptions[operation],
            )
            for operation in Operation
        }
        return GraphQLSchema(
            query=roots[Operation.QUERY],
            mutation=roots[Operation.MUTATION],
            subscription=roots[Operation.SUBSCRIPTION],
            types=[type_ for name, type_ in BASE.types.items() if not name.startswith("__")],
            directives=BASE.directives,
        )


def base_snapshot() -> Snapshot:
    """Return the snapshot without any kind."""
    return Snapshot(
        NameTable(),
        listed=NameTable(),
        ordered=(),
        root_fields={operation: NameTable() for operation in Operation},
        digest=0,
    )


def _changed(ordered: tuple[str, ...], old: CompiledKind | None, new: CompiledKind | None) -> tuple[str, ...]:
    """Return sorted names with another in the place of one."""
    if old is not None:
        at = bisect_left(ordered, old.name)
        ordered = (*ordered[:at], *ordered[at + 1 :])
    if new is not None:
        at = bisect_left(ordered, new.name)
        ordered = (*ordered[:at], new.name, *ordered[at:])
    return ordered


def _digest_of(kind: CompiledKind | None) -> int:
    """Return a kind's part of the fingerprint: parts are added up, so that their order does not matter."""
    if kind is None:
        return 0
    text = f"{kind.name}\0{kind.fingerprint}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: _FINGERPRINT_BITS // 8], "big")
