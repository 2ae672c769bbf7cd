"""A progress bar on stderr where a command takes long and somebody watches; lines are printed past it."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["ProgressBar"]

_PATIENCE_SECONDS: Final = 1.0


class ProgressBar:
    """Counts what is done; shown only on a terminal, and only after a second.

    Args:
        label: What is being done, such as ``applying``.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._begun = time.monotonic()
        self._done = 0
        self._total = 0
        self._wanted = sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, total: int) -> None:
        """Say how much there is to do, as far as is known."""
        self._total = max(self._total, total)

    def advance(self) -> None:
        """Count one thing done."""
        self._done += 1
        if not self._wanted:
            return
        if self._bar is None:
            if time.monotonic() - self._begun < _PATIENCE_SECONDS:
                return
            self._start()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done, total=max(self._total, self._done))

    def print(self, line: str) -> None:
        """Print a line to stdout."""
        self._print(line, error=False)

    def print_error(self, line: str) -> None:
        """Print a line to stderr."""
        self._print(line, error=True)

    def _print(self, line: str, *, error: bool) -> None:
        stream = sys.stderr if error else sys.stdout
        if self._bar is not None and stream.isatty():
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            stream.write(f"{line}\n")

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task(self._label, total=self._total)
        self._bar.start()
