"""The root fields that belong to no kind, as Strawberry classes: for tools."""

# ruff: noqa: D102, TC001 - resolvers are described to clients; Strawberry reads annotations when it runs
# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

import strawberry

from schema_builder.backend import EventReport, RequestScope, WatchQuery
from schema_builder.errors import BadUserInput
from schema_builder.fields.arguments import parse_position
from schema_builder.fields.blockers import explained, explained_one
from schema_builder.types.shared import Node, RecordEventInput, Resource, ResourceEvent, SchemaChange, Server

if TYPE_CHECKING:
    from graphql import GraphQLResolveInfo

    from schema_builder.compile import CompiledKind

__all__ = ["GenericInfo", "Mutation", "Query", "Subscription"]

MAX_IDS = 500

T = TypeVar("T")


class GenericInfo(strawberry.Info[RequestScope, None]):
    """What a generic resolver may ask of its request."""

    @property
    def kinds(self) -> Mapping[str, CompiledKind]:
        """Return the kinds of the snapshot that the request runs on."""
        return cast("Mapping[str, CompiledKind]", self._raw_info.schema.kinds)  # type: ignore[attr-defined]

    @property
    def plain(self) -> GraphQLResolveInfo[RequestScope]:
        """Return what graphql-core tells resolvers."""
        return self._raw_info


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field(description="The resource of an id; null where it is gone, even if another has its name now.")
    async def node(self, info: GenericInfo, id: strawberry.ID) -> Node | None:  # noqa: A002 - GraphQL's name
        nodes = await info.context.backend.nodes(info.context, [id])
        return cast("Node | None", await explained_one(info.plain, nodes[0]))

    @strawberry.field(description=f"The resources of at most {MAX_IDS} ids, in their order.")
    async def nodes(self, info: GenericInfo, ids: list[strawberry.ID]) -> list[Node | None] | None:
        if len(ids) > MAX_IDS:
            raise BadUserInput(f"'ids' takes at most {MAX_IDS} ids, not {len(ids)}.")
        nodes = await info.context.backend.nodes(info.context, ids)
        return cast("list[Node | None]", await explained(info.plain, nodes))

    @strawberry.field(description="One resource of any kind, by the GraphQL name of its kind.")
    async def resource(
        self, info: GenericInfo, kind: str, name: str, namespace: str | None = strawberry.UNSET
    ) -> Resource | None:
        found = await info.context.backend.find(info.context, kind, name=name, namespace=_given(namespace))
        return cast("Resource | None", await explained_one(info.plain, found))

    @strawberry.field(description="This server.")
    async def server(self, info: GenericInfo) -> Server | None:
        return cast("Server", await info.context.backend.server(info.context))


@strawberry.type
class Mutation:
    """Writes."""

    @strawberry.mutation(
        description="Tell what happened to a resource: the `Event` of it is created, or its count raised where the "
        "same happened before. No count is lost, however many tell it at once."
    )
    async def record_event(
        self,
        info: GenericInfo,
        input: RecordEventInput,  # noqa: A002 - GraphQL's name
    ) -> Resource | None:
        regarding = input.regarding
        report = EventReport(
            kind=regarding.kind,
            namespace=_given(regarding.namespace),
            name=regarding.name,
            uid=_given(regarding.uid),
            type=_given(input.type),
            reason=input.reason,
            note=_given(input.note),
            reporting_controller=_given(input.reporting_controller),
            ttl_seconds=_given(input.ttl_seconds),
        )
        return cast("Resource", await info.context.backend.record_event(info.context, report))


@strawberry.type
class Subscription:
    """Changes."""

    @strawberry.subscription(
        description="Changes of resources of several kinds, or of all (those defined later, too), in commit order."
    )
    async def watch_resources(  # noqa: PLR0917 - Strawberry knows no keyword-only arguments
        self,
        info: GenericInfo,
        kinds: list[str] | None = strawberry.UNSET,
        namespace: str | None = strawberry.UNSET,
        label_selector: str | None = strawberry.UNSET,
        resource_version: str | None = strawberry.UNSET,
        send_initial_events: bool = False,
        bookmarks: bool = True,
    ) -> AsyncGenerator[ResourceEvent, None]:
        query = WatchQuery(
            namespace=_given(namespace),
            label_selector=_given(label_selector),
            position=parse_position(_given(resource_version)),
            send_initial_events=send_initial_events,
            bookmarks=bookmarks,
        )
        events = info.context.backend.watch(info.context, _named_kinds(info.kinds, kinds), query)
        return cast("AsyncGenerator[ResourceEvent, None]", events)

    @strawberry.subscription(description="The schema, now and after each of its changes.")
    async def schema_changes(self, info: GenericInfo) -> AsyncGenerator[SchemaChange, None]:
        changes: Any = info.context.backend.schema_changes(info.context)
        return cast("AsyncGenerator[SchemaChange, None]", changes)


def _given(argument: T | None) -> T | None:
    return None if argument is strawberry.UNSET else argument


def _named_kinds(served: Mapping[str, CompiledKind], names: list[str] | None) -> list[CompiledKind]:
    """Return the kinds that are named; none stands for all."""
    if names is None or names is strawberry.UNSET:
        return []
    if not names:
        raise BadUserInput("'kinds' must name at least one kind.")
    unknown = [name for name in names if name not in served]
    if unknown:
        raise BadUserInput(f"There is no kind '{unknown[0][:200]}'.")
    return [served[name] for name in dict.fromkeys(names)]
