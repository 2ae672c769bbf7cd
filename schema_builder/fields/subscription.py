"""The subscription field of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLArgument, GraphQLField, GraphQLNonNull, GraphQLResolveInfo

from schema_builder.backend import KindChanged, WatchEvent, WatchQuery
from schema_builder.fields.arguments import LABEL_SELECTOR, flag, namespace_arguments, parse_position, text
from schema_builder.filtering import condition_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from schema_builder.backend import RequestScope
    from schema_builder.compile import CompiledKind

__all__ = ["WATCH_ARGUMENTS", "build_watch", "watch_query"]

WATCH_ARGUMENTS: dict[str, GraphQLArgument] = {
    "labelSelector": LABEL_SELECTOR,
    "resourceVersion": text(
        "Deliver every change after this position; with `sendInitialEvents`: begin with a state at least that new."
    ),
    "sendInitialEvents": flag("Begin with the state, as ADDED events, then SYNCED.", default=False),
    "bookmarks": flag("Whether BOOKMARK events are wanted.", default=True),
}
"""What every watch takes, of one kind or of several."""


def build_watch(kind: CompiledKind) -> GraphQLField:
    """Build ``watch<Plural>``."""

    async def subscribe(
        _root: Any, info: GraphQLResolveInfo[RequestScope], **arguments: Any
    ) -> AsyncIterator[WatchEvent | KindChanged]:
        scope = info.context
        return scope.backend.watch(scope, [kind], watch_query(arguments))

    return GraphQLField(
        GraphQLNonNull(kind.type(kind.names.event)),
        args={
            **namespace_arguments(kind.definition, "All namespaces where absent."),
            "name": text("Watch one resource."),
            "where": GraphQLArgument(kind.type(kind.names.filter)),
            **WATCH_ARGUMENTS,
        },
        subscribe=subscribe,
        resolve=_event,
        description=f"Changes of {kind.definition.kind} resources, each exactly once, in commit order.",
    )


def watch_query(arguments: dict[str, Any]) -> WatchQuery:
    """Return what a watch field was asked for."""
    return WatchQuery(
        namespace=arguments.get("namespace"),
        name=arguments.get("name"),
        where=condition_of(arguments.get("where")),
        label_selector=arguments.get("labelSelector"),
        position=parse_position(arguments.get("resourceVersion")),
        send_initial_events=arguments["sendInitialEvents"],
        bookmarks=arguments["bookmarks"],
    )


def _event(event: Any, _info: Any, **_arguments: Any) -> Any:
    return event
