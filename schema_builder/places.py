"""Where the subschemas of a document stand, and what a reference from one of them names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

from schema_builder.differences import pointer_token

__all__ = ["Place", "Trail", "Unresolvable", "follow", "joined", "pointer_of", "tokens_of"]

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")

Trail = tuple[Any, ...]
"""A JSON pointer from its last token to its first: ``(token, (token, … ()))``."""


class Unresolvable(ValueError):
    """A reference that names nothing inside the document; the message says why."""


class Place(NamedTuple):
    """A subschema and where it stands.

    Attributes:
        schema: An object, true or false.
        trail: Its pointer from the document's root, see ``pointer_of``.
        base: The URI of the schema resource that it belongs to.
        depth: How many subschemas enclose it.
    """

    schema: Any
    trail: Trail
    base: str
    depth: int


def tokens_of(trail: Trail) -> list[str]:
    """Return the tokens of a trail, outermost first."""
    tokens: list[str] = []
    while trail:
        token, trail = trail
        tokens.append(token)
    return tokens[::-1]


def pointer_of(trail: Trail, *, prefix: str = "") -> str:
    """Return the JSON pointer of a trail."""
    return "/".join([prefix, *map(pointer_token, tokens_of(trail))])


def follow(resource: Place, pointer: str, reference: str, *, places: Mapping[int, Place]) -> Place:
    """Return what a JSON pointer names inside a schema resource.

    Args:
        resource: Where the pointer begins.
        pointer: Begins with a slash.
        reference: The whole reference, for messages.
        places: The subschemas that are known, by the identity of their schema.

    Raises:
        Unresolvable: Nothing is there, or no schema.
    """
    value, trail, base = resource.schema, resource.trail, resource.base
    for escaped in pointer.split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            raise Unresolvable(f"refers to {reference[:200]}, which does not exist")
        trail = (token, trail)
        known = places.get(id(value))
        base = known.base if known else base
    if not isinstance(value, dict | bool):
        raise Unresolvable(f"refers to {reference[:200]}, which is no schema")
    return places.get(id(value)) or Place(value, trail, base, 0)


def joined(base: str, reference: str) -> str:
    """Return a reference relative to a URI as a whole one; what is none stays as it is."""
    if reference.startswith("#"):
        return base + reference
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference
