"""What is looked at before a write is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.errors import Unavailable
from app.resources.metadata import NO_NAME
from schema_builder.errors import Invalid

if TYPE_CHECKING:
    from schema_builder.backend import RequestScope

__all__ = ["MAX_LAG_SECONDS", "check_lag", "required_name", "warn_of_status"]

MAX_LAG_SECONDS: Final = 1.0
"""How far a server that writes may be behind the stored definitions."""


def check_lag(lag_seconds: Callable[[], float]) -> None:
    """Refuse writes while this server may be working with definitions that are no more.

    Raises:
        Unavailable: The change stream is too far behind.
    """
    if lag_seconds() > MAX_LAG_SECONDS:
        raise Unavailable("This server is behind the database; try again.")


def required_name(type_name: str, name: Any) -> str:
    """Return a name that must be there.

    Raises:
        Invalid: There is none.
    """
    if not isinstance(name, str) or not name:
        raise Invalid(f"{type_name} is invalid: it has no name", [NO_NAME])
    return name


def warn_of_status(scope: RequestScope, given: Mapping[str, Any]) -> None:
    """Tell the client that apply does not write status."""
    if given.get("status") is not None:
        scope.warn("status was ignored: apply does not write it")
