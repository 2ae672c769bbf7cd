"""Which kind each generated name belongs to, for any number of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Generic, TypeVar

__all__ = ["NameTable"]

V = TypeVar("V")

_MAX_RECENT: Final = 2_048


class NameTable(Mapping[str, V], Generic[V]):
    """An immutable mapping that is cheap to change by a few names, however many it holds.

    It is one large dictionary, shared by many tables, and a small one of what has changed since. A change copies the
    small one; once that is no longer small, both become a new large one. So changing n names costs as much as copying a
    few of thousands, and every now and then as much as copying all.
    """

    __slots__ = ("_recent", "_settled")

    def __init__(self, settled: dict[str, V] | None = None) -> None:
        self._settled: dict[str, V] = {} if settled is None else settled
        self._recent: dict[str, V | None] = {}

    def changed(
        self, *, removed: Iterable[str] = (), added: Iterable[str] = (), owner: V | None = None
    ) -> NameTable[V]:
        """Return a table without some names, and then with others that belong to one owner."""
        recent = {**self._recent, **dict.fromkeys(removed), **dict.fromkeys(added, owner)}
        if len(recent) <= _MAX_RECENT:
            table: NameTable[V] = NameTable(self._settled)
            table._recent = recent
            return table
        settled = dict(self._settled)
        for name, changed in recent.items():
            if changed is None:
                settled.pop(name, None)
            else:
                settled[name] = changed
        return NameTable(settled)

    def get(self, name: str, default: V | None = None) -> V | None:  # type: ignore[override]
        """Return the owner of a name, or the default."""
        found = self._recent[name] if name in self._recent else self._settled.get(name)
        return default if found is None else found

    def __getitem__(self, name: str) -> V:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return (self._recent[name] is not None) if name in self._recent else name in self._settled

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._settled if name not in self._recent)
        yield from (name for name, owner in self._recent.items() if owner is not None)

    def __len__(self) -> int:
        gone = sum(owner is None for owner in self._recent.values())
        return len(self._settled.keys() | self._recent.keys()) - gone
