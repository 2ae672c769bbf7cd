"""How large a request may be, and how its document is measured before anything expensive looks at it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

from app.errors import LimitExceeded
from schema_builder.errors import BadUserInput

__all__ = ["TransportLimits", "check_document", "check_numbers", "toggles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportLimits:
    """What one request, one connection and one server may ask for.

    Attributes:
        max_body_bytes: A request body, or a WebSocket message.
        max_document_bytes: The text of a document.
        max_tokens: Tokens of a document.
        max_depth: Nesting of fields, with fragments expanded.
        max_root_fields: Root fields of one operation, aliases included.
        max_fields: Fields of one operation, with fragments expanded.
        max_variables: Variables of one operation.
        max_values: Values that the arguments of a document hold as literals; in variables there may be more.
        max_cost: What an operation may read: 100 for each resource that it may answer, and 1 for each field of it.
        max_introspections: Root fields ``__schema`` and ``__type`` of one operation.
        max_merged_pairs: Pairs of fields that share a place in the result and must be compared with each other.
        max_definitions: Operations and fragments of a document.
        max_cached_documents: Documents that are kept parsed and validated.
        max_cached_document_bytes: The text of all of them; parsed, a character takes up to 300 bytes.
        max_cached_introspection_bytes: Results of introspection that are kept.
        inline_document_bytes: A longer document is parsed and validated in a thread.
        max_subscriptions: Running subscriptions a server.
        max_connections: Open WebSockets and event streams a server.
        max_connection_operations: Running operations a WebSocket.
        max_outgoing_bytes: What a slow client may leave unread before its connection is given up.
        init_timeout_seconds: How long a WebSocket may stay without ``connection_init``.
        keep_alive_seconds: Pause between two signs of life on a silent stream.
        send_timeout_seconds: How long one message may take to leave.
    """

    max_body_bytes: int = 5 * 1024 * 1024
    max_document_bytes: int = 1024 * 1024
    max_tokens: int = 25_000
    max_depth: int = 64
    max_root_fields: int = 200
    max_fields: int = 10_000
    max_variables: int = 1_000
    max_values: int = 10_000
    max_cost: int = 1_000_000
    max_introspections: int = 20
    max_merged_pairs: int = 100_000
    max_definitions: int = 500
    max_cached_documents: int = 2_000
    max_cached_document_bytes: int = 1024 * 1024
    max_cached_introspection_bytes: int = 64 * 1024 * 1024
    inline_document_bytes: int = 4_096
    max_subscriptions: int = 20_000
    max_connections: int = 20_000
    max_connection_operations: int = 1_000
    init_timeout_seconds: float = 10.0
    keep_alive_seconds: float = 15.0
    send_timeout_seconds: float = 20.0


_CEILING: Final = 1 << 40
"""Where counting stops: nested fragments make numbers that grow with every level."""


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    fields: int = 0


class _Measure:
    """Sizes of selection sets with fragments expanded, in time linear in the document."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size | None] = {}
        self.cyclic = False

    def selection_set(self, node: SelectionSetNode | None) -> _Size:
        depth = fields = 0
        for selection in node.selections if node else ():
            size = self._selection(selection)
            depth = max(depth, size.depth)
            fields = min(fields + size.fields, _CEILING)
        return _Size(depth, fields)

    def _selection(self, node: SelectionNode) -> _Size:
        if isinstance(node, FragmentSpreadNode):
            inner = self._fragment(node.name.value)
            return _Size(inner.depth, inner.fields + 1)  # even an empty fragment costs a visit
        inner = self.selection_set(getattr(node, "selection_set", None))
        return _Size(inner.depth + isinstance(node, FieldNode), inner.fields + 1)

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = None
            definition = self._fragments.get(name)
            self._known[name] = self.selection_set(definition.selection_set) if definition else _Size()
        known = self._known[name]
        if known is None:
            self.cyclic = True
        return known or _Size()


class _Pairs:
    """Counts the pairs of fields that validation would compare: its work is quadratic in the fields that merge."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], most: int) -> None:
        self._fragments = fragments
        self._most = most
        self._left = most

    def count(self, selection_sets: Sequence[SelectionSetNode]) -> int:
        """Count what merges below some selection sets; return how many fields they have on their own level."""
        groups: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        total = 0
        for selection_set in selection_sets:
            for field in self._fields(selection_set, visited):
                groups.setdefault(field.alias.value if field.alias else field.name.value, []).append(field)
                total += 1
        for fields in groups.values():
            self._left -= len(fields) * (len(fields) - 1) // 2
            if self._left < 0:
                raise LimitExceeded(f"More than {self._most} pairs of fields would have to be merged.")
            inner = [field.selection_set for field in fields if field.selection_set is not None]
            if inner:
                self.count(inner)
        return total

    def _fields(self, node: SelectionSetNode, visited: set[str]) -> Iterator[FieldNode]:
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                definition = self._fragments.get(name)
                if definition is not None and name not in visited:
                    visited.add(name)
                    yield from self._fields(definition.selection_set, visited)
            else:
                inner = getattr(selection, "selection_set", None)
                if inner is not None:
                    yield from self._fields(inner, visited)


def check_document(document: DocumentNode, limits: TransportLimits) -> bool:
    """Refuse a document that would be expensive to validate or to run.

    Returns:
        Whether it can be measured at all: False where fragments spread themselves, which validation refuses.

    Raises:
        LimitExceeded: Too many definitions, fields or root fields, or nested too deeply.
    """
    for node in document.definitions:
        if len(getattr(node, "variable_definitions", None) or ()) > limits.max_variables:
            raise LimitExceeded(f"An operation has more than {limits.max_variables} variables.")
    if len(document.definitions) > limits.max_definitions:
        raise LimitExceeded(f"The document has more than {limits.max_definitions} operations and fragments.")
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    definitions = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    measure = _Measure(fragments)
    try:
        for definition in definitions:
            _check_size(measure.selection_set(definition.selection_set), limits)
        if measure.cyclic:
            return False
        for definition in definitions:
            root_fields = _Pairs(fragments, limits.max_merged_pairs).count([definition.selection_set])
            if isinstance(definition, OperationDefinitionNode) and root_fields > limits.max_root_fields:
                raise LimitExceeded(f"An operation has more than {limits.max_root_fields} root fields.")
    except RecursionError:
        raise LimitExceeded("The document's fragments are nested too deeply.") from None
    return True


def _check_size(size: _Size, limits: TransportLimits) -> None:
    if size.depth > limits.max_depth:
        raise LimitExceeded(f"The document is nested more than {limits.max_depth} levels deep.")
    if size.fields > limits.max_fields:
        raise LimitExceeded(f"An operation or a fragment selects more than {limits.max_fields} fields.")


_PERHAPS_INEXACT: Final = re.compile(r"[0-9]{19}|[0-9][eE]\+?[0-9]{3}")


class _Numbers(Visitor):
    def enter_int_value(self, node: IntValueNode, *_: object) -> None:
        if len(node.value) > 20 or not -(1 << 63) <= int(node.value) < 1 << 63:
            raise BadUserInput("An integer is outside the range of 64 bits.") from GraphQLError("", node)

    def enter_float_value(self, node: FloatValueNode, *_: object) -> None:
        if not math.isfinite(float(node.value)):
            raise BadUserInput("A number is outside the range of double precision.") from GraphQLError("", node)


def check_numbers(document: DocumentNode, text: str) -> None:
    """Refuse literals that would be rounded.

    Raises:
        BadUserInput: An integer outside 64 bits or an infinite number; its cause is a located ``GraphQLError``.
    """
    if _PERHAPS_INEXACT.search(text):
        visit(document, _Numbers())


def toggles(document: DocumentNode) -> frozenset[str]:
    """Return the names of the variables that ``@skip`` and ``@include`` of a document read."""
    names: set[str] = set()

    class Toggles(Visitor):
        def enter_directive(self, node: object, *_: object) -> None:
            if node.name.value in {"skip", "include"}:  # type: ignore[attr-defined]
                names.update(
                    argument.value.name.value
                    for argument in node.arguments  # type: ignore[attr-defined]
                    if isinstance(argument.value, VariableNode)
                )

    visit(document, Toggles())
    return frozenset(names)
