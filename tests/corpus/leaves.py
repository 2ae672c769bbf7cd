"""The leaf fields of a CRD, counted from its text: nothing of ours has a say in what counts.

A leaf is a scalar node: a property, list item or map value whose schema says string, integer, number, boolean or
int-or-string. Objects of which nothing is said (``x-kubernetes-preserve-unknown-fields`` and the like) hold no leaves,
nor do scalars beside whose type a CRD declares properties by mistake.
"""

from typing import NamedTuple

ITEM = "[]"
VALUE = "{}"
SCALARS = frozenset({"string", "integer", "number", "boolean"})


class Leaf(NamedTuple):
    """A leaf.

    Attributes:
        path: Property names from the section on; ``[]`` is any item, ``{}`` any value of a map.
        type: What the text says of it.
    """

    path: tuple
    type: str


def leaves_of(schema, path=()):
    """Yield the leaves of a schema."""
    if not isinstance(schema, dict):
        return
    if schema.get("x-kubernetes-int-or-string"):
        yield Leaf(path, "int-or-string")
        return
    if schema.get("type") in SCALARS:
        yield Leaf(path, schema["type"])
        return
    for name, child in (schema.get("properties") or {}).items():
        yield from leaves_of(child, (*path, Name(name)))
    yield from leaves_of(schema.get("items"), (*path, ITEM))
    yield from leaves_of(schema.get("additionalProperties"), (*path, VALUE))


def open_places(schema):
    """Return how many places of a schema hold anything: neither leaves, nor anything that they would be leaves of."""
    if not isinstance(schema, dict) or schema.get("x-kubernetes-int-or-string") or schema.get("type") in SCALARS:
        return 0
    children = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
    inside = [child for child in children if isinstance(child, dict)]
    return sum(map(open_places, inside)) if inside else 1


class Name(str):
    """A property's name in a path: ``[]`` and ``{}`` may be names too."""

    __slots__ = ()
