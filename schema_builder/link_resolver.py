"""Resolvers of the fields that answer what a string names: by the request's own batches, never one by one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphql import GraphQLResolveInfo

    from schema_builder.backend import RequestScope
    from schema_builder.links import LinkTarget

__all__ = ["LinkResolver"]


class LinkResolver:
    """The resolver of a field ``…Resource`` or ``…Resources``.

    graphql-core calls it like any resolver; ``schema_builder.selection`` sees through it, and leaves holes that are
    filled together.

    Attributes:
        read: Reads from the source what is named: a ``LinkTarget``, lists of them with None among them, or None.
    """

    __slots__ = ("read",)

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def __call__(
        self, source: Any, info: GraphQLResolveInfo[RequestScope], **_arguments: Any
    ) -> Coroutine[Any, Any, Any] | None:
        """Resolve the field as graphql-core asks for it: in the newest state."""
        named = self.read(source)
        return None if named is None else _resolve(info.context, named)


async def _resolve(scope: RequestScope, named: Any) -> Any:
    targets = list(_flat(named))
    found = iter(await scope.linked(targets, position=None))

    def placed(named: Any) -> Any:
        if isinstance(named, list):
            return [placed(one) for one in named]
        return None if named is None else next(found)

    return placed(named)


def _flat(named: Any) -> Iterator[LinkTarget]:
    if isinstance(named, list):
        for one in named:
            yield from _flat(one)
    elif named is not None:
        yield named
