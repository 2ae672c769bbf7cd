"""What the builders of a kind's types know: the kind, its plan, and how to reach a type by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputType, GraphQLList, GraphQLNonNull

from schema_builder.scalars import STRING_MAP, STRING_MAP_PATCH
from schema_builder.structural import Node, NodeKind, Structure
from schema_builder.types.leaves import LEAVES, enum_values, is_string_map, leaf_name, list_core, place_of
from schema_builder.types.naming import NamedShape, Role, TypePlan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schema_builder.definition import Definition
    from schema_builder.linking import SectionLinks

__all__ = ["KindContext"]


@dataclass(frozen=True, slots=True)
class KindContext:
    """The parts of a compiled kind that its types are built from.

    Attributes:
        sections: The body's sections by original name, in the order of fields.
        section_fields: Their GraphQL names.
        required: Sections that a new resource must have.
        links: Returns where a section names other resources, None where it names none.
        names_itself: Metadata may be left out of inputs, because the spec says what the resource is called.
        planned: Returns which nested types there are.
        named: Returns a type of this kind or a shared one.
    """

    definition: Definition
    sections: Mapping[str, Structure]
    section_fields: Mapping[str, str]
    required: frozenset[str]
    links: Callable[[str], SectionLinks | None]
    names_itself: bool
    planned: Callable[[], TypePlan]
    named: Callable[[str], Any]

    @property
    def plan(self) -> TypePlan:
        """Return which nested types there are."""
        return self.planned()

    def links_in(self, structure: Structure) -> SectionLinks | None:
        """Return where a section's structure names other resources, None where it names none."""
        names = (name for name in self.definition.links if self.sections[name] is structure)
        return next(map(self.links, names), None)

    def type_of(self, structure: Structure, node: Node, role: Role) -> Any:
        """Return the nullable GraphQL type of a place, for one role; a shape without that role is JSON."""
        node = structure.resolve(node)
        if node.kind is NodeKind.LIST and node.items is not None:
            return self._list_of(structure, node, role)
        shape = self.plan.find(node)
        if shape is None:
            leaf = LEAVES["JSON" if node.kind is NodeKind.OBJECT else leaf_name(structure, node)]
            return STRING_MAP_PATCH if leaf is STRING_MAP and role is Role.PATCH else leaf
        if shape.is_enum:
            return self.named(shape.type_name(Role.OUTPUT))
        return self.named(shape.type_name(role)) if role in shape.roles else LEAVES["JSON"]

    def _list_of(self, structure: Structure, node: Node, role: Role) -> Any:
        core = list_core(structure, node)
        if core is None:
            return LEAVES["JSON"]
        return self._listed(structure, node, self.type_of(structure, core[0], role), role)

    def entries_of(self, structure: Structure, node: Node, role: Role) -> Any:
        """Return the nullable GraphQL type of the entries of a map, or of lists of maps; None where it has none."""
        entry = self.entry_shape(structure, node, role)
        if entry is None:
            return self._string_entries(structure, node) if role is Role.FILTER else None
        if role is Role.FILTER:
            return self.named(entry.type_name(role))
        return self._listed(structure, node, GraphQLList(GraphQLNonNull(self.named(entry.type_name(role)))), role)

    def _string_entries(self, structure: Structure, node: Node) -> Any:
        """Return the filter of the entries of a map of strings; that is all they have beside the map."""
        core = list_core(structure, node)
        if core is None or not is_string_map(structure, core[0]):
            return None
        return None if place_of(structure, node).write_only else self.named("StringEntryFilter")

    def entry_shape(self, structure: Structure, node: Node, role: Role) -> NamedShape | None:
        """Return the shape of a map's entries where they have a type for a role at this place."""
        core = list_core(structure, node)
        entry = None if core is None else self.plan.find_entry(core[0])
        if core is None or entry is None or role not in entry.roles:
            return None
        place = place_of(structure, node)
        hidden = place.read_only if role in Role.INPUT | Role.PATCH else place.write_only
        return None if hidden else entry

    def _listed(self, structure: Structure, node: Node, innermost: Any, role: Role) -> Any:
        node = structure.resolve(node)
        if node.kind is not NodeKind.LIST or node.items is None:
            return innermost
        item_type = self._listed(structure, node.items, innermost, role)
        if role is Role.OUTPUT or place_of(structure, node.items).nullable:
            return GraphQLList(item_type)
        return GraphQLList(GraphQLNonNull(item_type))

    def filter_of(self, structure: Structure, node: Node) -> GraphQLInputType:
        """Return the filter of a place: leaves by their scalar, objects by their own, the rest by existence."""
        core = list_core(structure, node)
        if core is None:
            return self.named("JSONFilter")  # type: ignore[no-any-return]
        innermost, lists = core
        shape = self.plan.find(innermost)
        role = Role.LIST_FILTER if lists and shape is not None and shape.is_enum else Role.FILTER
        if shape is not None and role in shape.roles:
            return self.named(shape.type_name(role))  # type: ignore[no-any-return]
        if shape is not None and enum_values(innermost):
            return self.named("JSONFilter")  # type: ignore[no-any-return]
        leaf = "JSON" if innermost.kind is NodeKind.OBJECT else leaf_name(structure, innermost)
        name = {"JSON": "JSONFilter", "StringMap": "JSONFilter"}.get(leaf, f"{leaf}{'List' if lists else ''}Filter")
        return self.named(name)  # type: ignore[no-any-return]
