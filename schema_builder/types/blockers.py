"""What a requested deletion waits for, as ``metadata.deletionBlockedBy`` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.plain import reads_with

__all__ = ["BLOCKED_BY", "META_RESOLVERS", "finalizer_blockers"]

BLOCKED_BY: Final = "deletionBlockedBy"
"""Key that the backend's answer is put under, in the metadata of a resource in flight."""


def finalizer_blockers(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the finalizers of a resource keep back."""
    since = metadata.get("deletionRequestedAt")
    if since is None:
        return []
    return [{"finalizer": one, "since": since} for one in metadata["finalizers"]]


def _blockers(metadata: Any) -> Any:
    if not isinstance(metadata, Mapping):
        return None
    found = metadata.get(BLOCKED_BY)
    return finalizer_blockers(metadata) if found is None else found


META_RESOLVERS: Final = {BLOCKED_BY: reads_with(_blockers)}
