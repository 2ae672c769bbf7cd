"""What makes the types of one object other than those of another, beside names and words.

The builders of types decide by little: what a property is, whether it is a list, may be null, is required, has a
default, who may read and write it. Objects whose properties are of the same forms take the same ways through them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Final

from schema_builder.structural import MISSING, Node, NodeKind, Structure
from schema_builder.types.leaves import Place, enum_values, has_fields, leaf_name, list_core, place_of

if TYPE_CHECKING:
    from schema_builder.types.naming import TypePlan

__all__ = ["form_of_place", "forms_of", "objects_of", "type_names_of"]

_MANY: Final = 50
"""Required properties of an object whose input is built in another way than that of one with few."""

_FORMATS: Final = ("date-time", "int32")
_SCALARS: Final = frozenset(map(id, (NodeKind.STRING, NodeKind.INTEGER, NodeKind.NUMBER, NodeKind.BOOLEAN)))


def objects_of(structure: Structure, *, is_known: Callable[[Node], bool]) -> Iterator[Node]:
    """Yield the objects with fields in a section, the shallowest first; what is known is passed over, and all below."""
    level, seen = [structure.root], set[int]()
    while level:
        following: list[Node] = []
        for node in map(structure.resolve, level):
            if id(node) in seen or is_known(node):
                continue
            seen.add(id(node))
            if has_fields(node):
                yield node
            following += _below(node)
        level = following


def _below(node: Node) -> Iterator[Node]:
    yield from node.children()
    if node.items is not None:
        yield node.items
    if node.values is not None:
        yield node.values
    if node.union is not None:
        yield from node.union.members.values()


def forms_of(structure: Structure, node: Node) -> set[Hashable]:
    """Return the forms of an object and of its properties."""
    required = node.required
    forms: set[Hashable] = {(len(required) > _MANY, *_form(node))}
    for name, child in node.properties.items():
        form = _form_of_scalar(child) if id(child.kind) in _SCALARS else form_of_place(structure, child)
        forms.add((name in required, form))
    if not all(map(str.isidentifier, node.properties)):
        forms.add("escaped")
    return forms


def _form_of_scalar(node: Node) -> tuple[Hashable, ...]:
    values = (bool(enum_values(node)),) if node.enum else ()
    said_format = node.format if node.format in _FORMATS else None
    return (id(node.kind), said_format, node.maximum is None, node.link is None, *values, *_said(node))


def _said(said: Node | Place) -> tuple[Hashable, ...]:
    default = None if said.default is MISSING else said.default.__class__
    return said.nullable, default, said.read_only, said.write_only, said.deprecated is None


def form_of_place(structure: Structure, node: Node) -> tuple[Hashable, ...]:
    """Return the form of a property or section."""
    core = list_core(structure, node)
    said = (*_said(place_of(structure, node)), node.link is None)
    if core is None:
        return said
    inner, lists = core
    leaf = None if has_fields(inner) else (leaf_name(structure, inner), bool(enum_values(inner)))
    return (*said, lists, inner.nullable, inner.default is MISSING, leaf, *_form(inner))


def _form(node: Node) -> tuple[Hashable, ...]:
    return (
        id(node.kind),
        node.open,
        node.exclusive,
        node.tag is None,
        node.union is None,
        node.values is None,
        bool(node.patterns),
    )


def type_names_of(plan: TypePlan, structure: Structure, node: Node) -> Iterator[str]:
    """Yield the names of an object's types, and of those of the entries of maps in it."""
    shapes = [plan.find(node)]
    for child in node.children():
        core = list_core(structure, child)
        if core is not None:
            shapes.append(plan.find_entry(core[0]))
    for shape in shapes:
        if shape is not None:
            yield from map(shape.type_name, shape.roles)
