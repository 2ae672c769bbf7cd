"""``KEvent``: what a watch of one kind delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLField, GraphQLObjectType

from schema_builder.differences import changed_paths
from schema_builder.plain import PlainResolver, reads_with

if TYPE_CHECKING:
    from schema_builder.backend import WatchEvent
    from schema_builder.types.context import KindContext

__all__ = ["EVENT_RESOLVERS", "build_event"]


def _position(event: WatchEvent) -> str | None:
    return None if event.position is None else str(event.position)


def _changed_paths(event: WatchEvent) -> list[str]:
    if event.resource is None or event.previous is None:
        return []
    return changed_paths(event.previous, event.resource)


EVENT_RESOLVERS: dict[str, PlainResolver] = {
    "type": reads_with(lambda event: event.type.value),
    "resourceVersion": reads_with(_position),
    "object": reads_with(lambda event: event.resource),
    "previous": reads_with(lambda event: event.previous),
    "changedPaths": reads_with(_changed_paths),
}
"""How the fields of an event are read, for one kind and for all."""


def build_event(context: KindContext) -> GraphQLObjectType:
    """Build ``KEvent``: the fields of ``ResourceEvent``, with objects of the kind."""
    names = context.definition.names

    def fields() -> dict[str, GraphQLField]:
        shared = context.named("ResourceEvent").fields
        own = {"object": context.named(names.type_name), "previous": context.named(names.type_name)}
        return {
            name: GraphQLField(own.get(name, shared[name].type), resolve=resolver, description=shared[name].description)
            for name, resolver in EVENT_RESOLVERS.items()
        }

    return GraphQLObjectType(names.event, fields, description="A change of a resource.")
