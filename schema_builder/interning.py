"""Equal nodes as one object, so that equal shapes can be found by identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from schema_builder.structural import MISSING

if TYPE_CHECKING:
    from schema_builder.structural import Node, Union

__all__ = ["Interner"]


class Interner:
    """Holds one node for each shape; the order of properties makes no difference.

    Nodes are interned from the leaves up, so children are compared by identity. References are compared by their
    target's name, so one interner serves one ``Structure``.
    """

    def __init__(self) -> None:
        self._nodes: dict[Any, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def intern(self, node: Node) -> Node:
        """Return the first node that was equal to this one; its children were interned before."""
        return self._nodes.setdefault(_key(node), node)


def _union_key(union: Union) -> Any:
    return union.property, frozenset((value, id(member)) for value, member in union.members.items())


def _key(node: Node) -> Any:
    return (
        id(node.kind),
        node.nullable,
        frozenset((name, id(child)) for name, child in node.properties.items()) if node.properties else None,
        node.required,
        id(node.values),
        node.open,
        node.exclusive,
        node.tag,
        _union_key(node.union) if node.union else None,
        node.patterns,
        id(node.items),
        node.target,
        orjson.dumps(node.enum) if node.enum else None,
        node.format,
        node.minimum,
        node.maximum,
        None if node.default is MISSING else orjson.dumps(node.default, option=orjson.OPT_SORT_KEYS),
        node.description,
        node.deprecated,
        node.read_only,
        node.write_only,
        id(node.list_type),
        node.list_keys,
        node.atomic,
        node.embedded_resource,
        node.reason,
        node.link,
        node.hints,
    )
