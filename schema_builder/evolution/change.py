"""One difference between two definitions, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Audience", "Change", "Severity", "in_order"]


class Audience(StrEnum):
    """Whom a difference concerns."""

    CLIENTS = "CLIENTS"
    RESOURCES = "RESOURCES"


class Severity(StrEnum):
    """What a difference can do.

    SAFE: every document stays valid and means what it meant; every stored resource is accepted as it is.
    DANGEROUS: documents stay valid, but a client may meet or cause what it did not expect.
    BREAKING: a valid document, or a stored resource, may be refused.
    """

    SAFE = "SAFE"
    DANGEROUS = "DANGEROUS"
    BREAKING = "BREAKING"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        path: JSON pointer into the definition; of what is gone, into the one before.
        change: What kind of difference, such as ``FIELD_REMOVED``.
        audience: Whom it concerns.
        severity: What it can do.
        message: For a person.
        place: The place in resources that it speaks of, without the steps into items of lists and maps:
            ``("spec", "ports", "name")``; empty for the kind itself.
    """

    path: str
    change: str
    audience: Audience
    severity: Severity
    message: str
    place: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, str]:
        """Return the wire form."""
        return {
            "path": self.path,
            "change": self.change,
            "audience": self.audience.value,
            "severity": self.severity.value,
            "message": self.message,
        }


_RANK = {Severity.BREAKING: 0, Severity.DANGEROUS: 1, Severity.SAFE: 2}


def in_order(changes: set[Change]) -> list[Change]:
    """Return changes as people want to read them: the worst first, then by path."""
    return sorted(changes, key=lambda one: (_RANK[one.severity], one.path, one.audience, one.change, one.message))
