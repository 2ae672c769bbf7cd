"""From a schema to its structural tree: what every step but validation reads.

References become REFERENCE nodes, so recursion stays finite; ``allOf`` is merged, and a contradiction in it refused;
properties that only alternatives add are merged into the shape. What GraphQL cannot say becomes a JSON node with the
reason; validation says the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn

import orjson

from schema_builder.alternatives import find_alternatives, tagged_union
from schema_builder.choices import has_one_property
from schema_builder.constraints import contradiction, merged_enum
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.facets import annotation_facets, common_facets, list_facets, scalar_facets
from schema_builder.fragments import ANY_TYPE, Reader
from schema_builder.interning import Interner
from schema_builder.limits import MAX_SCHEMA_NODES
from schema_builder.links import LINK_KEYWORD, Link, parse_link
from schema_builder.object_shape import Forbidden, is_atomic, object_node
from schema_builder.places import tokens_of
from schema_builder.structural import MISSING, Node, NodeKind, Structure

if TYPE_CHECKING:
    from schema_builder.references import Document
    from schema_builder.sharing import Parts
    from schema_builder.structural import Union

__all__ = ["structure"]

_SCALARS: Final = {
    frozenset({"string"}): NodeKind.STRING,
    frozenset({"integer"}): NodeKind.INTEGER,
    frozenset({"integer", "number"}): NodeKind.NUMBER,
    frozenset({"boolean"}): NodeKind.BOOLEAN,
}
_NUMBERS_OR_STRING: Final = frozenset({"integer", "number", "string"})
_DEFINITIONS: Final = ("$defs", "definitions")
_SHAPING: Final = ("properties", "items", "additionalProperties", "patternProperties", "prefixItems")
_SOME_ITEMS: Final = ("additionalItems", "contains", "unevaluatedItems")
_MAX_WORK: Final = 4 * MAX_SCHEMA_NODES
_MAX_MEMBER_WORK: Final = 30_000


def structure(document: Document, parts: Parts | None = None) -> Structure:
    """Return the structural tree of a document that has no failures.

    Args:
        document: The schema.
        parts: Nodes of it that are there already; told of those that were built.

    Raises:
        DefinitionRefused: Its ``allOf`` contradict each other, or merging them makes too many shapes.
    """
    try:
        builder = _Builder(document, parts)
        root = builder.all()
    except _TooEntangled:
        builder = _Builder(document, parts, makes_unions=False)
        root = builder.all()
    if builder.failures:
        raise DefinitionRefused("The schema cannot be served.", builder.failures)
    if parts is not None:
        parts.built(builder.nodes)
    return Structure(root=root, definitions=MappingProxyType(builder.definitions))


class _TooEntangled(Exception):
    """Unions in alternatives of unions, as many as no schema needs: without unions it can still be served.

    All of it goes without, so that what comes first makes no difference.
    """


class _Builder:
    def __init__(self, document: Document, parts: Parts | None, *, makes_unions: bool = True) -> None:
        self.definitions: dict[str, Node] = {}
        self.nodes: dict[Any, Node] = {} if parts is None else parts.nodes()
        self.failures: list[Failure] = []
        self._document = document
        self._reader = Reader(document)
        self._interner = Interner()
        self._first = None if parts is None else parts.first
        self._keys: dict[int, str] = {}
        self._pending: list[tuple[str, Any]] = []
        self._leaves: dict[bytes, Node] = {}
        self._open: dict[Any, str | None] = {}
        self._made: dict[tuple[int, str], dict[str, Any]] = {}
        self._makes_unions = makes_unions
        self._members = 0  # how many unions are being built around what is built
        self._member_work = 0
        self._work = 0

    def all(self) -> Node:
        """Build the root and everything that references name, and return the root."""
        try:
            root = self.node(self._document.root)
            self._finish()
        except RecursionError:
            self.refuse(self._document.root, "limit", "combines its schemas too deeply")
        return root

    def _finish(self) -> None:
        """Build what references name; each of them may name more."""
        while self._pending:
            key, schema = self._pending.pop()
            self.definitions[key] = self._merged([schema], [])

    def refuse(self, schema: Any, keyword: str, message: str) -> NoReturn:
        """Refuse the definition because of one schema, which ends the work on it."""
        failure = Failure(self._document.pointer(schema), keyword, message)
        raise DefinitionRefused("The schema cannot be served.", [*self.failures, failure])

    def node(self, schema: Any) -> Node:
        """Return the node of one schema: a reference where it names another and says nothing about shape beside it."""
        if isinstance(schema, dict):
            if self._reader.is_plain(schema):
                return self._plain(schema)
            target = self._reader.sole_reference(schema)
            if isinstance(target, dict):
                return self._reference(schema, target)
        return self._merged([schema], [])

    def _plain(self, schema: dict[str, Any]) -> Node:
        """Return the node of a schema that speaks for itself, as most do."""
        if self._first is not None:
            schema = self._first(schema)
        node = self.nodes.get(id(schema))
        if node is None:
            self._count(1)
            text = _text_of_leaf(schema)
            node = self._leaves.get(text) if text else None
            if node is None:
                node = self._interner.intern(self._shape([schema], [], self._reader.types(schema)))
                if text:
                    self._leaves[text] = node
            self.nodes[id(schema)] = node
        return node

    def _count(self, work: int) -> None:
        self._work += work
        self._member_work += work if self._members else 0
        if self._member_work > _MAX_MEMBER_WORK:
            raise _TooEntangled
        if self._work > _MAX_WORK:
            self.refuse(self._document.root, "limit", "combines its schemas in too many ways")

    def _reference(self, schema: dict[str, Any], target: dict[str, Any]) -> Node:
        key = self._keys.get(id(target))
        if key is None:
            key = self._keys[id(target)] = self._key_of(target)
            self._pending.append((key, target))
        said = [fragment for fragment in self._reader.fragments([schema]) if isinstance(fragment, dict)]
        facets = {"nullable": "null" in self._reader.types(schema), "link": self._link(said), **annotation_facets(said)}
        return self._interner.intern(Node(NodeKind.REFERENCE, target=key, **facets))

    def _link(self, said: list[dict[str, Any]]) -> Link | None:
        if self._document.links:
            for schema in said:
                if LINK_KEYWORD in schema:
                    return parse_link(schema[LINK_KEYWORD], pointer=self._document.pointer(schema))
        return None

    def _key_of(self, target: dict[str, Any]) -> str:
        """Return what a definition is called: ``Foo`` of ``#/$defs/Foo``, or its pointer, whatever stands first."""
        tokens = tokens_of(self._document.place(target).trail)
        if len(tokens) == 2 and tokens[0] in _DEFINITIONS:
            rival = self._document.root.get(_DEFINITIONS[0], {})
            if tokens[0] == _DEFINITIONS[0] or tokens[1] not in rival:
                return tokens[1]
        return "/".join(["#", *tokens])

    def _recursion(self, fragments: list[Any], alternatives: list[Any]) -> str:
        """Return what a recursive combination of schemas is called: after all of them, whatever stands first."""
        pointers = [self._document.pointer(schema) for schema in (*fragments, *alternatives)]
        return f"#merged/{hashlib.sha256('|'.join(pointers).encode()).hexdigest()[:12]}"

    def _merged(self, schemas: list[Any], others: list[Any]) -> Node:
        """Return the node of schemas that all apply and of others that may apply; at least one list has something."""
        fragments = self._reader.fragments(schemas)
        alternatives = self._reader.alternatives(fragments, others)
        key = (tuple(map(id, fragments)), tuple(map(id, alternatives)), bool(schemas))
        if key in self.nodes:
            return self.nodes[key]
        types = self._types(schemas, others)
        if key in self._open:
            name = self._open[key] = self._recursion(fragments, alternatives)
            return self._interner.intern(Node(NodeKind.REFERENCE, target=name, nullable="null" in types))
        self._count(1 + len(fragments) + len(alternatives))
        self._open[key] = None
        if len(fragments) > 1:
            self._check(fragments, types)
        node = self._interner.intern(self._shape(fragments, alternatives, types))
        recursion = self._open.pop(key)
        if recursion is not None:
            self.definitions[recursion] = node
        self.nodes[key] = node
        return node

    def _types(self, schemas: list[Any], others: list[Any]) -> frozenset[str]:
        if schemas:
            return ANY_TYPE.intersection(*map(self._reader.types, schemas))
        return frozenset().union(*map(self._reader.types, others))

    def _check(self, fragments: list[Any], types: frozenset[str]) -> None:
        if not types:
            accepted = {" or ".join(sorted(self._reader.types(fragment) - {"null"})) for fragment in fragments}
            told = ", and ".join(sorted(accepted - {""})) or "nothing"
            self._contradict(fragments, f"they accept {told}")
        reason = contradiction([fragment for fragment in fragments if isinstance(fragment, dict)])
        if reason:
            self._contradict(fragments, reason)

    def _contradict(self, fragments: list[Any], reason: str) -> None:
        message = f"combines schemas that no value can satisfy together: {reason}"
        self.failures.append(Failure(self._document.pointer(fragments[0]), "allOf", message))

    def _shape(self, fragments: list[Any], alternatives: list[Any], types: frozenset[str]) -> Node:
        said = [fragment for fragment in fragments if isinstance(fragment, dict)]
        common = common_facets(said, nullable="null" in types)
        common["link"] = self._link(said)
        common["write_only"] = common["write_only"] or any(one.get("writeOnly") is True for one in alternatives)
        core = types - {"null"}
        if self._document.dynamic and any(self._is_dynamic(schema) for schema in (*said, *alternatives)):
            return self._json("differs by where it is referred to from", said, alternatives, common)
        if types == ANY_TYPE:
            declares = any(schema.get("properties") for schema in (*said, *alternatives))
            return (self._object if declares else self._untyped)(said, alternatives, common)
        if core and core <= _NUMBERS_OR_STRING and any(schema.get("x-kubernetes-int-or-string") for schema in said):
            return Node(NodeKind.INT_OR_STRING, **common)
        if core == {"object"}:
            return self._object(said, alternatives, common)
        if core == {"array"}:
            return self._list(said, alternatives, common)
        if core in _SCALARS:
            kind = _SCALARS[core]
            return Node(kind, **scalar_facets(kind, said, alternatives), **common)
        reason = f"may be any of {', '.join(sorted(core))}" if core else "accepts null at most"
        return self._json(reason, said, alternatives, common)

    def _is_dynamic(self, schema: dict[str, Any]) -> bool:
        reference = schema.get("$dynamicRef")
        return reference is not None and self._document.dynamic_anchor_count(reference.rpartition("#")[2]) > 1

    def _untyped(self, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        return self._json(None, said, alternatives, common)

    def _json(self, reason: str | None, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        """Return a JSON node, write-only as a whole where something inside is: nothing inside can be left out."""
        common = {**common, "write_only": common["write_only"] or self._hides((*said, *alternatives))}
        atomic = any(map(is_atomic, said))
        return Node(NodeKind.JSON, reason=reason, enum=merged_enum(said) or (), atomic=atomic, **common)

    def _hides(self, schemas: Iterable[Any]) -> bool:
        return self._document.sensitive and self._document.hides(schemas)

    def _list(self, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        schemas = [schema["items"] for schema in said if "items" in schema]
        others = [schema["items"] for schema in alternatives if "items" in schema]
        by_position = any("prefixItems" in schema for schema in (*said, *alternatives))
        if by_position or any(isinstance(one, list) for one in (*schemas, *others)):
            return self._json("is a tuple, whose items differ by position", said, alternatives, common)
        if self._hides(schema[name] for schema in (*said, *alternatives) for name in _SOME_ITEMS if name in schema):
            return self._json("has write-only items among others", said, alternatives, common)
        others = [one for one in others if one is not False]
        items = self._child(schemas, others) if schemas or others else self.node(True)
        return Node(NodeKind.LIST, items=items, **list_facets(said), **common)

    def _object(self, said: list[Any], alternatives: list[Any], common: dict[str, Any]) -> Node:
        try:
            node = object_node(said, alternatives, child=self._child, hides=self._hides, common=common)
        except Forbidden as error:
            self._contradict(said, f"one {error}")
            return self._json(None, said, alternatives, common)
        if node is None:
            return self._json(None, said, alternatives, common)
        union = self._union(said, alternatives, merged=node)
        if union is not None:
            return replace(node, union=union, atomic=True)
        if not node.open and has_one_property(said, node.properties, target=self._reader.sole_reference):
            return replace(node, exclusive=True)
        return node

    def _union(self, said: list[Any], alternatives: list[Any], *, merged: Node) -> Union | None:
        """Return what tells the alternatives of an object apart, where they are all there are to it.

        All members have the property that tells them apart as the merged shape has it: of one type.
        """
        if not alternatives or not self._makes_unions:
            return None
        found = find_alternatives(said, reader=self._reader, adds_shape=self._adds_shape, made=self._made)
        if found is None or len(self._reader.alternatives(said)) != len(alternatives):
            return None
        done, failures = len(self.nodes), len(self.failures)
        self._members += 1
        members = {value: self._merged([one, *found.beside], []) for value, one in found.branches.items()}
        self._members -= 1
        if len(self.failures) == failures:
            if any(member.kind is not NodeKind.OBJECT for member in members.values()):
                return None  # a recursion that leads back into a member: what that is cannot be known yet
            return tagged_union(found, members, shared=merged.properties[found.property], intern=self._interner.intern)
        # A branch that no value satisfies is no contradiction of the schema: what was made of it is forgotten.
        del self.failures[failures:]
        while len(self.nodes) > done:
            self.nodes.popitem()
        return None

    def _child(self, schemas: list[Any], others: list[Any]) -> Node:
        """Return the node of a property or item; one that only alternatives have is never filled by default."""
        if len(schemas) == 1 and not others:
            return self.node(schemas[0])
        if len(schemas) == 1 and not any(self._adds_shape(other) for other in others) and not self._hides(others):
            return self.node(schemas[0])
        if schemas:
            return self._merged(schemas, others)
        if len(others) > 1 and any(self._reader.types(one) == ANY_TYPE and not self._adds_shape(one) for one in others):
            return self._interner.intern(Node(NodeKind.JSON, nullable=True, reason="may be anything in an alternative"))
        return self._undefaulted(self.node(others[0]) if len(others) == 1 else self._merged([], others))

    def _adds_shape(self, schema: Any) -> bool:
        fragments: Sequence[dict[str, Any]] = self._reader.alternatives((), [schema])
        return any(fragment.get(keyword) for fragment in fragments for keyword in _SHAPING)

    def _undefaulted(self, node: Node) -> Node:
        if node.default is MISSING:
            return node
        return self._interner.intern(replace(node, default=MISSING))


def _text_of_leaf(schema: dict[str, Any]) -> bytes | None:
    """Return a schema of scalars alone as text, which equal ones share; None where it holds anything else."""
    for value in schema.values():
        if value.__class__ is dict or value.__class__ is list:
            return None
    return orjson.dumps(schema)
