"""The kinds as they are at the hub's position, which may be behind what this server already serves."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from app.errors import Unavailable

if TYPE_CHECKING:
    from app.watch.events import Change
    from schema_builder.compile import CompiledKind
    from schema_builder.snapshot import Snapshot

__all__ = ["KindRegistry", "KindsInStream"]

_RETRY_SECONDS: Final = 0.5
_FOLLOW_SECONDS: Final = 60.0
"""A registry that takes longer waits for an answer that is lost."""

_logger = logging.getLogger(__name__)


class KindRegistry(Protocol):
    """What the hub asks of the registry of a server, and tells it."""

    @property
    def snapshot(self) -> Snapshot:
        """The kinds that are served."""

    def storage_key(self, name: str) -> str | None:
        """Return the storage key of the kind that is served under a name."""

    def kind_by_storage_key(self, key: str) -> CompiledKind | None:
        """Return the kind whose resources have a storage key, None where it is not served."""

    async def refresh(self) -> object:
        """Be at least as new as the stored definitions are now."""

    async def definition_changed(self, name: str, *, version: int) -> None:
        """Be at least as new as a definition that the stream tells of."""

    async def definition_deleted(self, name: str) -> None:
        """Be at least as new as the removal of a definition that the stream tells of."""


class KindsInStream:
    """Kinds by storage key, changed in step with the stream: a removed kind still presents its last DELETED."""

    def __init__(self, registry: KindRegistry) -> None:
        self._registry = registry
        self._kinds: dict[str, CompiledKind] = {}
        self._keys: dict[str, set[str]] = {}
        self._by_name: dict[str, CompiledKind] = {}

    def start_over(self) -> None:
        """Take over what the registry serves now."""
        self._kinds.clear()
        self._keys.clear()
        self._by_name.clear()
        for name in self._registry.snapshot.kinds:
            self.refresh(name)

    def get(self, storage_key: str) -> CompiledKind | None:
        """Return the kind of a storage key, None where it is not served."""
        return self._kinds.get(storage_key)

    def enter(self, storage_key: str, kind: CompiledKind) -> None:
        """Note a kind, keeping what is already known of its storage key."""
        if storage_key not in self._kinds:
            self._kinds[storage_key] = kind
            self._keys.setdefault(kind.names.type_name, set()).add(storage_key)

    def named(self, name: str) -> CompiledKind | None:
        """Return the kind that is served under a name."""
        return self._by_name.get(name)

    def successor(self, storage_key: str, kind: CompiledKind) -> CompiledKind | None:
        """Return what has replaced a kind at the hub's position, None where it has not, or where more is to come."""
        present = self._kinds.get(storage_key)
        newest = self._registry.kind_by_storage_key(storage_key)
        return present if present is newest and present is not kind else None

    def refresh(self, name: str) -> None:
        """Take over what the registry serves under a name."""
        storage_key = self._registry.storage_key(name)
        kind = None if storage_key is None else self._registry.kind_by_storage_key(storage_key)
        if storage_key is not None and kind is not None:
            self._kinds[storage_key] = self._by_name[name] = kind
            self._keys.setdefault(name, set()).add(storage_key)

    def remove(self, name: str) -> None:
        """Forget what was served under a name, unless the registry is ahead and serves a successor."""
        for storage_key in self._keys.pop(name, ()):
            self._kinds.pop(storage_key, None)
        self._by_name.pop(name, None)
        self.refresh(name)

    async def follow(self, change: Change) -> None:
        """Follow a change of a definition, the registry first; nothing later may be delivered before."""
        while True:
            try:
                async with asyncio.timeout(_FOLLOW_SECONDS):
                    await self._tell_registry(change)
            except (Unavailable, TimeoutError) as error:
                _logger.warning("the registry cannot follow %r yet: %s", change, error)
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception:
                _logger.exception("the registry cannot follow %r", change)
                break
            else:
                break
        if change.is_removal:
            self.remove(change.name)
        else:
            self.refresh(change.name)

    async def _tell_registry(self, change: Change) -> None:
        """Tell the registry by name and version alone: a definition can be large, and most are its own."""
        if change.is_removal:
            await self._registry.definition_deleted(change.name)
        elif change.version is None:
            await self._registry.refresh()
        else:
            await self._registry.definition_changed(change.name, version=change.version)
