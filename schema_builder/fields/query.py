"""Query fields of one kind: one resource, and the list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLString,
)

from schema_builder.backend import ListQuery, Order, Page, Resource
from schema_builder.errors import BadUserInput
from schema_builder.fields.arguments import (
    LABEL_SELECTOR,
    MAX_PAGE_SIZE,
    name_arguments,
    namespace_arguments,
    parse_position,
    selects,
    text,
)
from schema_builder.fields.blockers import explained, explained_one
from schema_builder.filtering import condition_of

if TYPE_CHECKING:
    from schema_builder.backend import RequestScope
    from schema_builder.compile import CompiledKind

__all__ = ["build_get", "build_list"]


def build_get(kind: CompiledKind) -> GraphQLField:
    """Build the field of one resource."""

    async def resolve(
        _root: Any, info: GraphQLResolveInfo[RequestScope], *, name: str, namespace: str | None = None
    ) -> Resource | None:
        scope = info.context
        found = await scope.backend.get(scope, kind, name=name, namespace=namespace)
        return await explained_one(info, found)

    return GraphQLField(
        kind.type(kind.names.type_name),
        args=name_arguments(kind.definition),
        resolve=resolve,
        description=f"One {kind.definition.kind}; null where there is none.",
    )


def build_list(kind: CompiledKind) -> GraphQLField:
    """Build the field of the list."""

    async def resolve(_root: Any, info: GraphQLResolveInfo[RequestScope], **arguments: Any) -> Page:
        scope = info.context
        query = _list_query(arguments, with_total=selects(info, "totalCount"))
        page = await scope.backend.list(scope, kind, query)
        resources = await explained(info, page.resources)
        return page if resources is page.resources else replace(page, resources=resources)

    return GraphQLField(
        kind.type(kind.names.connection),
        args=_list_arguments(kind),
        resolve=resolve,
        description=f"A page of the {kind.definition.kind} resources that match.",
    )


def _list_arguments(kind: CompiledKind) -> dict[str, GraphQLArgument]:
    order = GraphQLList(GraphQLNonNull(kind.type(kind.names.order_by)))
    return {
        **namespace_arguments(kind.definition, "All namespaces where absent."),
        "where": GraphQLArgument(kind.type(kind.names.filter)),
        "labelSelector": LABEL_SELECTOR,
        "orderBy": GraphQLArgument(order, description="By (namespace, name) where absent.", out_name="order"),
        "first": GraphQLArgument(GraphQLInt, description=f"Page size, at most {MAX_PAGE_SIZE}; 50 where absent."),
        "after": text("A cursor: the page begins behind it."),
        "last": GraphQLArgument(GraphQLInt, description="Page size, from the end (of what `first` leaves)."),
        "before": text("A cursor: the page ends before it."),
        "resourceVersion": GraphQLArgument(
            GraphQLString,
            description="Read exactly the state at this position; the newest where absent.",
        ),
    }


def _list_query(arguments: dict[str, Any], *, with_total: bool) -> ListQuery:
    first, last = arguments.get("first"), arguments.get("last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE_SIZE:
            raise BadUserInput(f"'{name}' must be between 0 and {MAX_PAGE_SIZE}, not {size}.")
    order: list[Order] = arguments.get("order") or []
    return ListQuery(
        namespace=arguments.get("namespace"),
        where=condition_of(arguments.get("where")),
        label_selector=arguments.get("labelSelector"),
        order=tuple(order),
        first=first,
        after=arguments.get("after"),
        last=last,
        before=arguments.get("before"),
        position=parse_position(arguments.get("resourceVersion")),
        with_total=with_total,
    )
