"""Links: what ``x-kindgraph-ref`` says on a string, which then names a resource.

    database: {type: string, x-kindgraph-ref: {kind: Database, namespaceFrom: databaseNamespace, onDelete: RESTRICT}}

``kind`` is the GraphQL name of a kind, which need not be defined yet. (``$ref`` between schemas is another matter:
``schema_builder.references``.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from schema_builder.names import MAX_NAME_LENGTH

__all__ = ["LINK_KEYWORD", "Link", "LinkTarget", "OnDelete", "link_failures", "parse_link"]

LINK_KEYWORD: Final = "x-kindgraph-ref"

_DEFINITIONS: Final = "ResourceDefinition"
_KEYS: Final = ("kind", "namespaceFrom", "onDelete")
_KIND: Final = re.compile(r"(?!__)[_A-Z][_0-9A-Za-z]*\Z")


class OnDelete(StrEnum):
    """What becomes of a resource when one that it names is deleted."""

    NONE = "NONE"
    RESTRICT = "RESTRICT"
    CASCADE = "CASCADE"
    SET_NULL = "SET_NULL"


class Link(NamedTuple):
    """What a schema says about the resource that a string names.

    Attributes:
        kind: The GraphQL name of its kind.
        namespace_from: The property beside the string that holds its namespace; None: the namespace of the resource
            that has the string.
        on_delete: What its deletion means.
        pointer: Where the keyword stands in the definition.
    """

    kind: str
    namespace_from: str | None = None
    on_delete: OnDelete = OnDelete.NONE
    pointer: str = ""


class LinkTarget(NamedTuple):
    """A resource as a string names it; it may not exist.

    Attributes:
        kind: The GraphQL name of its kind.
        namespace: Its namespace, where its kind has namespaces; None means the default one.
        name: Its name, as it was written.
    """

    kind: str
    namespace: str | None
    name: str


def link_failures(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (tokens below the keyword, reason) of everything wrong with what the keyword holds."""
    if not isinstance(value, Mapping):
        yield (), "must be an object {kind, namespaceFrom, onDelete}"
        return
    for key in value:
        if key not in _KEYS:
            yield (str(key),), f"is unknown; known are {', '.join(_KEYS)}"
    kind = value.get("kind")
    if not isinstance(kind, str) or not _KIND.match(kind) or len(kind) > MAX_NAME_LENGTH:
        yield ("kind",), "must be the GraphQL name of a kind, such as Database or NetExampleOrg_Database"
    beside = value.get("namespaceFrom")
    if beside is not None and (not isinstance(beside, str) or not beside):
        yield ("namespaceFrom",), "must be the name of a property beside this one"
    on_delete = value.get("onDelete")
    if kind == _DEFINITIONS and on_delete not in (None, OnDelete.NONE):
        yield ("onDelete",), "must be NONE for definitions, which are deleted with all their resources"
    elif on_delete is not None and (not isinstance(on_delete, str) or on_delete not in OnDelete.__members__):
        yield ("onDelete",), f"must be one of {', '.join(OnDelete)}"


def parse_link(value: Mapping[str, Any], *, pointer: str) -> Link:
    """Return what a keyword without failures says."""
    on_delete = OnDelete(value.get("onDelete") or OnDelete.NONE)
    return Link(value["kind"], value.get("namespaceFrom"), on_delete, pointer)
