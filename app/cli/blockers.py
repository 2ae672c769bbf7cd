"""What a requested deletion waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.cli.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BLOCKED_BY", "blocker_in_words", "blockers_in_words"]

BLOCKED_BY: Final = "deletionBlockedBy { finalizer since child { kind namespace name } }"
"""The selection, below ``metadata``."""


def blocker_in_words(blocker: Mapping[str, Any]) -> str:
    """Return one blocker: ``finalizer example.org/x`` or ``Pool/default/main``."""
    child = blocker.get("child")
    if child is None:
        return printable(f"finalizer {blocker['finalizer']}")
    return printable("/".join(part for part in (child["kind"], child["namespace"], child["name"]) if part))


def blockers_in_words(blockers: Sequence[Mapping[str, Any]]) -> str:
    """Return all of them in one line."""
    return ", ".join(map(blocker_in_words, blockers))
