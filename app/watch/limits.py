"""How much watches may cost, and how long they wait."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WatchLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLimits:
    """Bounds of a hub and its watchers. Bytes are estimates of memory (``Change.weight``).

    Attributes:
        watchers: Open watches; one more is refused.
        queue_events: Events that a watcher may be behind before it is ended.
        queue_bytes: The same in bytes; a single event is always taken.
        history_events: Changes that the hub keeps for those who come back.
        history_bytes: The same in bytes.
        catch_ups: Reads of the oplog at once; further ones wait.
        bookmark_seconds: Period of bookmarks.
        ahead_seconds: How long a watch waits for a position that the hub has not reached.
        stall_seconds: Without an answer for so long, or without getting to where the database is known to be, the
            change stream counts as dead, and another one takes its place.
        catch_up_stall_seconds: The same where older changes are read: the database may have to look through many.
        quiet_seconds: A position that stands for so long is put to the test; MongoDB moves it every 10 seconds.
        healthy_lag_seconds: Further behind, the hub calls itself unhealthy.
        blind_seconds: Further behind, the hub ends its watches, so that they go on elsewhere, and takes none.
    """

    watchers: int = 20_000
    queue_events: int = 1_000
    queue_bytes: int = 64 * 2**20
    history_events: int = 20_000
    history_bytes: int = 128 * 2**20
    catch_ups: int = 8
    bookmark_seconds: float = 10.0
    ahead_seconds: float = 5.0
    stall_seconds: float = 10.0
    catch_up_stall_seconds: float = 60.0
    quiet_seconds: float = 15.0
    healthy_lag_seconds: float = 10.0
    blind_seconds: float = 30.0
