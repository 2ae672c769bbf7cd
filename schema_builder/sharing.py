"""Parts of schemas that many definitions have in common, read once for all of them.

Kubernetes' definitions repeat each other: a pod template, a label selector or a list of conditions takes hundreds of
subschemas and stands in hundreds of kinds, word for word. The node of such a part depends on its words alone, so long
as nothing in it names another place, and kinds that have the same words may have the same node.

A part is kept for as long as a kind uses it. What is shared was accepted before: its keywords are right, its patterns
compile, its defaults are valid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakValueDictionary

import orjson

from schema_builder.dialect import Dialect
from schema_builder.limits import MAX_SCHEMA_DEPTH

if TYPE_CHECKING:
    from schema_builder.structural import Node

__all__ = ["Parts", "Words"]

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_PLAIN: Final = frozenset(
    {
        "additionalProperties", "default", "deprecated", "description", "enum", "example", "exclusiveMaximum",
        "exclusiveMinimum", "format", "items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems",
        "minLength", "minProperties", "minimum", "multipleOf", "nullable", "pattern", "properties", "required",
        "title", "type", "uniqueItems", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
    }
)  # fmt: skip
_KNOWN: Final = _PLAIN.union(_LISTS, ("not",))
"""Keywords that speak of nothing but the place they stand at. Any other keyword keeps a part from being shared."""
_REFERRING: Final = tuple(f'"${name}":'.encode() for name in ("anchor", "dynamicAnchor", "dynamicRef", "id", "ref"))
"""Keywords that name another place, or give one a name: what stands beside them depends on the document."""
_HOLDERS: Final = frozenset({"additionalProperties", "items", "properties"})

_LEAST_BYTES: Final = 40
_LEAST_SHARED: Final = 3
"""Subschemas: smaller parts are read once in a document, and not kept for others."""
_MOST_BYTES: Final = 16 * 2**20
"""What may be written to compare the parts of one document: a part is written once for each level above it."""


class Words(NamedTuple):
    """What was counted in a subschema that can be shared.

    Attributes:
        size: How many subschemas it has, itself included.
        height: How many levels of subschemas it has below itself.
        patterns: The regular expressions in it.
    """

    size: int
    height: int
    patterns: frozenset[str]


class Part:
    """A subschema that may stand in many documents.

    Attributes:
        node: Its structural tree.
        words: What was counted in it.
    """

    __slots__ = ("__weakref__", "node", "words")

    def __init__(self, node: Node, words: Words) -> None:
        self.node = node
        self.words = words


_NO_PATTERNS: Final[frozenset[str]] = frozenset()
_LEAF: Final = Words(1, 0, _NO_PATTERNS)
_PARTS: Final[WeakValueDictionary[bytes, Part]] = WeakValueDictionary()


class Parts:
    """The parts of one document that other kinds have as well, or may have later.

    Args:
        root: The document's schema, which nobody else changes.
        text: The same as JSON.
        dialect: What it is written in; only the dialect of Kubernetes is shared.

    Attributes:
        known: Parts by the identity of their schema.
        words: What was counted in each schema that need not be looked at, by its identity: it is known, or the same as
            another one of this document.
    """

    def __init__(self, root: Any, *, text: bytes, dialect: Dialect) -> None:
        self.known: dict[int, Part] = {}
        self.words: dict[int, Words] = {}
        self._first: dict[bytes, tuple[dict[str, Any], Words]] = {}
        self._same: dict[int, dict[str, Any]] = {}
        self._built: list[tuple[bytes, Node, Words]] = []
        self._bytes_left = _MOST_BYTES
        refers = b'"$' in text and any(keyword in text for keyword in _REFERRING)
        if dialect is Dialect.OPENAPI and not refers:
            self._words(root, depth=0)

    def nodes(self) -> dict[Any, Node]:
        """Return the nodes that need not be built, by the identity of their schema."""
        return {identity: part.node for identity, part in self.known.items()}

    def first(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the first schema of the document with the same words: it is the one to be looked at."""
        return self._same.get(id(schema), schema)

    def built(self, nodes: Mapping[Any, Node]) -> None:
        """Note the nodes that were built, by the identity of their schema."""
        self._built = [
            (digest, nodes[id(schema)], words) for digest, (schema, words) in self._first.items() if id(schema) in nodes
        ]

    def share(self) -> tuple[Part, ...]:
        """Let others have the parts of this document, which was accepted.

        Returns:
            All of them: they are shared for as long as somebody holds them.
        """
        new = [
            _PARTS.setdefault(digest, Part(node, words))
            for digest, node, words in self._built
            if words.size >= _LEAST_SHARED
        ]
        return (*self.known.values(), *new)

    def _words(self, schema: Any, *, depth: int, compare: bool = True) -> Words | None:
        """Look for parts in a schema and below, outermost first; None where it cannot be shared itself.

        Args:
            schema: The schema.
            depth: How many subschemas enclose it.
            compare: False where several schemas speak of the same place: only their merge has a node.
        """
        if not isinstance(schema, dict):
            return _LEAF
        if depth > MAX_SCHEMA_DEPTH:
            return None
        compare = compare and not _HOLDERS.isdisjoint(schema)
        digest = self._digest(schema) if compare and schema.keys() <= _PLAIN else None
        words = self._seen(digest, schema) if digest else None
        if words is not None and depth + words.height <= MAX_SCHEMA_DEPTH:
            self.words[id(schema)] = words
            return words
        words = self._counted(schema, depth=depth)
        if words is not None and digest is not None:
            self._first.setdefault(digest, (schema, words))
        return words

    def _seen(self, digest: bytes, schema: dict[str, Any]) -> Words | None:
        """Look for the words of a schema in this document, and in others."""
        if digest in self._first:
            self._same[id(schema)], words = self._first[digest]
            return words
        part = _PARTS.get(digest)
        if part is None:
            return None
        self.known[id(schema)] = part
        return part.words

    def _counted(self, schema: dict[str, Any], *, depth: int) -> Words | None:
        is_known = schema.keys() <= _KNOWN and None not in schema.values()
        pattern = schema.get("pattern")
        patterns = {pattern} if isinstance(pattern, str) else set()
        size, height = 1, 0
        for child, compare in _children(schema):
            words = self._words(child, depth=depth + 1, compare=compare)
            if words is None:
                is_known = False
            else:
                size += words.size
                height = max(height, words.height + 1)
                patterns |= words.patterns
        return Words(size, height, frozenset(patterns) if patterns else _NO_PATTERNS) if is_known else None

    def _digest(self, schema: dict[str, Any]) -> bytes | None:
        if self._bytes_left < 0:
            return None
        text = orjson.dumps(schema)
        self._bytes_left -= len(text)
        return hashlib.blake2b(text, digest_size=16).digest() if len(text) >= _LEAST_BYTES else None


def _children(schema: dict[str, Any]) -> Iterator[tuple[Any, bool]]:
    """Yield the subschemas that can be shared or counted, and whether they have a node of their own."""
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for child in properties.values():
            yield child, True
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield schema[keyword], True
    if "not" in schema:
        yield schema["not"], False
    for keyword in _LISTS:
        branches = schema.get(keyword)
        for branch in branches if isinstance(branches, list) else ():
            yield branch, False
