"""Which resource a request means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.errors import NotFound
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.resources.decisions import Rules

__all__ = ["DEFAULT_NAMESPACE", "argument_namespace", "input_namespace", "not_found", "shown"]

DEFAULT_NAMESPACE: Final = "default"


def argument_namespace(rules: Rules, namespace: str | None) -> str | None:
    """Return the namespace that an argument means.

    Raises:
        BadUserInput: The kind has no namespaces, and one was given.
    """
    if not rules.namespaced:
        if namespace is not None:
            raise BadUserInput(f"namespace: {rules.type_name} is cluster-scoped and has no namespaces")
        return None
    return DEFAULT_NAMESPACE if namespace is None else namespace


def input_namespace(rules: Rules, metadata: Mapping[str, Any]) -> Any:
    """Return the namespace that an input's metadata means; what is wrong with it is a failure among others."""
    given = metadata.get("namespace")
    return DEFAULT_NAMESPACE if given is None and rules.namespaced else given


def not_found(rules: Rules, *, name: str, namespace: str | None) -> NotFound:
    """Return the error for a resource that is not there."""
    return NotFound(f"{rules.type_name} {shown(name, namespace)} does not exist")


def shown(name: str, namespace: str | None) -> str:
    """Return a resource's name for a message."""
    whole = f"{namespace}/{name}" if namespace else name
    return repr(whole if len(whole) <= 200 else f"{whole[:199]}…")
