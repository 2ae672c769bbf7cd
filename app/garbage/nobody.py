"""The scope of reads and writes that no client waits for."""

from __future__ import annotations

from typing import Any, Final, cast

__all__ = ["NOBODY"]


class _Nobody:
    """Takes note of nothing."""

    def committed(self, position: int) -> None:
        """Take note of a commit."""

    def warn(self, message: str) -> None:
        """Take note of a warning."""


NOBODY: Final = cast("Any", _Nobody())
