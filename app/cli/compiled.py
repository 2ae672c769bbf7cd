"""The server's kinds as the schema builder compiles them, for what the client needs to know of them.

The server's own code makes them from the server's own definitions: names, types and rules are the same on both sides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputObjectType

from app.cli.errors import CommandFailed
from app.cli.failures import describe_failures
from app.cli.kinds import fetch_definition
from app.cli.output.text import printable
from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused, Failure, Invalid

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.listing import Raw

__all__ = ["CompiledKinds", "apply_input", "failures_of"]


class CompiledKinds:
    """Compiles each kind once, when it is first asked for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kinds: dict[str, asyncio.Task[CompiledKind]] = {}

    async def get(self, name: str) -> CompiledKind:
        """Return a kind by its definition's name.

        Raises:
            CommandFailed: The server has no such definition, or one that only another version can read.
        """
        task = self._kinds.get(name)
        if task is None:
            task = self._kinds[name] = asyncio.create_task(self._compile(name))
        return await task

    async def _compile(self, name: str) -> CompiledKind:
        spec = await fetch_definition(self._client, name)
        try:
            return await asyncio.to_thread(lambda: compile_kind(parse_definition(spec, name=name)))
        except DefinitionRefused as refused:
            message = f"this version of kindgraph cannot read the definition of {printable(name)}"
            raise CommandFailed(message + describe_failures(refused.failures)) from None


def apply_input(kind: CompiledKind) -> GraphQLInputObjectType:
    """Return the type of what the kind's apply mutation takes."""
    input_type = kind.type(kind.names.apply_input)
    if not isinstance(input_type, GraphQLInputObjectType):
        raise TypeError(f"{kind.names.apply_input} is no input type")
    return input_type


def failures_of(kind: CompiledKind, body: Mapping[str, Any], *, current: Raw | None) -> list[Failure]:
    """Return all that is wrong with what applying a body would make, found as the server finds it.

    A server that cannot read an input stops at the first place that has no type; this goes on.

    Args:
        kind: Of the resource.
        body: What is applied, under original names.
        current: What is there, None for nothing.
    """
    sections = {name: value for name, value in (current or {}).items() if name in kind.body.sections}
    try:
        applied = kind.body.complete(kind.body.merge_apply(sections, body))
        metadata = body.get("metadata") or {}
        return kind.body.failures(applied, previous=sections if current else None, metadata=metadata)
    except Invalid as invalid:
        return list(invalid.failures)
