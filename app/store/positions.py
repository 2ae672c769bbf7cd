"""Positions are MongoDB's commit times as 64-bit integers: seconds in the upper half, a counter in the lower."""

from __future__ import annotations

from bson.timestamp import Timestamp

__all__ = ["position_of", "timestamp_of"]


def position_of(timestamp: Timestamp) -> int:
    """Return the position of a commit time (``operationTime``, ``clusterTime``, ``atClusterTime``)."""
    return (timestamp.time << 32) | timestamp.inc


def timestamp_of(position: int) -> Timestamp:
    """Return the commit time of a position; the position has at most 64 bits."""
    return Timestamp(position >> 32, position & 0xFFFF_FFFF)
