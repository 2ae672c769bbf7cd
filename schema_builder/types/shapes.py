"""Which objects of one kind have the same shape: those share their types.

Two objects are of one shape when GraphQL would say the same of them: names, types, what is required, defaults, and
who may read and write. Descriptions and validation-only keywords make no difference, so that a change of words never
changes the name of a type.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from schema_builder.linking import link_of
from schema_builder.structural import MISSING, Node, NodeKind, Structure, Union
from schema_builder.types.leaves import enum_values, has_entries, has_fields, leaf_name, list_core, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Shape", "Shapes"]

_KEY: Final = Node(NodeKind.STRING)
_ENTRY: Final = frozenset({"key", "value"})


@dataclass(eq=False, slots=True)
class Shape:
    """One shape, and every node that has it, each with the structure that resolves its references.

    Attributes:
        places: Object nodes, or the leaf nodes of one enum.
        is_enum: Which of them.
        is_entry: The objects are the entries of maps.
    """

    places: list[tuple[Structure, Node]]
    is_enum: bool
    is_entry: bool = False


@dataclass(slots=True)
class Shapes:
    """The shapes found so far, over all sections of a body. Nodes are looked up by identity: structures intern them.

    Attributes:
        entries: The node of an entry for each map that has typed ones, by the identity of the map's node.
    """

    _by_key: dict[Any, Shape] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _by_node: dict[int, Shape] = field(default_factory=dict)
    _entry_ids: set[int] = field(default_factory=set)
    entries: dict[int, Node] = field(default_factory=dict)

    def core(self, structure: Structure, node: Node) -> tuple[Node, int] | None:
        """Return what ``list_core`` does; a map that has entries is taken for one of them."""
        core = list_core(structure, node)
        if core is None or core[0].kind is not NodeKind.MAP:
            return core
        found, depth = core
        entry = self.entries.get(id(found))
        if entry is None:
            if found.values is None or not has_entries(structure, found):
                return core
            entry = self.entries[id(found)] = Node(
                NodeKind.OBJECT, properties={"key": _KEY, "value": found.values}, required=_ENTRY
            )
            self._entry_ids.add(id(entry))
        return entry, depth

    def find(self, node: Node) -> Shape | None:
        """Return the shape of a resolved node that was added; None for what has no types of its own."""
        return self._by_node.get(id(node))

    def add(self, structure: Structure) -> None:
        """Find the shapes of a section. Never recurses: chains of references may be as long as a schema."""
        core = self.core(structure, structure.root)
        if core is None:
            return
        stack = [core[0]]
        entered: set[int] = set()
        while stack:
            node = stack[-1]
            if id(node) in self._by_node or not has_fields(node):
                self._add_enum(structure, node)
                stack.pop()
            elif id(node) in entered:
                self._register(structure, node, self._object_key(structure, node), is_enum=False)
                stack.pop()
            else:
                entered.add(id(node))
                children = [child for child in self._children(structure, node) if id(child) not in entered]
                stack += reversed(children)

    def _add_enum(self, structure: Structure, node: Node) -> None:
        values = () if id(node) in self._by_node else enum_values(node)
        if values:
            self._register(structure, node, frozenset(values), is_enum=True)

    def _register(self, structure: Structure, node: Node, key: Any, *, is_enum: bool) -> None:
        shape = self._by_key.get(key)
        if shape is None:
            shape = self._by_key[key] = Shape([], is_enum, id(node) in self._entry_ids)
        shape.places.append((structure, node))
        self._by_node[id(node)] = shape

    def _object_key(self, structure: Structure, node: Node) -> Any:
        keys = {id(child): self._place_key(structure, child) for child in node.children()}
        properties = sorted(node.properties.items(), key=itemgetter(0))
        required = node.required
        return (
            id(node) in self._entry_ids,
            node.open,
            node.exclusive,
            node.tag,
            self._union_key(structure, node.union),
            *((name, name in required, keys[id(child)]) for name, child in properties),
        )

    def _union_key(self, structure: Structure, union: Union | None) -> Any:
        if union is None:
            return None
        members = ((value, self._core_key(structure, member)) for value, member in sorted(union.members.items()))
        return (union.property, *members)

    def _place_key(self, structure: Structure, node: Node) -> tuple[Any, ...]:
        place = place_of(structure, node)
        default = None if place.default is MISSING else json.dumps(place.default, sort_keys=True)
        link = link_of(structure, node)
        named = None if link is None else link[0].kind
        said = (place.nullable, default, place.deprecated, place.read_only, place.write_only, named)
        core = self.core(structure, place.node)
        if core is None:
            return (*said, "JSON")
        innermost, depth = core
        return (*said, depth, _item_nullability(structure, place.node), self._core_key(structure, innermost))

    def _core_key(self, structure: Structure, node: Node) -> Any:
        shape = self._by_node.get(id(node))
        if shape is not None:
            return self._number(id(shape))
        if has_fields(node):
            # A cycle leads back to an object whose shape is not known yet: it stands for itself.
            return ("cycle", self._number(id(node)))
        return leaf_name(structure, node)

    def _number(self, identity: int) -> int:
        return self._numbers.setdefault(identity, len(self._numbers))

    def _children(self, structure: Structure, node: Node) -> Iterator[Node]:
        yield from node.union.members.values() if node.union is not None else ()
        for child in node.children():
            core = self.core(structure, child)
            if core is not None:
                yield core[0]


def _item_nullability(structure: Structure, node: Node) -> tuple[bool, ...]:
    found: list[bool] = []
    while node.items is not None:
        item = place_of(structure, node.items)
        found.append(item.nullable)
        node = item.node
    return tuple(found)
