"""Where in a definition the schema of a place stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from schema_builder.differences import pointer_token

if TYPE_CHECKING:
    from schema_builder.definition import Definition

__all__ = ["Places", "section_pointer"]

_SECTIONS: Final = {"spec": "/spec/schema", "status": "/spec/statusSchema"}
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_SINGLE: Final = ("items", "additionalProperties", "if", "then", "else")
_MAX_LOOKED_AT: Final = 200


def section_pointer(section: str) -> str:
    """Return the pointer of a section's schema."""
    return _SECTIONS.get(section) or f"/spec/extraFields/{pointer_token(section)}"


class Places:
    """Finds the schemas of places in one definition, each section's being read once."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._roots: dict[str, Any] = {}

    def pointer(self, place: Sequence[str]) -> str:
        """Return the pointer of the schema that declares a place, or of the nearest one above it.

        Args:
            place: ``("spec", "ports", "name")``: steps into items of lists and maps are left out.
        """
        section, *names = place
        pointer = section_pointer(section)
        if section not in self._roots:
            self._roots[section] = self._definition.schema_of(section)
        root = self._roots[section]
        found: tuple[str, Any] = (pointer, root)
        for name in names:
            step = next(iter(_declaring(found, name, root, pointer)), None)
            if step is None:
                return found[0]
            found = step
        return found[0]


def _declaring(found: tuple[str, Any], name: str, root: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the subschemas that declare a property or item, nearest first."""
    waiting = [found]
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_LOOKED_AT:
        pointer, schema = waiting.pop(0)
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and name in properties:
            yield f"{pointer}/properties/{pointer_token(name)}", properties[name]
        target = _target(schema.get("$ref"), root, prefix)
        if target is not None:
            waiting.append(target)
        for keyword in _BRANCHES:
            waiting += [(f"{pointer}/{keyword}/{index}", one) for index, one in enumerate(schema.get(keyword) or ())]
        waiting += [(f"{pointer}/{keyword}", schema[keyword]) for keyword in _SINGLE if keyword in schema]


def _target(reference: Any, root: Any, prefix: str) -> tuple[str, Any] | None:
    if reference == "#":
        return prefix, root
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    pointer, schema = prefix, root
    for token in reference[2:].split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(schema, Mapping) or name not in schema:
            return None
        pointer, schema = f"{pointer}/{pointer_token(name)}", schema[name]
    return pointer, schema
