"""What one watch wants to see, and what a change means to it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from app.resources.keys import DEFINITIONS_KEY
from schema_builder.backend import EventType, Resource, WatchEvent
from schema_builder.conditions import decider

if TYPE_CHECKING:
    from app.resources.selectors import Selector
    from app.watch.events import Change
    from schema_builder.compile import CompiledKind
    from schema_builder.conditions import Condition, Decide

__all__ = ["EVERYTHING", "Filter", "Selection"]


@dataclass(frozen=True)
class Filter:
    """Which resources of its scope a watch wants.

    Attributes:
        where: Decides on ``{"metadata": …, **body}``; None takes all.
        labels: Decides on the labels; None takes all.
    """

    where: Condition | None = None
    labels: Selector | None = None

    def takes(self, resource: Resource) -> bool:
        """Decide on one state of a resource."""
        return self._takes(resource, {"metadata": resource.metadata, **resource.body})

    def _takes(self, resource: Resource, root: Mapping[str, Any]) -> bool:
        if self.labels is not None and not self.labels.matches(resource.metadata.get("labels") or {}):
            return False
        return self._decide is None or self._decide(root)

    @cached_property
    def _decide(self) -> Decide | None:
        return None if self.where is None else decider(self.where)

    def decide(self, change: Change, kind: CompiledKind) -> WatchEvent | None:
        """Return what a complete change means to those who want what this filter takes, None where nothing."""
        before, after, root_before, root_after = change.states(kind)
        had = before if before is not None and self._takes(before, root_before) else None
        has = after if after is not None and self._takes(after, root_after) else None
        if has is not None:
            kind_of_event = EventType.ADDED if had is None else EventType.MODIFIED
            return WatchEvent(kind_of_event, change.position, has, before)
        if had is None:
            return None
        if after is None:
            return WatchEvent(EventType.DELETED, change.position, had)
        return WatchEvent(EventType.LEFT, change.position, after, had)

    @cached_property
    def key(self) -> Hashable:
        """What is equal only for filters that decide alike (``True == 1`` in Python, but not in a condition)."""
        return repr(self.where), self.labels


EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Selection:
    """The part of the stream of changes that one watch is about.

    Attributes:
        kinds: The watched kinds by storage key; None for all, also those defined later.
        namespace: One namespace, or None for all.
        name: One name, or None for all.
        filter: Decides on states.
        fingerprints: The watched kinds by name.
    """

    kinds: Mapping[str, CompiledKind] | None
    namespace: str | None = None
    name: str | None = None
    filter: Filter = field(default=EVERYTHING)
    fingerprints: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        kinds = {} if self.kinds is None else self.kinds
        fingerprints = {kind.names.type_name: kind.fingerprint for kind in kinds.values()}
        object.__setattr__(self, "fingerprints", fingerprints)
        if self.kinds is not None:
            object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))

    @property
    def key(self) -> Hashable:
        """What is equal only for selections that are alike, as long as one of them lives."""
        kinds = None if self.kinds is None else tuple((key, id(kind)) for key, kind in self.kinds.items())
        return kinds, self.namespace, self.name, self.filter.key

    def covers(self, change: Change) -> bool:
        """Decide whether a change is of a resource in the scope, whatever its states."""
        return (
            (self.kinds is None or change.storage_key in self.kinds)
            and (self.namespace is None or change.namespace == self.namespace)
            and (self.name is None or change.name == self.name)
        )

    def concerns(self, change: Change) -> bool:
        """Decide whether a watch must look at a change: one in its scope, or of its kinds' definitions."""
        if change.storage_key == DEFINITIONS_KEY and (self.kinds is None or change.name in self.fingerprints):
            return True
        return self.covers(change)
