"""Filter types: they mirror the outputs, and come to conditions when they are coerced."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLList, GraphQLNonNull

from schema_builder.filtering import object_condition
from schema_builder.names import assign_field_names
from schema_builder.types.built import BuiltInputObject
from schema_builder.types.entries import EntriesField, object_entries, section_entries
from schema_builder.types.leaves import list_core, place_of, unused_key
from schema_builder.types.naming import NamedShape, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from graphql import GraphQLInputType

    from schema_builder.structural import Node, Structure
    from schema_builder.types.context import KindContext

__all__ = ["LOGIC", "build_filter", "build_kind_filter", "logic_fields", "logic_keys"]

LOGIC: Final[Mapping[str, str]] = {
    "_and": "All of these hold; holds when empty.",
    "_or": "Some of these hold; never holds when empty.",
    "_not": "The exact complement.",
}


def logic_keys(names: Collection[str]) -> dict[str, str]:
    """Return the coerced keys of the logical operators, each with its operator; no property has such a key."""
    return {unused_key(operator, names): operator for operator in LOGIC}


def logic_fields(filter_type: GraphQLInputObjectType, keys: Mapping[str, str]) -> dict[str, GraphQLInputField]:
    """Return the logical operators of a filter type."""
    listed = GraphQLList(GraphQLNonNull(filter_type))
    return {
        operator: GraphQLInputField(
            filter_type if operator == "_not" else listed, description=LOGIC[operator], out_name=key
        )
        for key, operator in keys.items()
    }


def build_kind_filter(context: KindContext) -> GraphQLInputObjectType:
    """Build ``KFilter``: metadata, every section, and the logical operators."""
    keys = logic_keys(("metadata", *context.sections))
    found = _Found({}, {})

    def fields() -> dict[str, GraphQLInputField]:
        built = {"metadata": GraphQLInputField(context.named("ObjectMetaFilter"))}
        for section, structure in context.sections.items():
            if not place_of(structure, structure.root).write_only:
                field_name = context.section_fields[section]
                built[field_name] = GraphQLInputField(
                    context.filter_of(structure, structure.root),
                    deprecation_reason=place_of(structure, structure.root).deprecated,
                    out_name=section,
                )
                _note_lists(found, structure, structure.root, key=section)
        built |= _entries_filters(section_entries(context, Role.FILTER), found)
        return {**built, **logic_fields(filter_type, keys)}

    filter_type = GraphQLInputObjectType(
        context.definition.names.filter,
        fields,
        description="Conditions on a resource. All that are given must hold.",
        out_type=partial(object_condition, logic=keys, entries=found.entries, nested=found.nested),
    )
    return filter_type


class _Found(NamedTuple):
    """What has to be known of a filter's fields when they are coerced: noted when they are built.

    Attributes:
        entries: Keys that ask for the entries of a map, each with the name of the map.
        nested: Keys of lists of lists, each with how many lists are in the first.
    """

    entries: dict[str, str]
    nested: dict[str, int]


def _note_lists(found: _Found, structure: Structure, node: Node, *, key: str) -> None:
    core = list_core(structure, node)
    if core is not None and core[1] > 1:
        found.nested[key] = core[1] - 1


def _entries_filters(fields: Iterable[EntriesField], found: _Found) -> dict[str, GraphQLInputField]:
    """Return filters of entries, and note under which keys they are found."""
    built: dict[str, GraphQLInputField] = {}
    for field in fields:
        found.entries[field.key] = field.original
        if field.lists > 1:
            found.nested[field.key] = field.lists - 1
        built[field.name] = GraphQLInputField(
            field.type,
            description=f"Conditions on one entry of `{field.map_name}`: any may match.",
            deprecation_reason=field.deprecated,
            out_name=field.key,
        )
    return built


def build_filter(context: KindContext, shape: NamedShape) -> GraphQLInputObjectType:
    """Build the filter of a nested object; on a list of them any element may match."""
    structure, properties = shape.structure, shape.node.properties
    keys = logic_keys(properties)
    found = _Found({}, {})

    def fields() -> dict[str, Any]:
        names = assign_field_names(properties, reserved=LOGIC)
        built: dict[str, Any] = {}
        known: dict[int, tuple[GraphQLInputType, str | None] | None] = {}
        for original, node in properties.items():
            key = id(node)  # nodes are interned: wide objects repeat themselves
            if key not in known:
                place = place_of(structure, node)
                known[key] = None if place.write_only else (context.filter_of(structure, node), place.deprecated)
            said = known[key]
            if said is not None:
                _note_lists(found, structure, node, key=original)
                built[names[original]] = GraphQLInputField(said[0], deprecation_reason=said[1], out_name=original)
        built |= _entries_filters(object_entries(context, shape, Role.FILTER, names=names), found)
        return {**built, **logic_fields(filter_type, keys)}

    filter_type = BuiltInputObject(
        shape.type_name(Role.FILTER),
        fields,
        out_type=partial(object_condition, logic=keys, entries=found.entries, nested=found.nested),
    )
    return filter_type
