"""Who wants a change: watchers by storage key, namespace and name, and then by filter."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.watch.events import Change
    from app.watch.selection import Filter, Selection
    from app.watch.watcher import Watcher

__all__ = ["Group", "Index"]

_Scope = tuple[str | None, str | None, str | None]


class Group:
    """Watchers of one scope whose filters decide alike: a change is decided once for all of them."""

    __slots__ = ("filter", "watchers")

    def __init__(self, filter_: Filter) -> None:
        self.filter = filter_
        self.watchers: set[Watcher] = set()


class Index:
    """Finds the groups that a change concerns without touching any other."""

    def __init__(self) -> None:
        self._scopes: dict[_Scope, dict[Hashable, Group]] = {}
        self._by_kind_name: dict[str, set[Watcher]] = {}
        self._of_all_kinds: set[Watcher] = set()

    def add(self, watcher: Watcher) -> None:
        """Enter a watcher under everything that it watches."""
        selection = watcher.selection
        for scope in _scopes(selection):
            groups = self._scopes.setdefault(scope, {})
            group = groups.get(selection.filter.key)
            if group is None:
                group = groups[selection.filter.key] = Group(selection.filter)
            group.watchers.add(watcher)
        if selection.kinds is None:
            self._of_all_kinds.add(watcher)
        for name in selection.kind_names:
            self._by_kind_name.setdefault(name, set()).add(watcher)

    def remove(self, watcher: Watcher) -> None:
        """Forget a watcher; harmless for one that is not there."""
        selection = watcher.selection
        for scope in _scopes(selection):
            groups = self._scopes.get(scope, {})
            group = groups.get(selection.filter.key)
            if group is not None:
                group.watchers.discard(watcher)
                if not group.watchers:
                    del groups[selection.filter.key]
            if not groups:
                self._scopes.pop(scope, None)
        self._of_all_kinds.discard(watcher)
        for name in selection.kind_names:
            watchers = self._by_kind_name.get(name, set())
            watchers.discard(watcher)
            if not watchers:
                self._by_kind_name.pop(name, None)

    def groups(self, change: Change) -> list[Group]:
        """Return the groups whose scope a change is in."""
        return [
            group
            for key in (change.storage_key, None)
            for namespace in {change.namespace, None}
            for name in (change.name, None)
            for group in self._scopes.get((key, namespace, name), {}).values()
        ]

    def watchers_of_kind(self, name: str) -> Collection[Watcher]:
        """Return those who watch a kind, by its name or with all others."""
        return [*self._by_kind_name.get(name, ()), *self._of_all_kinds]


def _scopes(selection: Selection) -> Iterator[_Scope]:
    keys: Iterable[str | None] = (None,) if selection.kinds is None else selection.kinds
    return ((key, selection.namespace, selection.name) for key in keys)
