"""What this server knows of one stored definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.resources.decisions import Rules
from app.resources.keys import DEFINITIONS_KEY
from app.resources.states import is_going
from app.resources.times import utc_now
from app.store.slots import IndexField
from schema_builder.definition import Definition, Scope
from schema_builder.limits import MAX_BODY_DEPTH, MAX_DEFINITION_DEPTH
from schema_builder.links import OnDelete
from schema_builder.structural import NodeKind

if TYPE_CHECKING:
    import datetime

    from app.store.definitions import KindStorage, StoredDefinition
    from schema_builder.compile import CompiledKind
    from schema_builder.errors import DefinitionRefused

__all__ = ["Refused", "Served", "index_fields"]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A kind in service.

    Attributes:
        kind: The compiled kind.
        rules: What it asks of its resources.
        storage: Where they are.
        version: The definition's resourceVersion.
        going: The definition's deletion was requested: creates are refused.
        built_in: The kind is the server's own.
    """

    kind: CompiledKind
    rules: Rules
    storage: KindStorage
    version: int
    going: bool
    built_in: bool

    @property
    def holds(self) -> frozenset[str]:
        """Return the names of the kinds that resources of this one name with consequences."""
        links = self.kind.definition.links.values()
        return frozenset(link.kind for one in links for link in one if link.on_delete is not OnDelete.NONE)

    @classmethod
    def of(cls, kind: CompiledKind, stored: StoredDefinition, *, built_in: bool) -> Served:
        """Return a kind as its stored definition has it."""
        holds_schemas = stored.storage.key == DEFINITIONS_KEY
        rules = Rules(
            type_name=kind.names.type_name,
            body=kind.body,
            namespaced=kind.definition.scope is Scope.NAMESPACED,
            graphql_named=holds_schemas,
            max_depth=MAX_DEFINITION_DEPTH if holds_schemas else MAX_BODY_DEPTH,
        )
        return cls(kind, rules, stored.storage, stored.state.version, is_going(stored.state), built_in)


@dataclass(frozen=True, slots=True)
class Refused:
    """A stored definition that this version of the server cannot honour: kept, and not served.

    Attributes:
        stored: The definition.
        reason: What this version says of it.
        since: When it said so.
    """

    stored: StoredDefinition
    reason: DefinitionRefused
    since: datetime.datetime = field(default_factory=utc_now)

    @property
    def message(self) -> str:
        """Return the reasons in one line."""
        shown = "; ".join(f"{failure.path}: {failure.message}" for failure in self.reason.failures[:10])
        return shown or self.reason.message


def index_fields(definition: Definition) -> list[tuple[tuple[IndexField, ...], bool]]:
    """Return (fields, unique) of each declared index; date-times are known from the schema."""
    return [
        (tuple(IndexField(path, _is_moment(definition, path)) for path in index.fields), index.unique)
        for index in definition.indexes
    ]


def _is_moment(definition: Definition, path: tuple[str, ...]) -> bool:
    if path[0] == "metadata":
        return False  # one zone and one width for all: compared as text
    section = definition.sections[path[0]]
    node = section.resolve(section.root)
    for name in path[1:]:
        node = section.resolve(node.properties[name])
    return node.kind is NodeKind.STRING and node.format == "date-time"
