"""The types that a running subscription relies on, to be compared when its kind changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

if TYPE_CHECKING:
    from graphql.execution.values import VariableValues

__all__ = ["Signature", "signature"]

Signature: TypeAlias = frozenset[tuple[str, str, str]]
"""Triples ``(parent, field or argument, type)``."""


def signature(schema: GraphQLSchema, document: DocumentNode, variables: VariableValues) -> Signature:
    """Return every field, argument and input field that a valid document and its variables use, with its type."""
    used: set[tuple[str, str, str]] = set()
    types = TypeInfo(schema)

    class Used(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            used.add((str(types.get_parent_type()), node.name.value, str(types.get_type())))

        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            used.add((f"{types.get_parent_type()} {types.get_type()}", node.name.value, str(types.get_input_type())))

        def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
            used.add((str(types.get_parent_input_type()), node.name.value, str(types.get_input_type())))

    visit(document, TypeInfoVisitor(types, Used()))
    for name, source in variables.sources.items():
        used.add(("$", name, str(source.signature.type)))
        _add_inputs(used, source.signature.type, source.value)
    return frozenset(used)


def _add_inputs(used: set[tuple[str, str, str]], type_: Any, value: Any) -> None:
    while isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        for item in value if isinstance(value, list) else [value]:
            _add_inputs(used, type_.of_type, item)
    elif isinstance(type_, GraphQLInputObjectType) and isinstance(value, Mapping):
        for name, item in value.items():
            field = type_.fields.get(name)
            if field is not None:
                used.add((type_.name, name, str(field.type)))
                _add_inputs(used, field.type, item)
