"""Output types: the kind itself, its nested objects and enums. Everything but the envelope is nullable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
)

from schema_builder.linking import entries_key
from schema_builder.names import assign_field_names
from schema_builder.node_id import id_of
from schema_builder.plain import PlainResolver, reads_key, reads_with
from schema_builder.types.blockers import BLOCKED_BY
from schema_builder.types.built import BuiltObject
from schema_builder.types.entries import EntriesField, object_entries, section_entries
from schema_builder.types.leaves import LEAVES, enum_values, place_of
from schema_builder.types.link import object_link_fields, section_link_fields
from schema_builder.types.naming import NamedShape, Role
from schema_builder.types.reading import Read, entries_reader, reader_of, rest_resolver
from schema_builder.types.words import alike, describe, describe_type, places_of_property

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLOutputType

    from schema_builder.backend import Resource
    from schema_builder.linking import SectionLinks
    from schema_builder.structural import Structure, Union
    from schema_builder.types.context import KindContext

__all__ = ["ENVELOPE", "build_enum", "build_kind", "build_object", "build_union"]

ENVELOPE = ("id", "group", "kind", "metadata", "raw")
"""Fields that every kind has, whatever its definition says."""


def build_kind(context: KindContext) -> GraphQLObjectType:
    """Build K: the envelope, and a field for each section of the body."""
    definition = context.definition
    return GraphQLObjectType(
        definition.names.type_name,
        lambda: _kind_fields(context),
        interfaces=lambda: (context.named("Node"), context.named("Resource")),
        description=definition.description,
    )


def _kind_fields(context: KindContext) -> dict[str, GraphQLField]:
    envelope = context.named("Resource").fields
    resolvers = _envelope_resolvers(group=context.definition.group, kind=context.definition.kind)
    fields = {
        name: GraphQLField(envelope[name].type, resolve=resolvers[name], description=envelope[name].description)
        for name in ENVELOPE
        if name != "raw"
    }
    for section, structure in context.sections.items():
        place = place_of(structure, structure.root)
        if not place.write_only:
            fields[context.section_fields[section]] = GraphQLField(
                context.type_of(structure, structure.root, Role.OUTPUT),
                resolve=_section_resolver(structure, section, links=context.links(section)),
                description=describe([place]),
                deprecation_reason=place.deprecated,
            )
    for entries in section_entries(context, Role.OUTPUT):
        resolve = reads_with(_section_entries(entries, context.links(entries.original)))
        fields[entries.name] = _entries_field(entries, resolve)
    fields |= section_link_fields(context)
    fields["raw"] = GraphQLField(
        envelope["raw"].type, resolve=resolvers["raw"], description=envelope["raw"].description
    )
    return fields


def _envelope_resolvers(*, group: str | None, kind: str) -> dict[str, PlainResolver]:
    head = {"group": group, "kind": kind} if group else {"kind": kind}

    def raw(resource: Resource) -> dict[str, Any]:
        metadata = resource.metadata
        if BLOCKED_BY in metadata:  # found for this request, and no part of the resource
            metadata = {name: value for name, value in metadata.items() if name != BLOCKED_BY}
        return {**head, "metadata": metadata, **resource.body}

    return {
        "id": reads_with(id_of),
        "group": reads_with(lambda _: group),
        "kind": reads_with(lambda _: kind),
        "metadata": reads_with(_metadata),
        "raw": reads_with(raw),
    }


def _metadata(resource: Resource) -> Any:
    return resource.metadata


def _section_entries(entries: EntriesField, links: SectionLinks | None) -> Callable[[Resource], Any]:
    read, section = entries_reader(entries.lists), entries.original
    if links is not None and links.are_in_map:
        return lambda resource: links.attach(resource.body.get(section), namespace=resource.metadata["namespace"])

    def read_entries(resource: Resource) -> Any:
        value = resource.body.get(section)
        return None if value is None else read(value)

    return read_entries


def _entries_field(entries: EntriesField, resolve: PlainResolver) -> GraphQLField:
    return GraphQLField(
        entries.type,
        resolve=resolve,
        description=f"The entries of `{entries.map_name}`, typed.",
        deprecation_reason=entries.deprecated,
    )


def _section_resolver(structure: Structure, section: str, *, links: SectionLinks | None) -> PlainResolver:
    read = reader_of(structure, structure.root)
    if links is not None and not links.are_in_map:

        def read_linked(resource: Resource) -> Any:
            value = resource.body.get(section)
            value = None if value is None or read is None else read(value)
            return None if value is None else links.attach(value, namespace=resource.metadata["namespace"])

        return reads_with(read_linked)
    if read is None:
        return reads_with(lambda resource: resource.body.get(section))

    def read_section(resource: Resource) -> Any:
        value = resource.body.get(section)
        return None if value is None else read(value)

    return reads_with(read_section)


def build_object(context: KindContext, shape: NamedShape) -> GraphQLObjectType:
    """Build the output type of a nested object."""
    return BuiltObject(shape.type_name(Role.OUTPUT), _object_fields(context, shape), description=describe_type(shape))


def build_union(context: KindContext, shape: NamedShape, union: Union) -> GraphQLUnionType:
    """Build the union of what an object may be; a stored value that is none of its members never gets here."""

    def types() -> list[GraphQLObjectType]:
        members = (context.type_of(shape.structure, member, Role.OUTPUT) for member in union.members.values())
        return list(dict.fromkeys(members))

    def resolve_type(value: Any, *_: Any) -> str | None:
        member = union.member_of(value)
        return None if member is None else str(context.type_of(shape.structure, member, Role.OUTPUT).name)

    told = f"Told apart by `{union.property}`: {', '.join(sorted(union.members))}."
    description = "\n\n".join(filter(None, (describe_type(shape), told)))
    return GraphQLUnionType(shape.type_name(Role.OUTPUT), types, resolve_type=resolve_type, description=description)


def _object_fields(context: KindContext, shape: NamedShape) -> Callable[[], dict[str, GraphQLField]]:
    def fields() -> dict[str, GraphQLField]:
        properties = shape.node.properties
        names = assign_field_names(properties, reserved=("_extra",) if shape.node.open else ())
        built: dict[str, GraphQLField] = {}
        known: dict[tuple[int, ...], _Said | None] = {}
        for original, key in alike(shape):
            said = known[key] if key in known else known.setdefault(key, _said(context, shape, original))
            if said is not None:
                built[names[original]] = GraphQLField(
                    said.type,
                    resolve=reads_key(original, said.read),
                    description=said.description,
                    deprecation_reason=said.deprecated,
                )
        if shape.is_entry:
            built["key"].type = GraphQLNonNull(LEAVES["String"])
        for entries in object_entries(context, shape, Role.OUTPUT, names=names):
            resolve = reads_key(entries.original, entries_reader(entries.lists))
            links = context.links_in(shape.structure)
            if links is not None and links.are_in(properties[entries.original]):
                resolve = reads_key(entries_key(entries.original))
            built[entries.name] = _entries_field(entries, resolve)
        built |= object_link_fields(context, shape, names)
        if shape.node.open:
            built["_extra"] = GraphQLField(
                LEAVES["JSON"],
                resolve=rest_resolver(properties),
                description="Properties that the schema does not declare, by their original names.",
            )
        return built

    return fields


class _Said(NamedTuple):
    type: GraphQLOutputType
    read: Read | None
    description: str | None
    deprecated: str | None


def _said(context: KindContext, shape: NamedShape, name: str) -> _Said | None:
    """Return what a property's field is but its name; None where it is never shown."""
    structure, node = shape.structure, shape.node.properties[name]
    places = places_of_property(shape, name)
    if places[0].write_only:
        return None
    type_ = context.type_of(structure, node, Role.OUTPUT)
    return _Said(type_, reader_of(structure, node), describe(places), places[0].deprecated)


def build_enum(shape: NamedShape) -> GraphQLEnumType:
    """Build a nested enum; its values stand for themselves."""
    return GraphQLEnumType(
        shape.type_name(Role.OUTPUT),
        {value: GraphQLEnumValue(value) for value in enum_values(shape.node)},
        description=describe_type(shape),
    )
