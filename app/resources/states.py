"""The state of one resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["State", "has_finalizers", "is_going"]


class State(NamedTuple):
    """One resource as it is or is to be stored, writeOnly values included; never changed in place.

    Attributes:
        metadata: Wire form of ``ObjectMeta`` without ``resourceVersion``, every key present.
        body: ``spec``, ``status`` and extra fields by original name; absent sections are absent.
        version: The object's resourceVersion as an integer; 0 where it has not been written.
    """

    metadata: Mapping[str, Any]
    body: Mapping[str, Any]
    version: int = 0


def has_finalizers(state: State) -> bool:
    """Tell whether something is still to be done before the resource may go."""
    return bool(state.metadata["finalizers"])


def is_going(state: State) -> bool:
    """Tell whether the deletion of a resource was requested."""
    return state.metadata["deletionRequestedAt"] is not None
