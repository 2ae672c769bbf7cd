"""What a process writes: its last lines in memory, and all of it in a file that does not grow without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["LogBook", "log_directory"]

_KEPT_LINES: Final = 200
_MAX_LINE: Final = 2_000
_MAX_FILE_BYTES: Final = 4 * 1024 * 1024
_CHUNK: Final = 64 * 1024


def log_directory(state: Path, addon: str) -> Path:
    """Return where the logs of an addon are."""
    return state / "logs" / addon


class LogBook:
    """The log of one process after the other.

    Args:
        path: Of the file; the one before it is kept beside it, with ``.1`` at its end.
        secret: Never written; None for nothing.
    """

    def __init__(self, path: Path, *, secret: str | None = None) -> None:
        self._path = path
        self._secret = secret
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def last(self, count: int) -> Sequence[str]:
        """Return the last lines."""
        return list(self._lines)[-count:]

    def note(self, line: str) -> None:
        """Add a line of the manager's own."""
        self._add([line])

    async def follow(self, stream: asyncio.StreamReader) -> None:
        """Take over what a process writes until it ends."""
        rest = b""
        while chunk := await stream.read(_CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) > _MAX_LINE * 4:
                whole, rest = [*whole, rest], b""
            self._add([line.decode("utf-8", "replace") for line in whole])
        if rest:
            self._add([rest.decode("utf-8", "replace")])

    def _add(self, lines: Sequence[str]) -> None:
        told = [self._cleaned(line) for line in lines]
        self._lines.extend(told)
        if not told:
            return
        # A disk that is full must not stop the process, which waits once nobody reads what it writes.
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write("".join(f"{line}\n" for line in told))
                full = stream.tell() > _MAX_FILE_BYTES
            if full:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))

    def _cleaned(self, line: str) -> str:
        """Return a line that steers no terminal and tells no secret."""
        if self._secret:
            line = line.replace(self._secret, "***")
        line = line.rstrip("\r\n").expandtabs(4)
        return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)[:_MAX_LINE]
