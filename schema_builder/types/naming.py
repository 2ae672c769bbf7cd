"""The naming pass: which types a kind has, and what they are called, before any of them is built.

A type is named after the shallowest path that has its shape (ties: the first in the schema's order), K + path in Pascal
case; inputs, patches and filters add a suffix. A name that is taken inside the kind gets a stable hash of its path.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from schema_builder.names import KindNames, bounded, envelope_names, pascal
from schema_builder.types.roles import SUFFIXES, Role, assign_roles
from schema_builder.types.shapes import Shape, Shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schema_builder.structural import Node, Structure

__all__ = ["NamedShape", "PlannedType", "Role", "TypePlan", "plan_types", "sections_in_order"]


@dataclass(eq=False, slots=True)
class NamedShape:
    """A shape with types of its own.

    Attributes:
        name: The output type's or the enum's; other roles add their suffix.
        roles: The roles that have a type.
        structure: Resolves the references of ``node``.
        node: The node that names the shape: its properties are the fields, in order.
        places: All nodes of this shape.
        is_entry: The objects are the entries of maps: ``{"key": …, "value": …}``.
    """

    name: str
    roles: Role
    structure: Structure
    node: Node
    places: tuple[tuple[Structure, Node], ...]
    is_enum: bool
    is_entry: bool

    def type_name(self, role: Role) -> str:
        """Return the name of the type for a role."""
        return bounded(self.name + SUFFIXES[role])


class PlannedType(NamedTuple):
    """What a type name stands for."""

    shape: NamedShape
    role: Role


@dataclass(frozen=True, slots=True)
class TypePlan:
    """Every nested type of one kind.

    Attributes:
        types: What each type name stands for.
    """

    types: Mapping[str, PlannedType]
    _by_node: Mapping[int, NamedShape] = field(repr=False)
    _entries: Mapping[int, Node] = field(repr=False)

    def find_entry(self, node: Node) -> NamedShape | None:
        """Return the shape of the entries of a map; None for what is no map, or has no typed entries."""
        entry = self._entries.get(id(node))
        return None if entry is None else self._by_node.get(id(entry))

    def find(self, node: Node) -> NamedShape | None:
        """Return the shape of a resolved node; None for what has no types of its own."""
        return self._by_node.get(id(node))


def plan_types(names: KindNames, sections: Mapping[str, Structure]) -> TypePlan:
    """Return the types for the sections of a body, ``status`` among them being read-only for create inputs.

    Args:
        names: The kind's.
        sections: By original name, in the order in which ties of names are decided.
    """
    shapes = Shapes()
    for structure in sections.values():
        shapes.add(structure)
    roles = assign_roles(shapes, sections)
    return _Naming(names, shapes, roles).run(sections)


class _Unnamed(NamedTuple):
    """A shape where it was found: its node behind any lists, and the path that may name it."""

    structure: Structure
    node: Node
    shape: Shape
    path: str
    digest: bytes


class _Naming:
    def __init__(self, names: KindNames, shapes: Shapes, roles: Mapping[Shape, Role]) -> None:
        self._kind_name = names.type_name
        self._shapes = shapes
        self._roles = roles
        self._taken = set(envelope_names(names))
        self._named: dict[Shape, NamedShape] = {}
        self._types: dict[str, PlannedType] = {}

    def run(self, sections: Mapping[str, Structure]) -> TypePlan:
        queue: deque[_Unnamed] = deque()
        for name, structure in sections.items():
            queue += self._unnamed(structure, {name: structure.root}, self._kind_name, b"")
        while queue:
            queue += self._name(queue.popleft())
        by_node = {id(node): named for shape, named in self._named.items() for _, node in shape.places}
        return TypePlan(self._types, by_node, self._shapes.entries)

    def _unnamed(
        self, structure: Structure, properties: Mapping[str, Node], parent: str, parent_digest: bytes
    ) -> Iterator[_Unnamed]:
        """Yield the properties whose shape has types and no name yet."""
        for name, node in properties.items():
            core = self._shapes.core(structure, node)
            shape = None if core is None else self._shapes.find(core[0])
            if core is not None and shape is not None and shape in self._roles and shape not in self._named:
                digest = hashlib.blake2b(parent_digest + name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
                yield _Unnamed(structure, core[0], shape, bounded(parent + pascal(name)), digest)

    def _name(self, found: _Unnamed) -> Iterable[_Unnamed]:
        structure, node, shape, path, digest = found
        if shape in self._named:
            return ()
        roles = self._roles[shape]
        name = self._free_name(bounded(f"{path}Entry") if shape.is_entry else path, digest, roles)
        named = NamedShape(
            name,
            roles,
            structure,
            node,
            tuple(shape.places),
            shape.is_enum,
            shape.is_entry,
        )
        self._named[shape] = named
        for role in roles:
            type_name = named.type_name(role)
            self._taken.add(type_name)
            self._types[type_name] = PlannedType(named, role)
        members = node.union.members if node.union is not None else {}
        return (
            *self._unnamed(structure, members, path, digest),
            *self._unnamed(structure, node.properties, path, digest),
        )

    def _free_name(self, path: str, digest: bytes, roles: Role) -> str:
        name: str = path
        length = 8
        while any(bounded(name + SUFFIXES[role]) in self._taken for role in roles):
            name = bounded(f"{path}_{digest.hex()[:length]}")
            length += 8
        return name


def sections_in_order(sections: Mapping[str, Any]) -> list[str]:
    """Return section names in the order of fields: spec, status, then the others as declared."""
    first = [name for name in ("spec", "status") if name in sections]
    return first + [name for name in sections if name not in first]
