"""What a change means: one resource before and after, presented once for everybody who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.resources.keys import split_key
from app.store.documents import to_resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.store.changes import ChangeEvent
    from schema_builder.backend import Resource
    from schema_builder.compile import CompiledKind

__all__ = ["Change", "States"]

_DECODED_FACTOR: Final = 5
"""Bytes of Python objects for each byte of BSON, the raw bytes included."""

_FIXED_WEIGHT: Final = 1024


class States(NamedTuple):
    """One resource around a change; None where it did not exist.

    Attributes:
        before: The resource before.
        after: The resource after.
        root_before: What conditions on ``before`` are decided on, made once for all filters.
        root_after: What conditions on ``after`` are decided on.
    """

    before: Resource | None
    after: Resource | None
    root_before: Mapping[str, Any]
    root_after: Mapping[str, Any]


class Change:
    """One committed change of one resource.

    Attributes:
        position: The commit's position.
        storage_key: The storage key of its kind.
        namespace: None for resources of cluster scope.
        name: Of the resource.
        kind: The kind as the hub knew it when the change passed, None in changes read back from the oplog.
        weight: Bytes of memory, estimated.
        is_complete: False when MongoDB no longer has the state before (or after) it.
        is_removal: The resource is gone after it.
    """

    __slots__ = (
        "_event",
        "_presented",
        "is_complete",
        "is_removal",
        "kind",
        "name",
        "namespace",
        "position",
        "storage_key",
        "weight",
    )

    def __init__(self, event: ChangeEvent) -> None:
        self.storage_key, namespace, self.name = split_key(event.key)
        self.namespace = namespace or None
        self.position = event.position
        self.kind: CompiledKind | None = None
        self.is_complete = event.is_complete
        self.is_removal = event.is_removal
        self.weight = _FIXED_WEIGHT + _DECODED_FACTOR * event.size
        self._event = event
        self._presented: tuple[CompiledKind, States] | None = None

    @property
    def version(self) -> int | None:
        """Return the resource's version after it; None where it is gone, or MongoDB no longer has the state."""
        return self._event.version

    @property
    def concerns_owners(self) -> bool:
        """Return whether the resource has, or had, owners, or waits for what it owns; never False where it does."""
        return self._event.concerns_owners

    def metadata(self) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
        """Return the stored metadata before and after, without decoding the rest."""
        return self._event.metadata()

    @property
    def key(self) -> str:
        """Return the key of the resource."""
        return self._event.key

    def states(self, kind: CompiledKind) -> States:
        """Return the resource before and after, as clients may see it.

        Args:
            kind: Says how documents are read and which values are write-only.
        """
        if self._presented is None or self._presented[0] is not kind:
            before, after = _resource(self._event.before(), kind), _resource(self._event.after(), kind)
            self._presented = kind, States(before, after, _root(before), _root(after))
        return self._presented[1]

    def __repr__(self) -> str:
        return f"Change({self.position}, {self.storage_key!r}, {self.namespace!r}, {self.name!r})"


def _resource(document: dict[str, Any] | None, kind: CompiledKind) -> Resource | None:
    return None if document is None else to_resource(document, kind)


def _root(resource: Resource | None) -> Mapping[str, Any]:
    return {} if resource is None else {"metadata": resource.metadata, **resource.body}
