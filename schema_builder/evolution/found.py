"""What one keyword narrows or widens."""

from __future__ import annotations

from typing import NamedTuple

from schema_builder.evolution.change import Severity

__all__ = ["Found"]


class Found(NamedTuple):
    """A difference in one keyword.

    Attributes:
        keyword: The keyword, as the last part of a pointer.
        change: What kind of difference.
        said: How it narrows; None where it does not.
        told: How it widens, where it does.
        severity: What it can do, where it narrows.
    """

    keyword: str
    change: str
    said: str | None
    told: str = ""
    severity: Severity = Severity.BREAKING
