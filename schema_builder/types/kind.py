"""All types of one kind, built when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import GraphQLNamedType

from schema_builder.leaf_filters import enum_filter
from schema_builder.types.connection import build_connection, build_edge
from schema_builder.types.context import KindContext
from schema_builder.types.event import build_event
from schema_builder.types.filter import build_filter, build_kind_filter
from schema_builder.types.input import build_envelope, build_input, build_patch, build_patch_envelope
from schema_builder.types.member_input import build_union_input
from schema_builder.types.naming import PlannedType, Role
from schema_builder.types.order import build_order_by
from schema_builder.types.output import build_enum, build_kind, build_object, build_union

__all__ = ["build_type"]

Build: TypeAlias = Callable[[KindContext], GraphQLNamedType]


def build_type(context: KindContext, name: str) -> GraphQLNamedType:
    """Build the type of a name, which is one of the kind's; its fields are built when they are first read."""
    build = _envelope(context).get(name)
    return _nested(context, context.plan.types[name]) if build is None else build(context)


def _envelope(context: KindContext) -> Mapping[str, Build]:
    names = context.definition.names
    kind = names.type_name
    return {
        names.type_name: build_kind,
        names.connection: build_connection,
        names.edge: build_edge,
        names.event: build_event,
        names.filter: build_kind_filter,
        names.order_by: build_order_by,
        names.create_input: lambda context: build_envelope(
            context, name=names.create_input, metadata="CreateMetadataInput", description=f"A new {kind}."
        ),
        names.replace_input: lambda context: build_envelope(
            context, name=names.replace_input, metadata="ReplaceMetadataInput", description=f"One {kind}, whole."
        ),
        names.apply_input: lambda context: build_patch_envelope(
            context,
            name=names.apply_input,
            metadata="ApplyMetadataInput",
            description=f"What to merge into one {kind}; absence removes nothing.",
            takes_status=True,
        ),
        names.patch: lambda context: build_patch_envelope(
            context,
            name=names.patch,
            metadata="MetadataPatch",
            description=f"A JSON merge patch of one {kind}: absent keeps, null removes, lists are replaced.",
        ),
    }


def _nested(context: KindContext, planned: PlannedType) -> GraphQLNamedType:
    shape, role = planned
    match role:
        case Role.OUTPUT:
            if shape.node.union is not None:
                return build_union(context, shape, shape.node.union)
            return build_enum(shape) if shape.is_enum else build_object(context, shape)
        case Role.INPUT if shape.node.union is not None:
            return build_union_input(context, shape, shape.node.union)
        case Role.INPUT:
            return build_input(context, shape)
        case Role.PATCH:
            return build_patch(context, shape)
        case _ if shape.is_enum:
            enum: Any = context.named(shape.type_name(Role.OUTPUT))
            return enum_filter(enum, name=shape.type_name(role), listed=role is Role.LIST_FILTER)
        case _:
            return build_filter(context, shape)
