"""``KConnection`` and ``KEdge``: pages of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLField, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString

from schema_builder.plain import PlainResolver, reads_with

if TYPE_CHECKING:
    from schema_builder.backend import Page, Resource
    from schema_builder.types.context import KindContext

__all__ = ["PAGE_INFO_RESOLVERS", "Edge", "build_connection", "build_edge"]


class Edge(NamedTuple):
    """One resource of a page, with its cursor."""

    cursor: str
    node: Resource


def _edges(page: Page) -> list[Edge]:
    return list(map(Edge, page.cursors, page.resources))


PAGE_INFO_RESOLVERS: dict[str, PlainResolver] = {
    "hasNextPage": reads_with(lambda page: page.has_next),
    "hasPreviousPage": reads_with(lambda page: page.has_previous),
    "startCursor": reads_with(lambda page: page.cursors[0] if page.cursors else None),
    "endCursor": reads_with(lambda page: page.cursors[-1] if page.cursors else None),
}
"""How the fields of ``PageInfo`` are read from a page."""


def build_connection(context: KindContext) -> GraphQLObjectType:
    """Build ``KConnection``."""
    names = context.definition.names

    def fields() -> dict[str, GraphQLField]:
        return {
            "edges": _field(_list_of(context.named(names.edge)), _edges),
            "nodes": _field(_list_of(context.named(names.type_name)), lambda page: page.resources),
            "pageInfo": _field(GraphQLNonNull(context.named("PageInfo")), lambda page: page),
            "totalCount": _field(GraphQLNonNull(GraphQLInt), lambda page: page.total, "How many match in all."),
            "resourceVersion": _field(
                GraphQLNonNull(GraphQLString),
                lambda page: str(page.position),
                "The position of the state that was read: watch from it, or read further pages at it.",
            ),
        }

    return GraphQLObjectType(names.connection, fields, description="One page of a list.")


def build_edge(context: KindContext) -> GraphQLObjectType:
    """Build ``KEdge``."""
    names = context.definition.names

    def fields() -> dict[str, GraphQLField]:
        return {
            "cursor": _field(GraphQLNonNull(GraphQLString), lambda edge: edge.cursor, "Opaque; holds the sort key."),
            "node": _field(GraphQLNonNull(context.named(names.type_name)), lambda edge: edge.node),
        }

    return GraphQLObjectType(names.edge, fields)


def _list_of(type_: Any) -> Any:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(type_)))


def _field(type_: Any, read: Any, description: str | None = None) -> GraphQLField:
    return GraphQLField(type_, resolve=reads_with(read), description=description)
