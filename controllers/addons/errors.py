"""What can be wrong with an addon, as one tree.

AddonRefused           it cannot be installed or run, and why; ``reason`` is that of the condition
├── PackageBroken      the contents of a package break a rule
├── ManifestBroken     its addon.yaml does
└── NotAllowed         the manager's operator has not allowed it
"""

from __future__ import annotations

from typing import ClassVar

__all__ = ["AddonRefused", "ManifestBroken", "NotAllowed", "PackageBroken"]


class AddonRefused(Exception):
    """An addon cannot be installed or run.

    Attributes:
        reason: One word, in CamelCase, for programs.
    """

    default_reason: ClassVar[str] = "Refused"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or self.default_reason


class PackageBroken(AddonRefused):
    """The contents of a package break a rule; the message names the file."""

    default_reason = "PackageBroken"


class ManifestBroken(AddonRefused):
    """A manifest breaks a rule; the message says where."""

    default_reason = "ManifestBroken"


class NotAllowed(AddonRefused):
    """The manager's operator has not allowed a package, or another one of the name."""

    default_reason = "PackageNotAllowed"
