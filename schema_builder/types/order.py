"""``KOrderBy``: what lists of a kind can be ordered by."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from graphql import GraphQLEnumType, GraphQLEnumValue

from schema_builder.backend import Order
from schema_builder.names import bounded, field_name

if TYPE_CHECKING:
    from schema_builder.types.context import KindContext

__all__ = ["build_order_by"]

_ALWAYS: Final = {"NAME": ("metadata", "name"), "CREATED_AT": ("metadata", "createdAt")}
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def build_order_by(context: KindContext) -> GraphQLEnumType:
    """Build the enum: name and creation time, and every field of a declared index, both ways."""
    values: dict[str, GraphQLEnumValue] = {}
    for name, path in _ordered_paths(context).items():
        said = ".".join(path)
        values[f"{name}_ASC"] = GraphQLEnumValue(Order(path), description=f"By `{said}`, ascending.")
        values[f"{name}_DESC"] = GraphQLEnumValue(Order(path, descending=True), description=f"By `{said}`, descending.")
    return GraphQLEnumType(
        context.definition.names.order_by,
        values,
        description="What lists can be ordered by; ties are broken by (namespace, name).",
    )


def _ordered_paths(context: KindContext) -> dict[str, tuple[str, ...]]:
    paths: dict[str, tuple[str, ...]] = dict(_ALWAYS)
    for index in context.definition.indexes:
        for path in index.fields:
            if path in paths.values():
                continue
            name = _screaming(path)
            while name in paths:
                name = bounded(f"{name}_{hashlib.sha256(repr(path).encode()).hexdigest()[:8].upper()}")
            paths[name] = path
    return paths


def _screaming(path: tuple[str, ...]) -> str:
    """Return a path in screaming case: ``("spec", "maxConns")`` -> ``SPEC_MAX_CONNS``."""
    words = [_WORD_START.sub("_", field_name(part)).strip("_") for part in path]
    return bounded("_".join(words).upper())
