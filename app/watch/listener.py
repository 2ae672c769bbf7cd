"""Those who hear of changes inside this process, without watching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.watch.events import Change

__all__ = ["Listener"]


class Listener(Protocol):
    """One who hears of every change inside this process, at once and without holding it up."""

    def heard(self, change: Change) -> None:
        """Take note of a change, in the order of commits."""

    def missed(self) -> None:
        """Take note that the hub begins here: whatever was changed before, it may not have told of."""
