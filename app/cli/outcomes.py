"""Telling created, configured and unchanged apart by the answers of mutations alone, without reading before writing.

A resource's version is older than the commit that gave it that version, and every commit that has been seen is older
than the positions that later answers carry. So a state whose version is below a position that was known *before* the
mutation was sent has not been written by it: nothing changed. Any other state has; it was created if its creation is
its last change. Two answers with one version (of a manifest given twice, say) name one commit: the first one has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Outcomes"]


class Outcomes:
    """What a run of mutations has learned of positions.

    Args:
        position: One that was read before the first mutation.
    """

    def __init__(self, position: int) -> None:
        self._position = position
        self._claimed: set[tuple[str, str]] = set()

    @property
    def position(self) -> int:
        """Return the greatest position seen; read it before sending a mutation."""
        return self._position

    def learn(self, metadata: Mapping[str, Any], extensions: Mapping[str, Any], *, before: int) -> str:
        """Return ``created``, ``configured`` or ``unchanged``.

        Args:
            metadata: Of the answered state: ``uid resourceVersion createdAt updatedAt``.
            extensions: Of the answer.
            before: The position that was known before the mutation was sent.
        """
        position = extensions.get("resourceVersion")
        if isinstance(position, str) and position.isdigit():
            self._position = max(self._position, int(position))
        state = (metadata["uid"], metadata["resourceVersion"])
        if int(metadata["resourceVersion"]) < before or state in self._claimed:
            return "unchanged"
        self._claimed.add(state)
        return "created" if metadata["createdAt"] == metadata["updatedAt"] else "configured"
