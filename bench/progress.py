"""What whoever waits for a benchmark sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Steps"]


class Steps:
    """A bar of steps with a line that says what is going on; silent without a console."""

    def __init__(self, console: Console | None) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[case]}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=console is None,
            refresh_per_second=2,  # drawing costs CPU that the servers need
        )
        self._task = self._progress.add_task("", total=None, case="")

    def begin(self, case: str, *, total: int) -> None:
        """Start the bar of a case."""
        self._task = self._progress.add_task("starting", total=total, case=case)

    def say(self, text: str) -> None:
        """Tell what is going on."""
        self._progress.update(self._task, description=text)

    def advance(self, count: int = 1) -> None:
        """Move the bar on."""
        self._progress.advance(self._task, count)

    def end(self) -> None:
        """Finish the bar of a case."""
        self._progress.update(self._task, description="done")

    def __enter__(self) -> Self:
        """Begin drawing."""
        self._progress.start()
        self._progress.remove_task(self._task)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._progress.stop()
