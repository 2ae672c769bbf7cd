"""Mutation fields of one kind. All are nullable: an error in one must not hide what another has committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import GraphQLArgument, GraphQLField, GraphQLNonNull

from schema_builder.fields.arguments import DRY_RUN, OBJECT_VERSION, name_arguments
from schema_builder.fields.blockers import explained_one
from schema_builder.types.deletion import PROPAGATION
from schema_builder.types.naming import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import GraphQLResolveInfo

    from schema_builder.backend import Propagation, RequestScope, Resource
    from schema_builder.compile import CompiledKind

    Info: TypeAlias = GraphQLResolveInfo[RequestScope]

__all__ = ["build_apply", "build_create", "build_delete", "build_replace", "build_update", "build_update_status"]


def build_create(kind: CompiledKind) -> GraphQLField:
    """Build ``createK``."""

    async def resolve(_root: Any, info: Info, *, body: Mapping[str, Any], dry_run: bool) -> Resource:
        scope = info.context
        return await scope.backend.create(scope, kind, body, dry_run=dry_run)

    return _with_body(kind, kind.names.create_input, resolve, f"Create one {kind.definition.kind}.")


def build_replace(kind: CompiledKind) -> GraphQLField:
    """Build ``replaceK``."""

    async def resolve(_root: Any, info: Info, *, body: Mapping[str, Any], dry_run: bool) -> Resource:
        scope = info.context
        return await explained_one(info, await scope.backend.replace(scope, kind, body, dry_run=dry_run))

    words = f"Replace one {kind.definition.kind} whole; uid, creation time and status are kept."
    return _with_body(kind, kind.names.replace_input, resolve, words)


def build_apply(kind: CompiledKind) -> GraphQLField:
    """Build ``applyK``."""

    async def resolve(_root: Any, info: Info, *, body: Mapping[str, Any], dry_run: bool) -> Resource:
        scope = info.context
        return await explained_one(info, await scope.backend.apply(scope, kind, body, dry_run=dry_run))

    words = f"Create one {kind.definition.kind} if absent, else merge into it; absence removes nothing."
    return _with_body(kind, kind.names.apply_input, resolve, words)


def _with_body(kind: CompiledKind, input_name: str, resolve: Callable[..., Any], words: str) -> GraphQLField:
    arguments = {
        "input": GraphQLArgument(GraphQLNonNull(kind.type(input_name)), out_name="body"),
        "dryRun": DRY_RUN,
    }
    return GraphQLField(kind.type(kind.names.type_name), args=arguments, resolve=resolve, description=words)


def build_update(kind: CompiledKind) -> GraphQLField:
    """Build ``updateK``."""

    async def resolve(_root: Any, info: Info, *, patch: Mapping[str, Any], **named: Any) -> Resource:
        scope = info.context
        return await explained_one(info, await scope.backend.update(scope, kind, patch, **_named(named)))

    patch_type = GraphQLNonNull(kind.type(kind.names.patch))
    words = f"Change one {kind.definition.kind} by a JSON merge patch of anything but status."
    return _by_name(kind, resolve, words, {"patch": GraphQLArgument(patch_type)})


def build_update_status(kind: CompiledKind) -> GraphQLField:
    """Build ``updateKStatus``."""

    async def resolve(_root: Any, info: Info, *, status: Any, **named: Any) -> Resource:
        scope = info.context
        return await explained_one(info, await scope.backend.update_status(scope, kind, status, **_named(named)))

    structure = kind.body.sections["status"]
    status_type = GraphQLNonNull(kind.context.type_of(structure, structure.root, Role.PATCH))
    words = f"Change the status of one {kind.definition.kind}, and nothing else, by a JSON merge patch."
    return _by_name(kind, resolve, words, {"status": GraphQLArgument(status_type)})


def build_delete(kind: CompiledKind) -> GraphQLField:
    """Build ``deleteK``."""

    async def resolve(_root: Any, info: Info, *, propagation: Propagation | None = None, **named: Any) -> Resource:
        scope = info.context
        return await explained_one(
            info, await scope.backend.delete(scope, kind, **_named(named), propagation=propagation)
        )

    words = f"Delete one {kind.definition.kind} and return its last state; with finalizers it is only marked."
    return _by_name(kind, resolve, words, {"propagation": PROPAGATION})


def _by_name(
    kind: CompiledKind, resolve: Callable[..., Any], words: str, change: Mapping[str, GraphQLArgument]
) -> GraphQLField:
    arguments = {
        **name_arguments(kind.definition),
        **change,
        "resourceVersion": OBJECT_VERSION,
        "dryRun": DRY_RUN,
    }
    return GraphQLField(kind.type(kind.names.type_name), args=arguments, resolve=resolve, description=words)


def _named(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": arguments["name"],
        "namespace": arguments.get("namespace"),
        "resource_version": arguments.get("resourceVersion"),
        "dry_run": arguments["dry_run"],
    }
