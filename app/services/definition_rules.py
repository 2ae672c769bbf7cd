"""What is said about a definition before it is compiled: its name, and what of it never changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.errors import DefinitionRefused, Failure, Invalid
from schema_builder.names import kind_names
from schema_builder.validation.messages import shown

__all__ = ["derived_name", "identity_failures", "with_failures"]

_IDENTITY: Final = {"kind": "", "group": "", "graphqlName": "", "scope": "NAMESPACED"}
"""Fields that make a kind what it is, and what their absence means."""
_UNNAMED: Final = "Unnamed"
_MAX_PART: Final = 253


def derived_name(given: Mapping[str, Any]) -> str:
    """Return the name of a definition: the one in its metadata, else the kind's GraphQL name.

    Where neither can be read, a placeholder: the definition will be refused, with all reasons.
    """
    name = (given.get("metadata") or {}).get("name")
    if isinstance(name, str) and name:
        return name
    spec = given.get("spec")
    parts = (
        {field: spec.get(field) or None for field in ("kind", "group", "graphqlName")}
        if isinstance(spec, Mapping)
        else {}
    )
    if not isinstance(parts.get("kind"), str) or not all(
        part is None or (isinstance(part, str) and len(part) <= _MAX_PART) for part in parts.values()
    ):
        return _UNNAMED
    return kind_names(str(parts["kind"]), group=parts["group"], graphql_name=parts["graphqlName"]).type_name


def identity_failures(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Failure]:
    """Return what a change of a definition would change that cannot be changed."""
    return [
        Failure(f"/spec/{field}", "immutable", f"is {shown(before.get(field))} for good: define another kind")
        for field, absent in _IDENTITY.items()
        if (before.get(field) or absent) != (after.get(field) or absent)
    ]


def with_failures(invalid: Invalid, refused: DefinitionRefused) -> DefinitionRefused:
    """Return the failures of both; of two at one place, those of the definition's own rules."""
    places = {failure.path for failure in refused.failures}
    others = [failure for failure in invalid.failures if failure.path not in places]
    return DefinitionRefused(refused.message, [*refused.failures, *others])
