"""Deletions that explain themselves: what is being deleted is looked into, where a request asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from schema_builder.fields.arguments import reaches
from schema_builder.types.blockers import BLOCKED_BY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import GraphQLResolveInfo

    from schema_builder.backend import RequestScope, Resource

__all__ = ["explained", "explained_one"]

R = TypeVar("R", bound="Resource | None")


async def explained(info: GraphQLResolveInfo[RequestScope], resources: Sequence[R]) -> Sequence[R]:
    """Return resources that tell what their deletion waits for, if the request selects it; by one look for all."""
    going = [one for one in resources if one is not None and one.metadata.get("deletionRequestedAt") is not None]
    if not going or not reaches(info, BLOCKED_BY):
        return resources
    told = await info.context.backend.deletion_blockers(info.context, going)

    def with_blockers(one: R) -> R:
        found = None if one is None else told.get(one.metadata["uid"])
        if one is None or found is None:
            return one
        return cast("R", one._replace(metadata={**one.metadata, BLOCKED_BY: found}))

    return [with_blockers(one) for one in resources]


async def explained_one(info: GraphQLResolveInfo[RequestScope], resource: R) -> R:
    """Do it for one resource."""
    return (await explained(info, [resource]))[0]
