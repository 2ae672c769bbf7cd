"""The part of the schema that every snapshot shares: one set of type objects, whatever kinds there are.

Strawberry declares it (``types.shared``, ``fields.generic``); here its graphql-core types are taken over, their
fields read plain data, and what Strawberry cannot declare is put beside them: filters convert when they are coerced.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import strawberry
from graphql import (
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    specified_directives,
)
from strawberry.schema.config import StrawberryConfig

from schema_builder.fields.generic import GenericInfo, Mutation, Query, Subscription
from schema_builder.filtering import object_condition
from schema_builder.leaf_filters import LEAF_FILTERS
from schema_builder.plain import PlainResolver, reads_key
from schema_builder.scalars import SCALARS
from schema_builder.types.blockers import META_RESOLVERS
from schema_builder.types.connection import PAGE_INFO_RESOLVERS
from schema_builder.types.deletion import DELETION_PROPAGATION
from schema_builder.types.entries import STRING_ENTRY_FILTER
from schema_builder.types.event import EVENT_RESOLVERS
from schema_builder.types.filter import logic_fields, logic_keys
from schema_builder.types.shared import INPUTS, SCALAR_MAP, ObjectMeta, PageInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BASE", "Base", "Operation"]


class Operation(Enum):
    """The root types, by name."""

    QUERY = "Query"
    MUTATION = "Mutation"
    SUBSCRIPTION = "Subscription"


_PLAIN: Final[Mapping[str, Mapping[str, PlainResolver] | None]] = {
    "ObjectMeta": META_RESOLVERS,
    "DeletionBlocker": None,
    "BlockingResource": None,
    "OwnerReference": None,
    "Server": None,
    "SchemaChange": None,
    "PageInfo": PAGE_INFO_RESOLVERS,
    "ResourceEvent": EVENT_RESOLVERS,
}
"""How the fields of shared types are read; those that are not here by their own names."""

_METADATA_FILTERS: Final[Mapping[str, str]] = {
    "name": "StringFilter",
    "namespace": "StringFilter",
    "uid": "StringFilter",
    "createdAt": "DateTimeFilter",
    "updatedAt": "DateTimeFilter",
    "deletionRequestedAt": "DateTimeFilter",
    "generation": "IntFilter",
}


_ENTRY_FILTERS: Final[Mapping[str, str]] = {"key": "StringFilter", "value": "StringFilter"}

_ROOT_DESCRIPTIONS: Final[Mapping[Operation, str]] = {
    Operation.QUERY: "Reads. Every kind has a field for one resource and one for its list.",
    Operation.MUTATION: "Writes. All fields are nullable: an error in one hides nothing another has committed.",
    Operation.SUBSCRIPTION: "Watches: changes as they are committed.",
}


@dataclass(frozen=True, slots=True)
class Base:
    """The shared part.

    Attributes:
        types: Every shared type by name, introspection and specified scalars included, the root types not.
        root_fields: Generic fields of each root type.
        root_descriptions: Descriptions of the root types.
    """

    types: Mapping[str, GraphQLNamedType]
    root_fields: Mapping[Operation, Mapping[str, GraphQLField]]
    root_descriptions: Mapping[Operation, str]
    directives: tuple[GraphQLDirective, ...]


def _build_base() -> Base:
    declared = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[ObjectMeta, PageInfo, *INPUTS],
        config=StrawberryConfig(scalar_map=SCALAR_MAP, info_class=GenericInfo),
    )
    converted: GraphQLSchema = declared._schema  # noqa: SLF001 - Strawberry has no other way to its graphql-core types
    types: dict[str, Any] = dict(converted.type_map)
    roots: dict[Operation, Any] = {operation: types.pop(operation.value, None) for operation in Operation}
    for scalar in SCALARS:
        types[scalar.name] = scalar
    types.update(LEAF_FILTERS)
    types["ObjectMetaFilter"] = _filter(
        "ObjectMetaFilter", _METADATA_FILTERS, "Conditions on metadata; labels have `labelSelector`."
    )
    types[STRING_ENTRY_FILTER] = _filter(
        STRING_ENTRY_FILTER,
        _ENTRY_FILTERS,
        "Conditions on one entry of a map of strings. All that are given must hold.",
    )
    types["WatchEventType"] = _plain_enum(types["WatchEventType"])
    types["ResourceEvent"].fields["type"].type = GraphQLNonNull(types["WatchEventType"])
    types[DELETION_PROPAGATION.name] = DELETION_PROPAGATION
    types["RecordEventType"] = _plain_enum(types["RecordEventType"])
    types["RecordEventInput"].fields["type"].type = types["RecordEventType"]
    _read_plainly(types)
    return Base(
        types=MappingProxyType(_closed(types)),
        root_fields=MappingProxyType(
            {operation: MappingProxyType(dict(root.fields if root else {})) for operation, root in roots.items()}
        ),
        root_descriptions=_ROOT_DESCRIPTIONS,
        directives=specified_directives,
    )


def _read_plainly(types: Mapping[str, Any]) -> None:
    for name, resolvers in _PLAIN.items():
        for field_name, field in types[name].fields.items():
            field.resolve = (resolvers or {}).get(field_name) or reads_key(field_name)
    for type_ in types.values():
        if isinstance(type_, GraphQLObjectType):
            type_.is_type_of = None


def _plain_enum(enum: GraphQLEnumType) -> GraphQLEnumType:
    """Return an enum of graphql-core's own: Strawberry's converts to classes, and cannot be copied."""
    values = {name: GraphQLEnumValue(value.value, value.description) for name, value in enum.values.items()}
    return GraphQLEnumType(enum.name, values, description=enum.description)


def _filter(name: str, leaf_filters: Mapping[str, str], description: str) -> GraphQLInputObjectType:
    """Build the filter of an object whose fields are leaves."""
    keys = logic_keys(leaf_filters)

    def fields() -> dict[str, GraphQLInputField]:
        leaves = {field: GraphQLInputField(LEAF_FILTERS[leaf]) for field, leaf in leaf_filters.items()}
        return {**leaves, **logic_fields(filter_type, keys)}

    filter_type = GraphQLInputObjectType(
        name,
        fields,
        description=description,
        out_type=partial(object_condition, logic=keys),
    )
    return filter_type


def _closed(types: Mapping[str, Any]) -> dict[str, GraphQLNamedType]:
    """Return the types and all they refer to, so that a schema has the same base whatever kinds refer to it."""
    listed = [type_ for name, type_ in types.items() if not name.startswith("__")]
    return dict(sorted(GraphQLSchema(types=listed, directives=specified_directives).type_map.items()))


BASE: Final = _build_base()
