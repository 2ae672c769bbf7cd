"""Syntax of what a definition calls its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from schema_builder.errors import Failure

__all__ = ["check_names"]

_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}\Z")
_GROUP: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\Z")
_FIELD: Final = re.compile(r"[a-z][A-Za-z0-9]{0,62}\Z")
_GRAPHQL_NAME: Final = re.compile(r"[A-Z][_0-9A-Za-z]{0,119}\Z")
_MAX_GROUP: Final = 253
_MAX_DESCRIPTION: Final = 100_000

_RULES: Final = (
    ("kind", _KIND, "must be a letter, then at most 62 letters and digits, such as ExternalService"),
    ("group", _GROUP, "must be like a DNS name in lower case, such as net.example.org"),
    ("plural", _FIELD, "must be in camelCase: a lower-case letter, then at most 62 letters and digits"),
    ("singular", _FIELD, "must be in camelCase: a lower-case letter, then at most 62 letters and digits"),
    ("graphqlName", _GRAPHQL_NAME, "must be a capital letter, then at most 119 letters, digits and underscores"),
)


def check_names(spec: Mapping[str, Any]) -> list[Failure]:
    """Return what is wrong with kind, group, plural, singular, graphqlName and description."""
    failures: list[Failure] = []
    for field, pattern, message in _RULES:
        value = spec.get(field)
        if value in (None, ""):
            if field == "kind":
                failures.append(Failure("/spec/kind", "required", "is required"))
        elif not isinstance(value, str) or not pattern.match(value[: _MAX_GROUP + 1]):
            failures.append(Failure(f"/spec/{field}", "pattern", message))
    group = spec.get("group")
    if isinstance(group, str) and len(group) > _MAX_GROUP:
        failures.append(Failure("/spec/group", "maxLength", f"must have at most {_MAX_GROUP} characters"))
    description = spec.get("description")
    if description is not None and (not isinstance(description, str) or len(description) > _MAX_DESCRIPTION):
        message = f"must be a text of at most {_MAX_DESCRIPTION} characters"
        failures.append(Failure("/spec/description", "type", message))
    return failures
