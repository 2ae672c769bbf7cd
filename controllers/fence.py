"""The fence of own writes: a key is not reconciled again before what its last reconcile has written can be seen.

A mutation answers the position of its commit. A write is visible once an informer's position has reached that, or once
it knows the resource in that version or a later one (a write that changed nothing has no event of its own).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from controllers.informer import Informer
    from controllers.resource import Key
    from controllers.resources import Written

__all__ = ["Fence"]


class _Pending(NamedTuple):
    informer: Informer
    key: Key
    uid: str
    version: int
    position: int
    is_deletion: bool

    def is_visible(self) -> bool:
        if self.informer.position >= self.position or not self.informer.exists:
            return True
        known = self.informer.store.version(self.key)
        if self.is_deletion:
            return known is None or known.uid != self.uid
        return known is not None and known.uid == self.uid and known.version >= self.version


class Fence:
    """What the reconciles of each key have written, and cannot be seen yet."""

    def __init__(self) -> None:
        self._pending: dict[Key, list[_Pending]] = {}

    def wrote(self, key: Key, written: Written, *, informer: Informer, is_deletion: bool = False) -> None:
        """Note a write.

        Args:
            key: What was reconciled.
            written: What its reconcile has written.
            informer: Who will see it.
            is_deletion: The resource was deleted.
        """
        resource = written.resource
        pending = _Pending(informer, resource.key, resource.uid, resource.version, written.position, is_deletion)
        self._pending.setdefault(key, []).append(pending)

    def is_open(self, key: Key) -> bool:
        """Tell whether everything that was written for a key can be seen."""
        left = [write for write in self._pending.get(key, ()) if not write.is_visible()]
        if left:
            self._pending[key] = left
            return False
        self._pending.pop(key, None)
        return True
