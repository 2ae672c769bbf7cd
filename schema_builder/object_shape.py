"""The shape of an object: its declared properties, what it does with others, and whether it is a map."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import MappingProxyType
from typing import Any, Final

from schema_builder.fragments import is_null_only
from schema_builder.patterns import searches
from schema_builder.structural import Node, NodeKind

__all__ = ["Forbidden", "is_atomic", "object_node"]

_EXTRA: Final = ("additionalProperties", "unevaluatedProperties")

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TEXTS: Final[dict[str, Any]] = {"type": "object", "additionalProperties": _TEXT}
_METADATA: Final[dict[str, Any]] = {
    "type": "object",
    "x-kubernetes-preserve-unknown-fields": True,
    "properties": {
        "name": _TEXT,
        "generateName": _TEXT,
        "namespace": _TEXT,
        "labels": _TEXTS,
        "annotations": _TEXTS,
    },
}
"""The metadata of a resource inside of another: what people write of it; the rest is kept as it is."""

_HIDDEN: Final = Node(NodeKind.JSON, nullable=True, write_only=True)

Schemas = Sequence[dict[str, Any]]
ChildBuilder = Callable[[list[Any], list[Any]], Node]
"""Makes the node of a property from schemas that apply to it and schemas that may."""


class Forbidden(ValueError):
    """A required property that another of the schemas forbids."""


def object_node(
    said: Schemas,
    alternatives: Schemas,
    *,
    child: ChildBuilder,
    hides: Callable[[Iterable[Any]], bool],
    common: dict[str, Any],
) -> Node | None:
    """Return the node of an object, or None where its schemas say nothing about its properties.

    Args:
        said: Schemas that apply.
        alternatives: Schemas that may apply; their properties are merged into the shape.
        child: Builds the nodes of properties.
        hides: Tells whether anything in some schemas is write-only.
        common: Fields that every node has.

    Raises:
        Forbidden: A required property is forbidden.
    """
    closed = [schema for schema in said if schema.get("additionalProperties") is False] if len(said) > 1 else []
    required = frozenset(name for schema in said for name in schema.get("required", ()))
    _check_required(required, closed)
    properties = _properties(said, alternatives, closed, child)
    embedded = any(schema.get("x-kubernetes-embedded-resource") is True for schema in said)
    if embedded and properties:
        properties = _with_embedded(properties, child)
    is_open, patterns, values = _undeclared(said, alternatives, child)
    if values is None and is_open and hides(_of_undeclared([*said, *alternatives])):
        values = _HIDDEN  # several schemas speak of undeclared properties, and one of them hides something
    is_map = values is not None or patterns or any("additionalProperties" in schema for schema in said)
    if not properties and not is_map:
        return None
    return Node(
        NodeKind.OBJECT if properties else NodeKind.MAP,
        properties=MappingProxyType(properties),
        required=required.intersection(properties),
        values=values,
        open=is_open or not properties,
        patterns=patterns,
        atomic=any(is_atomic(schema) for schema in said),
        embedded_resource=embedded,
        **common,
    )


def _check_required(required: frozenset[str], closed: Schemas) -> None:
    for schema in closed:
        forbidden = sorted(name for name in required if not _declares(schema, name))
        if forbidden:
            raise Forbidden(f"requires {forbidden[0]}, which one of them forbids by additionalProperties: false")


def _properties(said: Schemas, alternatives: Schemas, closed: Schemas, child: ChildBuilder) -> dict[str, Node]:
    conjoined: dict[str, list[Any]] = {}
    possible: dict[str, list[Any]] = {}
    for schemas, found in ((said, conjoined), (alternatives, possible)):
        for schema in schemas:
            for name, one in schema.get("properties", {}).items():
                found.setdefault(name, []).append(one)
    properties: dict[str, Node] = {}
    for name in (*conjoined, *(name for name in possible if name not in conjoined)):
        schemas, others = conjoined.get(name, []), possible.get(name, [])
        if any(one is False for one in schemas) or not all(_declares(schema, name) for schema in closed):
            continue
        others = [one for one in others if one is not False]
        if schemas or others:
            properties[name] = child(schemas, others)
    return properties


def _with_embedded(properties: dict[str, Node], child: ChildBuilder) -> dict[str, Node]:
    """Return properties with those that every resource of Kubernetes has; what is declared of them, counts."""
    head = {name: properties.get(name) or child([_TEXT], []) for name in ("apiVersion", "kind")}
    metadata = properties.get("metadata")
    if metadata is None or (metadata.kind is NodeKind.JSON and metadata.reason is None):
        metadata = child([_METADATA], [])
    return {**head, "metadata": metadata, **{name: one for name, one in properties.items() if name != "metadata"}}


def _undeclared(said: Schemas, alternatives: Schemas, child: ChildBuilder) -> tuple[bool, tuple[str, ...], Node | None]:
    """Return whether undeclared properties are kept, what their names must match, and what they are."""
    schemas = [*said, *alternatives]
    kept = any(schema.get("x-kubernetes-preserve-unknown-fields") is True for schema in said)
    extra = [schema[name] for schema in schemas for name in _EXTRA if schema.get(name, False) is not False]
    patterns = {name: one for schema in schemas for name, one in schema.get("patternProperties", {}).items()}
    if kept or extra:
        typed = [one for one in extra if one is not True and one != {}]
        sure = not patterns and not (kept and any(name in schema for schema in alternatives for name in _EXTRA))
        return True, (), child(typed, []) if sure and len(typed) == len(extra) > 0 else None
    if not patterns:
        return False, (), None
    nodes = {id(node): node for node in (child([one], []) for one in patterns.values())}
    return True, tuple(sorted(patterns)), next(iter(nodes.values())) if len(nodes) == 1 else None


def _of_undeclared(schemas: Schemas) -> Iterator[Any]:
    for schema in schemas:
        yield from (schema[name] for name in _EXTRA if name in schema)
        yield from schema.get("patternProperties", {}).values()


def _declares(schema: dict[str, Any], name: str) -> bool:
    return name in schema.get("properties", {}) or any(
        searches(pattern, name) for pattern in schema.get("patternProperties", {})
    )


def is_atomic(schema: dict[str, Any]) -> bool:
    """Tell whether apply replaces what the schema describes whole: it says so, or is one of several alternatives."""
    branches = [branch for branch in schema.get("oneOf", ()) if not is_null_only(branch)]
    return schema.get("x-kubernetes-map-type") == "atomic" or len(branches) > 1
