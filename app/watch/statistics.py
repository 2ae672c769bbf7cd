"""What a hub tells of itself, for metrics."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["HubStatistics"]


class HubStatistics(NamedTuple):
    """What the hub holds now, and what it has done since it started.

    Attributes:
        watchers: Open watches.
        catching_up: Those of them that read older changes.
        history_events: Changes kept in memory.
        history_bytes: Their memory, estimated.
        changes: Changes seen.
        interruptions: How often the change stream broke off and went on where it was.
        restarts: How often it could not, so that every watch ended with ``EXPIRED``.
    """

    watchers: int
    catching_up: int
    history_events: int
    history_bytes: int
    changes: int
    interruptions: int
    restarts: int
