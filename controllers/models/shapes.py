"""From schemas to annotations and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from controllers.models.names import ClassNames, attribute_names, pascal
from controllers.models.schemas import Document, Place, is_object, types_of

__all__ = ["Attribute", "Class", "Shapes", "or_none"]

_SCALARS: Final[Mapping[str, str]] = {"string": "str", "integer": "int", "number": "int | float", "boolean": "bool"}
_MOST_MEMBERS: Final = 20
_MOST_CLASSES: Final = 5_000
_MOST_DEPTH: Final = 100
"""Schemas are no deeper; what seems to be leads back to itself in a way of its own."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property of a class.

    Attributes:
        name: In Python.
        original: In the schema.
        annotation: Its type.
        default: Source of the default value; None for a required one.
        description: For people.
    """

    name: str
    original: str
    annotation: str
    default: str | None
    description: str


@dataclass(slots=True)
class Class:
    """One model."""

    name: str
    description: str = ""
    attributes: list[Attribute] = field(default_factory=list)


class Shapes:
    """Makes the classes of one kind.

    Args:
        names: Gives them names.

    Attributes:
        classes: All of them, the first that was needed first.
    """

    def __init__(self, names: ClassNames) -> None:
        self.classes: list[Class] = []
        self._names = names
        self._by_pointer: dict[tuple[str, str], str] = {}
        self._section = ""
        self._depth = 0

    def section(self, schema: Any, name: str) -> str:
        """Return the annotation of a section, such as ``spec``, making the classes that it needs.

        Args:
            schema: Its JSON Schema.
            name: What its class is called.
        """
        document = Document(schema)
        self._section = name
        return self._annotation(document, document.root, name)

    def _annotation(self, document: Document, place: Place, name: str) -> str:
        """Return the type of what a schema allows; whoever holds it says whether it may be missing."""
        schema = place.schema
        _, nullable = types_of(schema)
        annotation = self._core(document, place, name)
        return or_none(annotation) if nullable else annotation

    def _core(self, document: Document, place: Place, name: str) -> str:
        schema = place.schema
        types, _ = types_of(schema)
        if "enum" in schema or "const" in schema:
            return _literal(schema.get("enum", [schema.get("const")]))
        if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
            return "int | str"
        if is_object(schema):
            return self._class(document, place, name)
        members = self._members(document, place, name)
        if members is not None:
            return members
        if len(types) > 1:
            kinds = [self._typed(document, place, name, one) for one in sorted(types)]
            return "Any" if "Any" in kinds else " | ".join(dict.fromkeys(kinds))
        return self._typed(document, place, name, next(iter(types), ""))

    def _typed(self, document: Document, place: Place, name: str, type_: str) -> str:
        schema, pointer = place
        if type_ == "array":
            items = schema.get("items")
            if not isinstance(items, Mapping) or "prefixItems" in schema:
                return "list[Any]"
            inner = self._annotation(document, document.place(items, f"{pointer}/items"), name)
            return f"list[{inner}]"
        if type_ == "object":
            values = schema.get("additionalProperties")
            if not isinstance(values, Mapping) or schema.get("patternProperties"):
                return "dict[str, Any]"
            inner = self._annotation(document, document.place(values, f"{pointer}/additionalProperties"), name)
            return f"dict[str, {inner}]"
        return _SCALARS.get(type_, "Any")

    def _members(self, document: Document, place: Place, name: str) -> str | None:
        """Return the union that ``oneOf`` or ``anyOf`` makes; None where they make none."""
        schema, pointer = place
        for keyword in ("oneOf", "anyOf"):
            members = schema.get(keyword)
            if not isinstance(members, list) or not members:
                continue
            if len(members) > _MOST_MEMBERS:
                return "Any"
            found = [
                self._member(document, member, f"{pointer}/{keyword}/{number}", type_=schema.get("type"), name=name)
                for number, member in enumerate(members, 1)
            ]
            return "Any" if "Any" in found else " | ".join(dict.fromkeys(found))
        return None

    def _member(self, document: Document, member: Any, pointer: str, *, type_: Any, name: str) -> str:
        if not isinstance(member, Mapping):
            return "Any"
        given = member if "$ref" in member or type_ is None else {"type": type_, **member}
        titled = pascal(str(member.get("title") or "")) or pointer.rpartition("/")[2]
        return self._annotation(document, document.place(given, pointer), f"{name}{titled}")

    def _class(self, document: Document, place: Place, name: str) -> str:
        identity = (self._section, place.pointer)
        if identity in self._by_pointer:
            return self._by_pointer[identity]
        if self._depth >= _MOST_DEPTH or len(self.classes) >= _MOST_CLASSES:
            return "Any"
        self._depth += 1
        made = Class(self._names.take(_named_after(place.pointer) or name))
        self._by_pointer[identity] = made.name
        self.classes.append(made)
        schema = place.schema
        made.description = str(schema.get("description") or "")
        properties = self._all_properties(document, place)
        names = attribute_names(properties)
        required = set(schema.get("required") or ())
        for original, property_ in properties.items():
            inner = document.place(property_, f"{place.pointer}/properties/{original}")
            annotation = self._annotation(document, inner, f"{made.name}{pascal(original)}")
            attribute = _attribute(original, names[original], annotation, inner.schema, required=original in required)
            made.attributes.append(attribute)
        self._depth -= 1
        return made.name

    def _all_properties(self, document: Document, place: Place) -> Mapping[str, Any]:
        """Return the properties of an object, with those that only some members of a choice have."""
        properties = dict(place.schema["properties"])
        for keyword in ("oneOf", "anyOf"):
            for number, member in enumerate(place.schema.get(keyword) or ()):
                inner = document.place(member, f"{place.pointer}/{keyword}/{number}").schema
                for name, schema in (inner.get("properties") or {}).items():
                    properties.setdefault(name, {} if "const" in schema or schema is True else schema)
        return properties


def _attribute(original: str, name: str, annotation: str, schema: Mapping[str, Any], *, required: bool) -> Attribute:
    hidden = schema.get("readOnly") is True or schema.get("writeOnly") is True
    default: str | None = None
    if not required or hidden or "default" in schema:
        given = schema.get("default")
        default = repr(given) if isinstance(given, str | int | float) else "None"
        if default == "None":
            annotation = or_none(annotation)
    return Attribute(name, original, annotation, default, str(schema.get("description") or ""))


def or_none(annotation: str) -> str:
    """Return an annotation that allows None, too."""
    return annotation if annotation == "Any" or annotation.endswith(" | None") else f"{annotation} | None"


def _literal(values: Any) -> str:
    kept = [value for value in values if value is not None]
    if not kept or not all(isinstance(value, str | int) for value in kept):
        return "Any"
    if len({type(value) for value in kept}) > 1:
        return "Any"
    return f"Literal[{', '.join(repr(value) for value in dict.fromkeys(kept))}]"


def _named_after(pointer: str) -> str:
    """Return the name of a definition that a reference leads to."""
    for prefix in ("#/$defs/", "#/definitions/"):
        if pointer.startswith(prefix) and "/" not in pointer.removeprefix(prefix) and " " not in pointer:
            return pascal(pointer.removeprefix(prefix))
    return ""
