"""The types that every kind shares, as Strawberry classes.

Their values are plain data, not instances of these classes: ``schema_builder.base`` replaces the resolvers.
"""

# ruff: noqa: D101 - classes are described to clients
from __future__ import annotations

from enum import Enum
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from schema_builder import scalars
from schema_builder.backend import EventType

__all__ = [
    "INPUTS",
    "SCALAR_MAP",
    "Node",
    "ObjectMeta",
    "PageInfo",
    "RecordEventInput",
    "Resource",
    "ResourceEvent",
    "SchemaChange",
    "Server",
]

Json = NewType("Json", object)
DateTime = NewType("DateTime", str)
StringMap = NewType("StringMap", dict[str, str])
StringMapPatch = NewType("StringMapPatch", dict[str, str | None])


def _definition(scalar: Any) -> ScalarDefinition:
    return ScalarDefinition(
        name=scalar.name,
        description=scalar.description,
        specified_by_url=scalar.specified_by_url,
        serialize=None,
        parse_value=None,
        parse_literal=None,
        implementation=scalar,
    )


SCALAR_MAP: dict[object, ScalarDefinition] = {
    Json: _definition(scalars.JSON),
    DateTime: _definition(scalars.DATE_TIME),
    StringMap: _definition(scalars.STRING_MAP),
    StringMapPatch: _definition(scalars.STRING_MAP_PATCH),
}

_EVENT_TYPES = {
    EventType.ADDED: "The resource was created, or entered the filter (then `previous` is its old state).",
    EventType.MODIFIED: "The resource changed and still matches.",
    EventType.DELETED: "The resource is gone; `object` is its last state.",
    EventType.LEFT: "The resource is still there and no longer matches; `previous` is its last matching state.",
    EventType.SYNCED: "The initial events are complete: the state at this position was delivered.",
    EventType.BOOKMARK: "Nothing happened up to this position.",
}

WatchEventType = strawberry.enum(  # type: ignore[call-overload]
    Enum(
        "WatchEventType",
        {member.name: strawberry.enum_value(member.value, description=text) for member, text in _EVENT_TYPES.items()},
    ),
    description="What a watch event tells.",
)


@strawberry.type(description="A reference to a resource that owns this one.")
class OwnerReference:
    kind: str = strawberry.field(description="The GraphQL name of the owner's kind.")
    name: str
    uid: str
    controller: bool | None = strawberry.field(description="Whether the owner is the managing controller.")
    block_owner_deletion: bool | None


@strawberry.type(description="A resource that keeps its owner from going.")
class BlockingResource:
    kind: str = strawberry.field(description="The GraphQL name of its kind.")
    namespace: str | None
    name: str
    uid: str


@strawberry.type(description="Something that a requested deletion waits for: a finalizer, or a resource.")
class DeletionBlocker:
    finalizer: str | None = strawberry.field(description="To be taken away by whoever put it there.")
    child: BlockingResource | None = strawberry.field(
        description="Owned, and still there; of a definition: a resource of its kind."
    )
    since: DateTime | None


@strawberry.type(description="What every resource has beside its own fields.")
class ObjectMeta:
    name: str
    namespace: str | None = strawberry.field(description="Absent for cluster-scoped kinds.")
    uid: str = strawberry.field(description="Never used again, also not by a later resource of the same name.")
    labels: StringMap
    annotations: StringMap
    resource_version: str | None = strawberry.field(
        description="The version of this object, opaque; comparable only with versions of the same uid."
    )
    generation: int = strawberry.field(description="From 1; counts changes of anything but metadata and status.")
    created_at: DateTime
    updated_at: DateTime
    deletion_requested_at: DateTime | None = strawberry.field(
        description="When deletion was asked for; the resource goes once its finalizers are removed."
    )
    deletion_blocked_by: list[DeletionBlocker] = strawberry.field(
        description="What a requested deletion waits for, found when it is read: all finalizers, and the first "
        "resources. In events: the finalizers."
    )
    finalizers: list[str]
    owner_references: list[OwnerReference]


@strawberry.interface(description="Whatever has an id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """Name the type of a resource: its kind."""
        return str(value.kind)


@strawberry.interface(description="The envelope of every resource.")
class Resource:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    group: str | None
    kind: str
    metadata: ObjectMeta
    raw: Json = strawberry.field(
        description="The whole resource under its original names, lossless, without write-only values."
    )

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """Name the type of a resource: its kind."""
        return str(value.kind)


@strawberry.type(description="Where a page is in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="A change of a resource of any kind.")
class ResourceEvent:
    type: WatchEventType  # type: ignore[valid-type]
    resource_version: str | None = strawberry.field(
        description="The position to resume from; null for initial events, which cannot be resumed from."
    )
    object: Resource | None
    previous: Resource | None
    changed_paths: list[str] = strawberry.field(
        description="JSON pointers, with original names, of what differs between `previous` and `object`."
    )


@strawberry.type(description="This server.")
class Server:
    version: str
    schema_fingerprint: str = strawberry.field(description="Changes with the schema; equal for equal schemas.")
    kinds: list[str] = strawberry.field(description="The GraphQL names of all kinds served.")
    resource_version: str | None = strawberry.field(description="The position this server has seen.")
    started_at: DateTime


@strawberry.type(description="The schema as it is from now on.")
class SchemaChange:
    fingerprint: str
    kinds: list[str] = strawberry.field(description="The GraphQL names of all kinds served.")


@strawberry.input(description="A reference to a resource that owns this one.")
class OwnerReferenceInput:
    kind: str = strawberry.field(description="The GraphQL name of the owner's kind.")
    name: str
    uid: str
    controller: bool | None = strawberry.UNSET
    block_owner_deletion: bool | None = strawberry.UNSET


@strawberry.input(description="Metadata of a new resource: `name` or `generateName`.")
class CreateMetadataInput:
    name: str | None = strawberry.UNSET
    generate_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="A prefix: the server appends five random characters."
    )
    namespace: str | None = strawberry.field(
        default=strawberry.UNSET, description="`default` where absent; none for cluster-scoped kinds."
    )
    labels: StringMap | None = strawberry.UNSET
    annotations: StringMap | None = strawberry.UNSET
    finalizers: list[str] | None = strawberry.UNSET
    owner_references: list[OwnerReferenceInput] | None = strawberry.UNSET


@strawberry.input(description="Metadata of a resource that is replaced whole.")
class ReplaceMetadataInput:
    name: str | None = strawberry.UNSET
    namespace: str | None = strawberry.UNSET
    labels: StringMap | None = strawberry.UNSET
    annotations: StringMap | None = strawberry.UNSET
    finalizers: list[str] | None = strawberry.UNSET
    owner_references: list[OwnerReferenceInput] | None = strawberry.UNSET
    resource_version: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where given, it must be the object's: else CONFLICT."
    )


@strawberry.input(description="Metadata to apply: merged into what is there.")
class ApplyMetadataInput:
    name: str | None = strawberry.UNSET
    namespace: str | None = strawberry.UNSET
    labels: StringMap | None = strawberry.UNSET
    annotations: StringMap | None = strawberry.UNSET
    finalizers: list[str] | None = strawberry.UNSET
    owner_references: list[OwnerReferenceInput] | None = strawberry.UNSET
    resource_version: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where given, it must be the object's: else CONFLICT."
    )


@strawberry.input(description="Changes of metadata: absent keeps, null removes, lists are replaced.")
class MetadataPatch:
    labels: StringMapPatch | None = strawberry.UNSET
    annotations: StringMapPatch | None = strawberry.UNSET
    finalizers: list[str] | None = strawberry.UNSET
    owner_references: list[OwnerReferenceInput] | None = strawberry.UNSET


RecordEventType = strawberry.enum(  # type: ignore[call-overload]
    Enum("RecordEventType", {"Normal": "Normal", "Warning": "Warning"}), description="Whether somebody should look."
)


@strawberry.input(description="The resource that something happened to.")
class RecordEventRegardingInput:
    kind: str = strawberry.field(description="The GraphQL name of its kind.")
    namespace: str | None = strawberry.UNSET
    name: str
    uid: str | None = strawberry.UNSET


@strawberry.input(description="Something that happened to a resource.")
class RecordEventInput:
    regarding: RecordEventRegardingInput
    type: RecordEventType | None = strawberry.field(  # type: ignore[valid-type]
        default=strawberry.UNSET, description="`Normal` where absent."
    )
    reason: str = strawberry.field(description="One word for programs, such as `Reachable`.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description="For people.")
    reporting_controller: str | None = strawberry.field(default=strawberry.UNSET, description="Who tells it.")
    ttl_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="How long it is kept after it happened last; else the server's setting."
    )


INPUTS = (CreateMetadataInput, ReplaceMetadataInput, ApplyMetadataInput, MetadataPatch)
