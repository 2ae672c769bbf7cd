"""graphql-core's own validation of what a kind generates.

Names, references and defaults are right by construction; this is the guard that a defect of ours refuses one definition
instead of breaking the schema for everybody. What is built from one node is alike in every kind but for the prefix of
its name, so a node that many kinds share is checked once.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from graphql.type.validate import SchemaValidationContext

from schema_builder.lazy_schema import KindSchema
from schema_builder.types.naming import envelope_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from schema_builder.compile import CompiledKind
    from schema_builder.structural import Node
    from schema_builder.types.naming import NamedShape

__all__ = ["build_giants", "problems"]

_CHECKED_TYPES: Final = 6
_GIANT_PROPERTIES: Final = 1_000
_NAME: Final = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*", re.ASCII)

_CHECKED: Final[WeakValueDictionary[tuple[int, int], Node]] = WeakValueDictionary()
"""Nodes whose types were found right, by identity and roles, for as long as they live."""
_FORMS: Final[set[Hashable]] = set()
"""Forms of kinds whose envelope was found right."""
_MOST_FORMS: Final = 1_000


def problems(kind: CompiledKind) -> list[str]:
    """Build types of one kind that nobody has, shallowest first, and return what graphql-core finds wrong with them."""
    generated = (*kind.type_names, *(name for names in kind.root_field_names.values() for name in names))
    wrong = [f"{name!r} is no name." for name in sorted(generated) if not _NAME.fullmatch(name)]
    if wrong:
        return wrong
    roots = {operation: dict.fromkeys(names, kind) for operation, names in kind.root_field_names.items()}
    schema = KindSchema({kind.name: kind}, types=dict.fromkeys(kind.type_names, kind), root_fields=roots)
    nested = dict(islice(_unchecked(kind), _CHECKED_TYPES))
    form = _form(kind)
    envelope = () if form in _FORMS else envelope_names(kind.names)
    schema.type_map = {name: kind.type(name) for name in (*envelope, *nested)}
    if envelope:
        built = (schema.query_type, schema.mutation_type, schema.subscription_type)
        schema.type_map.update({root.name: root for root in built if root is not None})
    context = SchemaValidationContext(schema)
    context.validate_types()
    if not context.errors:
        _CHECKED.update({_key(shape): shape.node for shape in nested.values()})
        if len(_FORMS) < _MOST_FORMS:
            _FORMS.add(form)
    return [error.message for error in context.errors]


def _form(kind: CompiledKind) -> Hashable:
    """Return all that makes the envelope of one kind other than that of another, beside names with their prefix."""
    context, definition = kind.context, kind.definition
    leaves = tuple(context.plan.find(structure.root) is None for structure in context.sections.values())
    fields = tuple(context.section_fields.items())
    return fields, leaves, context.required, context.names_itself, definition.scope, definition.indexes


def build_giants(kind: CompiledKind) -> None:
    """Build the types that would hold up the request that first asks for them."""
    for name, planned in kind.context.plan.types.items():
        if _is_giant(planned.shape):
            getattr(kind.type(name), "fields", None)


def _unchecked(kind: CompiledKind) -> Iterator[tuple[str, NamedShape]]:
    for name, planned in kind.context.plan.types.items():
        if _key(planned.shape) not in _CHECKED and not _is_giant(planned.shape):
            yield name, planned.shape


def _key(shape: NamedShape) -> tuple[int, int]:
    return id(shape.node), shape.roles.value


def _is_giant(shape: NamedShape) -> bool:
    return len(shape.node.properties) > _GIANT_PROPERTIES
