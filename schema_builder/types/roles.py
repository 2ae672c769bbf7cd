"""What types of a shape are for, and which of them each shape of a kind has."""

from __future__ import annotations

from enum import Flag, auto
from typing import TYPE_CHECKING, Final

from schema_builder.types.leaves import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schema_builder.structural import Node, Structure
    from schema_builder.types.shapes import Shape, Shapes

__all__ = ["SUFFIXES", "Role", "assign_roles"]


class Role(Flag):
    """What a type of a shape is for; for enums ``OUTPUT`` is the enum itself, for unions the union."""

    OUTPUT = auto()
    INPUT = auto()
    PATCH = auto()
    FILTER = auto()
    LIST_FILTER = auto()


SUFFIXES: Final[Mapping[Role, str]] = {
    Role.OUTPUT: "",
    Role.INPUT: "Input",
    Role.PATCH: "Patch",
    Role.FILTER: "Filter",
    Role.LIST_FILTER: "ListFilter",
}
"""What the name of a type adds to that of its shape."""

_ALL_ROLES: Final = Role.OUTPUT | Role.INPUT | Role.PATCH | Role.FILTER
_STATUS_ROLES: Final = Role.OUTPUT | Role.PATCH | Role.FILTER


def assign_roles(shapes: Shapes, sections: Mapping[str, Structure]) -> dict[Shape, Role]:
    """Let roles flow from the sections down: read-only parts lose the inputs, write-only parts the outputs."""
    roles: dict[Shape, Role] = {}
    pending: list[Shape] = []

    def give(structure: Structure, node: Node, given: Role) -> None:
        core = shapes.core(structure, node)
        shape = None if core is None else shapes.find(core[0])
        if core is None or shape is None:
            return
        given = _roles_of_core(shape, given, lists=core[1])
        if given and given not in roles.get(shape, Role(0)):
            roles[shape] = roles.get(shape, Role(0)) | given
            if not shape.is_enum:
                pending.append(shape)

    for name, structure in sections.items():
        place = place_of(structure, structure.root)
        given = _STATUS_ROLES if name == "status" else _ALL_ROLES
        give(structure, structure.root, _visible(given, read_only=place.read_only, write_only=place.write_only))
    while pending:
        shape = pending.pop()
        structure, node = shape.places[0]
        for child, given in _given_on(node, roles[shape]):
            place = place_of(structure, child)
            give(structure, child, _visible(given, read_only=place.read_only, write_only=place.write_only))
    return roles


def _given_on(node: Node, roles: Role) -> Iterator[tuple[Node, Role]]:
    """Yield what is below an object, with the roles that it gets from there.

    The types of a union's members are its output and its input; its patch and its filter are of the merged shape.
    """
    if node.union is not None:
        for member in node.union.members.values():
            yield member, roles & (Role.OUTPUT | Role.INPUT)
        roles &= ~(Role.OUTPUT | Role.INPUT)
    for child in node.children():
        yield child, roles


def _roles_of_core(shape: Shape, given: Role, *, lists: int) -> Role:
    if shape.is_enum:
        if Role.FILTER in given and lists:
            given ^= Role.FILTER | Role.LIST_FILTER
        return (given & (Role.FILTER | Role.LIST_FILTER)) | (Role.OUTPUT if given else Role(0))
    structure, node = shape.places[0]
    possible = Role.OUTPUT | Role.INPUT | Role.PATCH if node.open else Role(0)
    if node.union is not None:
        possible |= Role.OUTPUT | Role.INPUT
    for child in node.children():
        place = place_of(structure, child)
        possible |= _visible(_ALL_ROLES, read_only=place.read_only, write_only=place.write_only)
    return given & possible


def _visible(roles: Role, *, read_only: bool, write_only: bool) -> Role:
    if read_only:
        roles &= ~(Role.INPUT | Role.PATCH)
    if write_only:
        roles &= ~(Role.OUTPUT | Role.FILTER)
    return roles
