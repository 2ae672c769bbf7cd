"""Which kind each generated type belongs to, without naming the nested types of all kinds.

A kind's nested types are called after the kind and a section of its body: ``FooSpec…`` of the kind ``Foo``. So whoever
has a name can tell which kinds it may belong to, and only these have to say which nested types they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind

__all__ = ["TypeOwners", "heads"]

_ALIKE: Final = 2
_MOST_ALIKE: Final = 200


class TypeOwners(Mapping[str, "CompiledKind"]):
    """The kind of each generated type by the type's name.

    To iterate is to name the nested types of every kind, which takes long where there are many.

    Args:
        kinds: By name; shared, and never changed.
        listed: Those whose names do not begin with the kind's, and whatever else is known beforehand.
    """

    __slots__ = ("_kinds", "_listed")

    def __init__(self, kinds: Mapping[str, CompiledKind], listed: Mapping[str, CompiledKind] | None = None) -> None:
        self._kinds = kinds
        self._listed: Mapping[str, CompiledKind] = (
            MappingProxyType({name: kind for kind in kinds.values() for name in kind.listed_names})
            if listed is None
            else listed
        )

    def get(self, name: str, default: Any = None) -> Any:
        """Return the owner of a name, or the default."""
        owner = self._listed.get(name)
        if owner is not None:
            return owner
        for head in heads(name):
            kind = self._kinds.get(head)
            if kind is not None and kind.generates(name):
                return kind
        return default

    def like(self, name: str) -> list[str]:
        """Return what somebody may have meant by a name: all names of the kinds that it begins with, some of others."""
        begun = [kind for head in heads(name) if (kind := self._kinds.get(head)) is not None]
        alike = (kind for kind in self._kinds.values() if kind.name[:_ALIKE] == name[:_ALIKE])
        others = [other for kind in islice(alike, _MOST_ALIKE) for other in kind.listed_names]
        return [*others, *(one for kind in begun for one in kind.type_names)]

    def __getitem__(self, name: str) -> CompiledKind:
        found: CompiledKind | None = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        for kind in self._kinds.values():
            yield from kind.type_names

    def __len__(self) -> int:
        return sum(len(kind.type_names) for kind in self._kinds.values())


def heads(name: str) -> Iterator[str]:
    """Yield what of a name may be the kind's, the shortest first: whatever is added to that begins a new word."""
    for index in range(1, len(name)):
        if not name[index].islower():
            yield name[:index]
