"""Who wants a change: watchers by storage key, namespace and name, and then by what their filters need to be there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from app.watch.anchors import Anchored, anchor_of

if TYPE_CHECKING:
    from app.watch.events import Change, States
    from app.watch.selection import Filter, Selection
    from app.watch.watcher import Watcher

__all__ = ["Group", "Index"]

_Scope = tuple[str | None, str | None, str | None]


class Group:
    """Watchers of one scope whose filters decide alike: a change is decided once for all of them."""

    __slots__ = ("anchor", "filter", "watchers")

    def __init__(self, filter_: Filter) -> None:
        self.filter = filter_
        self.anchor = anchor_of(filter_)
        self.watchers: set[Watcher] = set()


class _Scoped:
    """The groups of one scope."""

    __slots__ = ("_all", "_anchored", "_free")

    def __init__(self) -> None:
        self._all: dict[Hashable, Group] = {}
        self._free: dict[int, Group] = {}
        self._anchored: Anchored[Group] = Anchored()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, watcher: Watcher) -> None:
        filter_ = watcher.selection.filter
        group = self._all.get(filter_.key)
        if group is None:
            group = self._all[filter_.key] = Group(filter_)
            if group.anchor is None:
                self._free[id(group)] = group
            else:
                self._anchored.add(group.anchor, group)
        group.watchers.add(watcher)

    def remove(self, watcher: Watcher) -> None:
        group = self._all.get(watcher.selection.filter.key)
        if group is None:
            return
        group.watchers.discard(watcher)
        if not group.watchers:
            del self._all[group.filter.key]
            if group.anchor is None:
                del self._free[id(group)]
            else:
                self._anchored.remove(group.anchor, group)

    def groups(self, states: Callable[[], States | None]) -> Iterable[Group]:
        """Return the groups that may want a change; all of them where its states cannot be told."""
        if not self._anchored:
            return self._all.values()
        known = states()
        if known is None:
            return self._all.values()
        return chain(self._free.values(), self._anchored.find((known.root_before, known.root_after)).values())


class Index:
    """Finds the groups that a change concerns without touching any other."""

    def __init__(self) -> None:
        self._scopes: dict[_Scope, _Scoped] = {}
        self._by_kind_name: dict[str, set[Watcher]] = {}
        self._of_all_kinds: set[Watcher] = set()

    def add(self, watcher: Watcher) -> None:
        """Enter a watcher under everything that it watches."""
        selection = watcher.selection
        for scope in _scopes(selection):
            self._scopes.setdefault(scope, _Scoped()).add(watcher)
        if selection.kinds is None:
            self._of_all_kinds.add(watcher)
        for name in selection.fingerprints:
            self._by_kind_name.setdefault(name, set()).add(watcher)

    def remove(self, watcher: Watcher) -> None:
        """Forget a watcher; harmless for one that is not there."""
        selection = watcher.selection
        for scope in _scopes(selection):
            scoped = self._scopes.get(scope)
            if scoped is not None:
                scoped.remove(watcher)
                if not scoped:
                    del self._scopes[scope]
        self._of_all_kinds.discard(watcher)
        for name in selection.fingerprints:
            watchers = self._by_kind_name.get(name, set())
            watchers.discard(watcher)
            if not watchers:
                self._by_kind_name.pop(name, None)

    def groups(self, change: Change, states: Callable[[], States | None]) -> list[Group]:
        """Return the groups whose scope a change is in, without those whose filters cannot take any of its states.

        Args:
            change: The change.
            states: Reads its states, None where they cannot be told; asked only where filters depend on them.
        """
        scopes = (
            self._scopes.get((key, namespace, name))
            for key in (change.storage_key, None)
            for namespace in {change.namespace, None}
            for name in (change.name, None)
        )
        return [group for scoped in scopes if scoped is not None for group in scoped.groups(states)]

    def watchers_of_kind(self, name: str) -> Collection[Watcher]:
        """Return those who watch a kind, by its name or with all others."""
        return [*self._by_kind_name.get(name, ()), *self._of_all_kinds]


def _scopes(selection: Selection) -> Iterator[_Scope]:
    keys: Iterable[str | None] = (None,) if selection.kinds is None else selection.kinds
    return ((key, selection.namespace, selection.name) for key in keys)
