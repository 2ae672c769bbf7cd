"""What tables of a kind show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from schema_builder.errors import Failure
from schema_builder.limits import MAX_COLUMNS

__all__ = ["Column", "parse_columns"]

_TYPES: Final = ("string", "integer", "number", "boolean", "date")
_MAX_TEXT: Final = 1_000


class Column(NamedTuple):
    """One column of a table.

    Attributes:
        name: Its heading.
        path: Where its value is, from the resource's root: ``spec.port``, or a JSONPath of Kubernetes.
        type: How it is shown: string, integer, number, boolean or date (an age).
    """

    name: str
    path: str
    type: str = "string"


def parse_columns(declared: Any) -> tuple[tuple[Column, ...], list[Failure]]:
    """Return columns as declared, and what is wrong with them."""
    if declared is None:
        return (), []
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return (), [Failure("/spec/columns", "type", "must be a list of {name, path, type}")]
    if len(declared) > MAX_COLUMNS:
        return (), [Failure("/spec/columns", "limit", f"may hold at most {MAX_COLUMNS} columns")]
    columns: list[Column] = []
    failures: list[Failure] = []
    for index, column in enumerate(declared):
        wrong = _wrong(column, f"/spec/columns/{index}")
        failures += wrong
        if not wrong:
            columns.append(Column(column["name"], column["path"], column.get("type") or "string"))
    return tuple(columns), failures


def _wrong(column: Any, path: str) -> list[Failure]:
    if not isinstance(column, Mapping):
        return [Failure(path, "type", "must be an object {name, path, type}")]
    failures = [
        Failure(f"{path}/{name}", "type", f"must be a text of at most {_MAX_TEXT} characters that is not empty")
        for name in ("name", "path")
        if not isinstance(column.get(name), str) or not 0 < len(column[name]) <= _MAX_TEXT
    ]
    if (column.get("type") or "string") not in _TYPES:
        failures.append(Failure(f"{path}/type", "enum", f"must be one of {', '.join(_TYPES)}"))
    return failures
