"""What the checker finds."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Violation"]


class Violation(NamedTuple):
    """A promise that was broken.

    Attributes:
        rule: Which one, in a word or two: what tests ask for.
        text: Who saw what, where, and what it should have been.
    """

    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"
