"""What an informer knows: the resources of a scope, and where to find them by indexes.

Resources are kept as JSON, a tenth of what they take as Python objects, and read anew for whoever asks: nobody can
change what others see.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from controllers.resource import Key, Resource

__all__ = ["IndexFunction", "Store", "Stored", "Version"]

IndexFunction: TypeAlias = Callable[[Resource], Iterable[Hashable]]
"""Returns the values under which a resource is to be found."""


class Version(NamedTuple):
    """Which state of which resource."""

    uid: str
    version: int


class Stored(NamedTuple):
    """A resource as it is kept."""

    version: Version
    data: bytes

    @classmethod
    def of(cls, resource: Resource) -> Stored:
        """Return a resource as it is kept."""
        return cls(Version(resource.uid, resource.version), resource.encode())


class _Index:
    def __init__(self, values_of: IndexFunction) -> None:
        self._values_of = values_of
        self._keys: dict[Hashable, dict[Key, None]] = {}
        self._values: dict[Key, frozenset[Hashable]] = {}

    def put(self, resource: Resource) -> None:
        values = frozenset(self._values_of(resource))
        known = self._values.get(resource.key, frozenset())
        self._drop(resource.key, known - values)
        for value in values - known:
            self._keys.setdefault(value, {})[resource.key] = None
        if values:
            self._values[resource.key] = values
        else:
            self._values.pop(resource.key, None)

    def remove(self, key: Key) -> None:
        self._drop(key, self._values.pop(key, frozenset()))

    def find(self, value: Hashable) -> list[Key]:
        return list(self._keys.get(value, ()))

    def _drop(self, key: Key, values: Iterable[Hashable]) -> None:
        for value in values:
            keys = self._keys[value]
            del keys[key]
            if not keys:
                del self._keys[value]


class Store:
    """Resources of one kind by key.

    Args:
        kind: Its GraphQL name.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._resources: dict[Key, Stored] = {}
        self._indexes: dict[str, _Index] = {}

    def __len__(self) -> int:
        return len(self._resources)

    def __contains__(self, key: Key) -> bool:
        return key in self._resources

    def __iter__(self) -> Iterator[Resource]:
        """Yield the resources that are there now, in no order."""
        for stored in list(self._resources.values()):
            yield Resource.decode(self.kind, stored.data)

    def keys(self) -> list[Key]:
        """Return the keys of all resources."""
        return list(self._resources)

    def versions(self) -> Mapping[Key, Version]:
        """Return which state of each resource is known."""
        return {key: stored.version for key, stored in self._resources.items()}

    def get(self, key: Key) -> Resource | None:
        """Return a resource; None where there is none."""
        stored = self._resources.get(key)
        return None if stored is None else Resource.decode(self.kind, stored.data)

    def version(self, key: Key) -> Version | None:
        """Return which state of a resource is known; None where there is none."""
        stored = self._resources.get(key)
        return None if stored is None else stored.version

    def put(self, resource: Resource, stored: Stored | None = None) -> None:
        """Take in a state.

        Args:
            resource: The state.
            stored: The same as it is kept, where that is known.
        """
        self._resources[resource.key] = stored or Stored.of(resource)
        for index in self._indexes.values():
            index.put(resource)

    def remove(self, key: Key) -> None:
        """Forget a resource."""
        if self._resources.pop(key, None) is not None:
            for index in self._indexes.values():
                index.remove(key)

    def add_index(self, name: str, values_of: IndexFunction) -> None:
        """Have resources found by what a function returns of each; an index that is there stays as it is."""
        if name not in self._indexes:
            index = self._indexes[name] = _Index(values_of)
            for resource in self:
                index.put(resource)

    def find(self, index: str, value: Hashable) -> list[Resource]:
        """Return the resources with a value in an index.

        Raises:
            KeyError: There is no such index.
        """
        found = (self.get(key) for key in self._indexes[index].find(value))
        return [resource for resource in found if resource is not None]
