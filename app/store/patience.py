"""How long one read may still take, over all the commands that it is made of."""

from __future__ import annotations

import time

from app.store.errors import TooSlow

__all__ = ["Patience"]


class Patience:
    """A number of seconds from now on."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def milliseconds(self) -> int:
        """Return what is left, at least one.

        Raises:
            TooSlow: Nothing is left.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlow("The database took too long; ask for less.")
        return max(1, int(left * 1000))
