"""From a changed resource to the keys that must be reconciled because of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeAlias

from controllers.resource import Key, Resource

__all__ = ["OWNER_INDEX", "IndexedMapper", "Mapper", "by_field", "field_values", "owner_uids", "owners", "references"]

Mapper: TypeAlias = Callable[[Resource], Iterable[Key]]
"""Returns the keys of resources of the controller's kind that a resource of another kind concerns."""

OWNER_INDEX = "owner"
"""The index of resources by the uids of their owners."""


class IndexedMapper(Protocol):
    """A mapper that asks an index of the controller's own kind.

    Attributes:
        index: The name of the index.
    """

    index: str

    def values_of(self, resource: Resource) -> Iterable[Hashable]:
        """Return what the controller's own resource is found by."""

    def value_of(self, changed: Resource) -> Hashable:
        """Return what a changed resource is looked up by."""


def owners(kind: str) -> Mapper:
    """Map a child to those of its owners that are of a kind, the controller's."""

    def map_to_owners(resource: Resource) -> Iterable[Key]:
        return [Key(resource.namespace, owner["name"]) for owner in resource.owners if owner["kind"] == kind]

    return map_to_owners


class references:  # noqa: N801 - reads as a function where it is used
    """Map what is referred to, to those that refer to it by name.

    Args:
        path: Where the name is in the controller's own resources, such as ``spec.databaseRef``; lists are entered.
        same_namespace: Whether the name means a resource in the same namespace; else one of a cluster-scoped kind.
    """

    def __init__(self, path: str, *, same_namespace: bool = True) -> None:
        self._path = path
        self._same_namespace = same_namespace
        self.index = f"references:{path}"

    def values_of(self, resource: Resource) -> Iterable[Hashable]:
        """Return what the controller's own resource refers to."""
        namespace = resource.namespace if self._same_namespace else None
        return [Key(namespace, name) for name in field_values(resource, self._path) if isinstance(name, str)]

    def value_of(self, changed: Resource) -> Hashable:
        """Return what a changed resource is referred to by."""
        return Key(changed.namespace if self._same_namespace else None, changed.name)


def owner_uids(resource: Resource) -> Iterable[Hashable]:
    """Return the uids of all owners, for an index."""
    return [owner["uid"] for owner in resource.owners]


def by_field(path: str) -> Callable[[Resource], Iterable[Hashable]]:
    """Index resources by a field, such as ``spec.region``; lists are entered."""
    return lambda resource: [value for value in field_values(resource, path) if isinstance(value, Hashable)]


def field_values(resource: Resource, path: str) -> list[Any]:
    """Return what is at a path, such as ``spec.ports.name``; of lists, what is in each item."""
    values: list[Any] = [resource.raw]
    for name in path.split("."):
        entered = [item for value in values for item in (value if isinstance(value, list) else [value])]
        values = [value[name] for value in entered if isinstance(value, dict) and name in value]
    return [item for value in values for item in (value if isinstance(value, list) else [value]) if item is not None]
