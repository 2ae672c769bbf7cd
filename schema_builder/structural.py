"""The structural tree: what a JSON Schema says about shape, in the one form that every later step reads.

``structure`` (in ``schema_builder.structure``) makes it from a schema of any accepted dialect: references
resolved, ``allOf`` merged, shapes of ``oneOf``/``anyOf`` merged. What GraphQL cannot say
is a ``JSON`` node with the reason. Validation does not read this tree; it runs on the schema itself.

Nodes hold no position, so that equal shapes are one object: ``Structure`` interns them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from schema_builder.links import Link

__all__ = ["EMPTY", "MISSING", "ListType", "Node", "NodeKind", "Structure", "Union"]

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


class _Missing(Enum):
    MISSING = "missing"


MISSING: Final = _Missing.MISSING
"""Stands for 'no default': null is a default."""


class NodeKind(Enum):
    """What a node is in GraphQL."""

    OBJECT = "object"
    LIST = "list"
    MAP = "map"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INT_OR_STRING = "int-or-string"
    JSON = "json"
    REFERENCE = "reference"


class ListType(Enum):
    """How apply merges a list (``x-kubernetes-list-type``)."""

    ATOMIC = "atomic"
    SET = "set"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Union:
    """Objects of several shapes, told apart by a property.

    Attributes:
        property: Its original name.
        members: The nodes of the shapes by the property's values; several values may have the same.
    """

    property: str
    members: Mapping[str, Node]

    def member_of(self, value: Any) -> Node | None:
        """Return the member that an object is by its own words; None where it is none of them."""
        said = value.get(self.property) if isinstance(value, Mapping) else None
        return self.members.get(said) if isinstance(said, str) else None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Node:
    """One place of a body.

    Attributes:
        kind: What it is.
        nullable: The schema accepts null here.
        properties: OBJECT: declared properties by original name, in the schema's order.
        required: OBJECT: names of required properties.
        values: MAP: the values' node; OBJECT: the node of undeclared properties, where they are allowed.
        open: OBJECT, MAP: undeclared properties are kept (``values`` then says what they are; None is anything).
        patterns: OBJECT, MAP that is open: where not empty, the names of undeclared properties match one of these.
        items: LIST: the items' node.
        exclusive: OBJECT: every instance has exactly one of the properties.
        tag: OBJECT that is a member of a union: the property that tells it apart, and its value.
        union: OBJECT: what shapes it may have, where they are told apart; ``properties`` are those of all, merged.
        target: REFERENCE: a key of ``Structure.definitions`` (recursion and shared ``$defs``).
        enum: The allowed values where the schema lists them; empty otherwise.
        format: The schema's ``format``.
        minimum: INTEGER: inclusive lower bound, where proven.
        maximum: INTEGER: inclusive upper bound, where proven.
        default: The default, or ``MISSING``.
        description: For people; constraints that GraphQL cannot say are in ``hints``.
        deprecated: Deprecation reason, or None.
        read_only: Left out of inputs.
        write_only: Left out of outputs, events and logs.
        list_type: LIST: how apply merges it.
        list_keys: LIST of list_type MAP: the properties that identify an item.
        atomic: OBJECT, MAP: apply replaces it whole.
        embedded_resource: OBJECT: ``x-kubernetes-embedded-resource``.
        reason: JSON: why it could not be typed; None where JSON is exactly what the schema says.
        link: STRING, or a REFERENCE to one: the resource that it names.
        hints: Validation-only keywords in words, such as ``pattern: ^a+$``.
    """

    kind: NodeKind
    nullable: bool = False
    properties: Mapping[str, Node] = field(default_factory=lambda: EMPTY)
    required: frozenset[str] = frozenset()
    values: Node | None = None
    open: bool = False
    patterns: tuple[str, ...] = ()
    items: Node | None = None
    exclusive: bool = False
    tag: tuple[str, str] | None = None
    union: Union | None = None
    target: str | None = None
    enum: tuple[Any, ...] = ()
    format: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    default: Any = MISSING
    description: str | None = None
    deprecated: str | None = None
    read_only: bool = False
    write_only: bool = False
    list_type: ListType = ListType.ATOMIC
    list_keys: tuple[str, ...] = ()
    atomic: bool = False
    embedded_resource: bool = False
    reason: str | None = None
    link: Link | None = None
    hints: tuple[str, ...] = ()

    def children(self) -> Collection[Node]:
        """Return the nodes of the properties, each once: nodes are interned, and wide objects repeat themselves."""
        return {id(child): child for child in self.properties.values()}.values()


@dataclass(frozen=True, slots=True)
class Structure:
    """The shape of one section of a body (``spec``, ``status`` or an extra field).

    Attributes:
        root: The section's own node.
        definitions: Nodes that REFERENCE nodes name, by a stable key such as ``Foo`` of ``#/$defs/Foo``.
        shared: Whatever keeps nodes shared with other structures, for as long as this one lives.
    """

    root: Node
    definitions: Mapping[str, Node] = field(default_factory=lambda: EMPTY)
    shared: tuple[object, ...] = field(default=(), repr=False, compare=False)

    def resolve(self, node: Node) -> Node:
        """Return the node that a chain of references ends in; it ends: bare cycles were refused."""
        while node.kind is NodeKind.REFERENCE and node.target is not None:
            node = self.definitions[node.target]
        return node
