"""Parsed and validated documents, kept as long as what they touch is unchanged.

A document touches the root fields that it selects and the types that it names: everything else that it can reach
hangs on those. A verdict therefore holds on every later schema that still has the same objects under those names,
and defining another kind leaves the cache as it is. Documents with errors are only kept for the very schema that
they were checked against.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NamedTypeNode,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from app.errors import LimitExceeded
from app.transport.cost import check_literals
from app.transport.limits import TransportLimits, check_document, check_numbers, toggles
from app.transport.plans import Operation, Plan
from app.transport.suggestions import RULES
from app.transport.wire_errors import WireError, error_of, parse_error, validation_errors
from schema_builder.errors import BadUserInput, KindgraphError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from graphql import ASTValidationRule

__all__ = ["Document", "Documents", "Refused"]

_MOST_ERRORS: Final = 20
_MOST_SUGGESTED_ERRORS: Final = 3
_MOST_PLANS: Final = 8
_RELEASE_EVERY: Final = 64
"""Schemas after which entries that were not used meanwhile let go of theirs."""


class Refused(Exception):
    """A document is not served.

    Attributes:
        errors: Why, in wire form.
        perhaps_stale: A newer schema could accept it.
    """

    def __init__(self, errors: list[WireError], *, perhaps_stale: bool = False) -> None:
        super().__init__(errors)
        self.errors = errors
        self.perhaps_stale = perhaps_stale


class Document:
    """A valid document.

    Attributes:
        text: As the client sent it.
        node: The parsed document.
    """

    def __init__(self, text: str, node: DocumentNode, schema: GraphQLSchema) -> None:
        self.text = text
        self.node = node
        fragments = {
            definition.name.value: FragmentDetails(definition)
            for definition in node.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._operations = {
            definition.name.value if definition.name else None: Operation(definition, fragments)
            for definition in node.definitions
            if isinstance(definition, OperationDefinitionNode)
        }
        self._toggles = sorted(toggles(node))
        self._schema: GraphQLSchema | None = schema
        self._touched_types = {name: schema.get_type(name) for name in _named_types(node)}
        self._touched_fields = [
            (operation.type, name, _root_field(schema, operation.type, name))
            for operation in self._operations.values()
            for name in _root_fields(operation.node.selection_set, fragments, set())
        ]
        self._plans: OrderedDict[Any, Plan] = OrderedDict()

    def valid_for(self, schema: GraphQLSchema) -> bool:
        """Return whether the verdict, and with it every plan, holds on a schema."""
        if schema is self._schema:
            return True
        if any(schema.get_type(name) is not type_ for name, type_ in self._touched_types.items()):
            return False
        if any(_root_field(schema, kind, name) is not field for kind, name, field in self._touched_fields):
            return False
        self._schema = schema
        return True

    def release(self, schema: GraphQLSchema) -> None:
        """Let go of any schema but the given one; the verdict stays, and plans are made again when they are wanted."""
        if self._schema is not schema:
            self._schema = None
            self._plans.clear()

    def operation(self, name: str | None) -> Operation:
        """Return the operation to run.

        Raises:
            BadUserInput: There is no such operation, or there are several and none is named.
        """
        if name is None and len(self._operations) > 1:
            raise BadUserInput("The document has several operations: say which by 'operationName'.")
        operation = next(iter(self._operations.values()), None) if name is None else self._operations.get(name)
        if operation is None:
            raise BadUserInput(f"The document has no operation named '{name}'." if name else "There is no operation.")
        return operation

    def plan(self, schema: GraphQLSchema, operation: Operation, variables: VariableValues) -> Plan:
        """Return the plan of an operation for the given values of ``@skip`` and ``@include``.

        Raises:
            GraphQLError: A directive's argument cannot be coerced.
        """
        coerced = variables.coerced
        key = id(operation), *(coerced.get(name) for name in self._toggles)
        plan = self._plans.get(key)
        if plan is None or not plan.serves(schema):
            plan = self._plans[key] = Plan(schema, operation, self._toggle_values(variables))
            if len(self._plans) > _MOST_PLANS:
                self._plans.popitem(last=False)
        return plan

    def _toggle_values(self, variables: VariableValues) -> VariableValues:
        return VariableValues(
            {name: variables.sources[name] for name in self._toggles if name in variables.sources},
            {name: variables.coerced[name] for name in self._toggles if name in variables.coerced},
        )


class Documents:
    """The cache of documents, least recently used out first.

    Args:
        limits: Sizes of documents and of the cache.
    """

    def __init__(self, limits: TransportLimits) -> None:
        self._limits = limits
        self._entries: OrderedDict[str, Document | _Invalid] = OrderedDict()
        self._bytes = 0
        self._newest: GraphQLSchema | None = None
        self._schemas = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, text: str, schema: GraphQLSchema) -> Document:
        """Return the document of a text, valid for a schema.

        Raises:
            Refused: It is not.
        """
        if schema is not self._newest:
            self._follow(schema)
        entry = self._entries.get(text)
        if entry is not None and entry.valid_for(schema):
            self.hits += 1
            self._entries.move_to_end(text)
        else:
            self.misses += 1
            if len(text) <= self._limits.inline_document_bytes:
                entry = self._check(text, schema)
            else:
                entry = await asyncio.to_thread(self._check, text, schema)
            self._keep(text, entry)
        if isinstance(entry, _Invalid):
            raise Refused(entry.errors, perhaps_stale=True)
        return entry

    def _follow(self, schema: GraphQLSchema) -> None:
        """Note another schema; old ones must not stay because of documents that nobody sends any more."""
        self._newest = schema
        self._schemas += 1
        if self._schemas % _RELEASE_EVERY == 0:
            for entry in self._entries.values():
                entry.release(schema)

    def _check(self, text: str, schema: GraphQLSchema) -> Document | _Invalid:
        node, rules = _parse(text, self._limits)
        errors = validate(schema, node, rules, max_errors=_MOST_ERRORS, hide_suggestions=True)
        if not errors:
            return Document(text, node, schema)
        if len(errors) <= _MOST_SUGGESTED_ERRORS:
            errors = validate(schema, node, rules, max_errors=_MOST_ERRORS)
        return _Invalid(schema, validation_errors(errors))

    def _keep(self, text: str, entry: Document | _Invalid) -> None:
        if self._entries.pop(text, None) is not None:
            self._bytes -= len(text)
        self._entries[text] = entry
        self._bytes += len(text)
        limits = self._limits
        while len(self._entries) > limits.max_cached_documents or self._bytes > limits.max_cached_document_bytes:
            oldest, _ = self._entries.popitem(last=False)
            self._bytes -= len(oldest)


class _Invalid:
    __slots__ = ("_schema", "errors")

    def __init__(self, schema: GraphQLSchema, errors: list[WireError]) -> None:
        self._schema: GraphQLSchema | None = schema
        self.errors = errors

    def valid_for(self, schema: GraphQLSchema) -> bool:
        return schema is self._schema

    def release(self, schema: GraphQLSchema) -> None:
        if self._schema is not schema:
            self._schema = None


def _parse(text: str, limits: TransportLimits) -> tuple[DocumentNode, Collection[type[ASTValidationRule]]]:
    """Parse and measure a document; return it with the rules to validate it by."""
    if len(text) > limits.max_document_bytes or len(text.encode(errors="replace")) > limits.max_document_bytes:
        raise Refused([error_of(LimitExceeded(f"The document is longer than {limits.max_document_bytes} bytes."))])
    try:
        node = parse(text, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_tokens)
    except GraphQLSyntaxError as error:
        if "Parsing aborted" in error.message:
            raise Refused([error_of(LimitExceeded(error.message))]) from error
        raise Refused([parse_error(error)]) from error
    except GraphQLError as error:
        raise Refused([error_of(LimitExceeded(error.message))]) from error
    try:
        measured = check_document(node, limits)
        check_numbers(node, text)
        check_literals(node, text, most=limits.max_values)
    except KindgraphError as error:
        raise Refused([error_of(error)]) from error
    return node, RULES if measured else (NoFragmentCyclesRule,)


def _named_types(node: DocumentNode) -> set[str]:
    names: set[str] = set()

    class Names(Visitor):
        def enter_named_type(self, type_: NamedTypeNode, *_: object) -> None:
            names.add(type_.name.value)

    visit(node, Names())
    return names


def _root_fields(
    selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDetails], visited: set[str]
) -> Iterator[str]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in visited:
                visited.add(name)
                yield from _root_fields(fragments[name].definition.selection_set, fragments, visited)
        else:
            yield from _root_fields(selection.selection_set, fragments, visited)  # type: ignore[attr-defined]


def _root_field(schema: GraphQLSchema, kind: OperationType, name: str) -> Any:
    root_type = schema.get_root_type(kind)
    return root_type.fields.get(name) if root_type else None
