"""What a node says beside its children: annotations, and the facets of scalars and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from schema_builder.constraints import hints_of, integer_bounds, merged_enum, united_enum
from schema_builder.structural import MISSING, ListType, NodeKind

__all__ = ["annotation_facets", "common_facets", "list_facets", "scalar_facets"]

_DEPRECATION: Final = "No longer supported"
_REASON: Final = re.compile(r"^deprecated:[ \t]*(\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
"""A line of a description that says why, as Go and Kubernetes write it: ``Deprecated: use `host`.``."""
_MAX_REASON: Final = 300

Schemas = Sequence[dict[str, Any]]


def common_facets(said: Schemas, *, nullable: bool) -> dict[str, Any]:
    """Return the fields of a node that every kind has."""
    return {"nullable": nullable, "hints": hints_of(said), **annotation_facets(said)}


def annotation_facets(said: Schemas) -> dict[str, Any]:
    """Return default, description and marks; of several defaults or descriptions, the first."""
    default: Any = MISSING
    description: str | None = None
    deprecated = read_only = write_only = False
    for schema in said:
        if default is MISSING and "default" in schema:
            default = schema["default"]
        description = description or schema.get("description") or schema.get("title")
        deprecated = deprecated or schema.get("deprecated") is True
        read_only = read_only or schema.get("readOnly") is True
        write_only = write_only or schema.get("writeOnly") is True
    return {
        "default": default,
        "description": description,
        "deprecated": _reason(description) if deprecated else None,
        "read_only": read_only,
        "write_only": write_only,
    }


def _reason(description: Any) -> str:
    found = _REASON.search(description) if isinstance(description, str) else None
    return found[1][:_MAX_REASON] if found is not None else _DEPRECATION


def scalar_facets(kind: NodeKind, said: Schemas, alternatives: Schemas) -> dict[str, Any]:
    """Return enum, format and bounds of a scalar; what alternatives say counts only where nothing else speaks."""
    enum = merged_enum(said)
    if enum is None:
        enum = () if said or not alternatives else united_enum(alternatives)
    minimum, maximum = _bounds(said, alternatives) if kind is NodeKind.INTEGER else (None, None)
    return {
        "enum": tuple(value for value in enum if value is not None),
        "format": _format(said, alternatives),
        "minimum": minimum,
        "maximum": maximum,
    }


def _bounds(said: Schemas, alternatives: Schemas) -> tuple[int | None, int | None]:
    if said or not alternatives:
        return integer_bounds(said)
    lower, upper = zip(*(integer_bounds([one]) for one in alternatives), strict=True)
    return (None if None in lower else min(lower)), (None if None in upper else max(upper))


def _format(said: Schemas, alternatives: Schemas) -> str | None:
    if said:
        return next((schema["format"] for schema in said if "format" in schema), None)
    formats = {schema.get("format") for schema in alternatives}
    return formats.pop() if len(formats) == 1 else None


def list_facets(said: Schemas) -> dict[str, Any]:
    """Return how apply merges a list."""
    list_type, keys = ListType.ATOMIC, ()
    for schema in said:
        if "x-kubernetes-list-type" in schema:
            list_type = ListType(schema["x-kubernetes-list-type"])
            keys = schema.get("x-kubernetes-list-map-keys", ())
            break
    return {"list_type": list_type, "list_keys": tuple(keys)}
