"""Reading JSON Schema: references followed, ``allOf`` merged, nulls told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Document", "Place", "is_object", "types_of"]

_SHAPING: Final = frozenset({"type", "properties", "allOf", "oneOf", "anyOf", "items", "additionalProperties", "enum"})
_VALIDATION_ONLY: Final = frozenset({"not", "if", "then", "else", "title", "$comment", "examples"})


class Place(NamedTuple):
    """A schema, and where it stands: two places with one pointer are one shape.

    Attributes:
        schema: With references followed and ``allOf`` merged; ``{}`` for what says nothing.
        pointer: Of the schema that it was read from.
    """

    schema: Mapping[str, Any]
    pointer: str


class Document:
    """One section's schema, inside which references lead.

    Args:
        root: The schema.
    """

    def __init__(self, root: Any) -> None:
        self._root = root

    @property
    def root(self) -> Place:
        """The schema as a whole."""
        return self.place(self._root, "#")

    def place(self, schema: Any, pointer: str) -> Place:
        """Return a schema that stands somewhere, ready to be read."""
        seen: set[str] = set()
        if isinstance(schema, Mapping) and "$ref" in _text(schema.get("allOf")):
            pointer = _text(schema)  # what leads back to itself must look the same each time
        while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            beside = {name: value for name, value in schema.items() if name not in {"$ref", "$defs", "definitions"}}
            target, pointer = self._resolve(reference), reference
            if reference in seen or target is None:
                return Place(beside, pointer)
            seen.add(reference)
            if beside.keys() & _SHAPING:
                schema = {"allOf": [target], **beside}
                pointer = f"{reference} {_text(beside)}"
                break
            schema = {**target, **beside} if isinstance(target, Mapping) else target
        if not isinstance(schema, Mapping):
            return Place({}, pointer)
        return Place(self._merged(schema), pointer)

    def _merged(self, schema: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> Mapping[str, Any]:
        """Return a schema with what ``allOf`` adds to its properties and types."""
        parts = schema.get("allOf")
        if not isinstance(parts, list):
            return schema
        result = {name: value for name, value in schema.items() if name != "allOf"}
        for part in parts:
            if not isinstance(part, Mapping):
                continue
            reference = part.get("$ref")
            if not isinstance(reference, str):
                _add(result, self._merged(part, seen))
            elif reference not in seen and (target := self._resolve(reference)) is not None:
                beside = {name: value for name, value in part.items() if name != "$ref"}
                _add(result, self._merged({**target, **beside}, seen | {reference}))
        return result

    def _resolve(self, reference: str) -> Mapping[str, Any] | None:
        if reference == "#":
            return self._root if isinstance(self._root, Mapping) else None
        if reference.startswith("#/"):
            found: Any = self._root
            for token in reference[2:].split("/"):
                name = token.replace("~1", "/").replace("~0", "~")
                if isinstance(found, Mapping):
                    found = found.get(name, found.get(_unquoted(name)))
                elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                    found = found[int(name)]
                else:
                    return None
            return found if isinstance(found, Mapping) else None
        anchor = reference.removeprefix("#")
        for schema in _objects(self._root):
            if schema.get("$anchor") == anchor or schema.get("$id") in {reference, anchor}:
                return schema
        return None


def types_of(schema: Mapping[str, Any]) -> tuple[frozenset[str], bool]:
    """Return which types a schema names (none: any), and whether null is one of them."""
    named = schema.get("type")
    types = {named} if isinstance(named, str) else set(named) if isinstance(named, list) else set()
    nullable = "null" in types or schema.get("nullable") is True or None in (schema.get("enum") or ())
    return frozenset(types - {"null"}), nullable


def is_object(schema: Mapping[str, Any]) -> bool:
    """Tell whether a schema is of objects with properties."""
    return bool(schema.get("properties")) and types_of(schema)[0] <= {"object"}


def _add(result: dict[str, Any], added: Mapping[str, Any]) -> None:
    for name, value in added.items():
        if name in _VALIDATION_ONLY:
            continue
        if name == "properties" and isinstance(value, Mapping):
            known = result.get("properties") or {}
            both = known.keys() & value.keys()
            merged = {one: _both(known[one], value[one]) for one in both}
            result["properties"] = {**value, **known, **merged}
        elif name == "required" and isinstance(value, list):
            result["required"] = [*(result.get("required") or ()), *value]
        else:
            result.setdefault(name, value)


def _both(one: Any, other: Any) -> Any:
    """Return what says both; the same each time, where a schema leads back to itself."""
    parts: list[Any] = []
    for schema in (one, other):
        inner = schema["allOf"] if isinstance(schema, Mapping) and schema.keys() == {"allOf"} else [schema]
        parts += [part for part in inner if part not in parts]
    return parts[0] if len(parts) == 1 else {"allOf": parts}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Mapping):
            yield item
            pending += item.values()
        elif isinstance(item, list):
            pending += item


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True, default=str)


def _unquoted(text: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 - hardly ever needed

    return unquote(text)
