"""Fields that answer what strings name: beside each property with a link stands one more.

Its type is the interface ``Resource``, whether or not the named kind is served: so a kind's types depend on its own
definition alone, and no document that does not speak of another kind ever feels its changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, GraphQLList

from schema_builder.link_resolver import LinkResolver
from schema_builder.linking import link_of, named_by, target_key
from schema_builder.names import assign_companion_names
from schema_builder.plain import reads_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schema_builder.backend import Resource
    from schema_builder.links import Link
    from schema_builder.types.context import KindContext
    from schema_builder.types.naming import NamedShape

__all__ = ["object_link_fields", "section_link_fields"]


def section_link_fields(context: KindContext) -> dict[str, GraphQLField]:
    """Return the fields of sections that are names, or lists of them, themselves."""
    found = {name: link_of(context.sections[name], context.sections[name].root) for name in context.definition.links}
    links = {name: link for name, link in found.items() if link is not None}
    names = _names_of(links, context.section_fields)
    return {
        names[name]: _field(context, name, link, lists=lists, read=_section_reader(name, link, lists))
        for name, (link, lists) in links.items()
    }


def object_link_fields(context: KindContext, shape: NamedShape, names: Mapping[str, str]) -> dict[str, GraphQLField]:
    """Return the fields of what the properties of an object name.

    Args:
        context: The kind.
        shape: The object.
        names: The GraphQL names of its properties.
    """
    if not context.definition.links:
        return {}
    found = {name: link_of(shape.structure, node) for name, node in shape.node.properties.items()}
    links = {name: link for name, link in found.items() if link is not None}
    fields = _names_of(links, names)
    return {
        fields[name]: _field(context, name, link, lists=lists, read=reads_key(target_key(name)).read)
        for name, (link, lists) in links.items()
    }


def _names_of(links: Mapping[str, tuple[Link, int]], names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the fields beside properties with links, by the properties' original names."""
    single = [name for name, (_, lists) in links.items() if not lists]
    listed = [name for name, (_, lists) in links.items() if lists]
    return {
        **assign_companion_names(names, single, suffix="Resource"),
        **assign_companion_names(names, listed, suffix="Resources"),
    }


def _field(context: KindContext, name: str, link: Link, *, lists: int, read: Callable[[Any], Any]) -> GraphQLField:
    type_ = context.named("Resource")
    words = f"The {link.kind} that `{name}` names; null where there is none."
    if lists:
        words = f"The {link.kind} resources that `{name}` names, in its order; null for one that does not exist."
    for _ in range(lists):
        type_ = GraphQLList(type_)
    return GraphQLField(type_, resolve=LinkResolver(read), description=words)


def _section_reader(section: str, link: Link, lists: int) -> Callable[[Resource], Any]:
    def read(resource: Resource) -> Any:
        value = resource.body.get(section)
        namespace = resource.metadata["namespace"]
        return None if value is None else named_by(value, link, lists=lists, beside=resource.body, namespace=namespace)

    return read
