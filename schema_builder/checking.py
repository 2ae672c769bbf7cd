"""graphql-core's own validation of what a kind generates.

Names, references and defaults are right by construction; this is the guard that a defect of ours refuses one definition
instead of breaking the schema for everybody. Objects of the same forms (``schema_builder.forms``) are built alike in
every kind, but for names and words: a form is checked once, where it is first met.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

from graphql.type.validate import SchemaValidationContext

from schema_builder.forms import form_of_place, forms_of, objects_of, type_names_of
from schema_builder.lazy_schema import KindSchema
from schema_builder.names import envelope_names
from schema_builder.owners import TypeOwners

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from schema_builder.compile import CompiledKind
    from schema_builder.structural import Node

__all__ = ["build_giants", "problems"]

_CHECKED_OBJECTS: Final = 6
_GIANT_PROPERTIES: Final = 1_000
_MANY_OBJECTS: Final = 300
_NAME: Final = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*", re.ASCII)

_CHECKED: Final[WeakValueDictionary[tuple[bool, int], Node]] = WeakValueDictionary()
"""Nodes that are right, by their identity and whether they were found in status, for as long as they live."""
_FORMS: Final[set[Hashable]] = set()
"""Forms of objects and of the envelopes of kinds that were found right."""
_MOST_FORMS: Final = 10_000


def problems(kind: CompiledKind) -> list[str]:
    """Build types of one kind of forms that were not seen yet, and return what graphql-core finds wrong with them."""
    roots = (name for names in kind.root_field_names.values() for name in names)
    generated = (*kind.listed_names, *kind.stems, *roots)
    wrong = [f"{name!r} is no name." for name in sorted(generated) if not _NAME.fullmatch(name)]
    if wrong:
        return wrong
    found = _look(kind)
    envelope = () if found.form in _FORMS else envelope_names(kind.names)
    errors = _errors(kind, (*envelope, *found.types), envelope=bool(envelope)) if envelope or found.types else []
    if not errors:
        _CHECKED.update({_key(status, node): node for status, node in found.nodes})
        if len(_FORMS) < _MOST_FORMS:
            _FORMS.update(found.forms, (found.form,))
    return errors


class _Found(NamedTuple):
    """What is to be checked of a kind.

    Attributes:
        types: Names of nested types of new forms.
        forms: Those forms.
        nodes: The nodes that are right where the types are; with whether they were found in status.
        form: That of the kind's envelope.
    """

    types: dict[str, None]
    forms: set[Hashable]
    nodes: list[tuple[bool, Node]]
    form: Hashable


def _look(kind: CompiledKind) -> _Found:
    found = _Found({}, set(), [], _form(kind))
    objects = 0
    for section, structure in kind.context.sections.items():
        status = section == "status"
        for node in objects_of(structure, is_known=partial(_is_checked, status)):
            if len(node.properties) > _GIANT_PROPERTIES:
                continue
            forms = {(status, form) for form in forms_of(structure, node)}
            if not forms <= _FORMS | found.forms:
                objects += 1
                if objects > _CHECKED_OBJECTS:
                    continue
                found.types.update(dict.fromkeys(type_names_of(kind.context.plan, structure, node)))
                found.forms.update(forms)
            found.nodes.append((status, node))
    return found


def _errors(kind: CompiledKind, names: Iterable[str], *, envelope: bool) -> list[str]:
    roots = {operation: dict.fromkeys(fields, kind) for operation, fields in kind.root_field_names.items()}
    schema = KindSchema({kind.name: kind}, types=TypeOwners({kind.name: kind}), root_fields=roots)
    schema.type_map = {name: kind.type(name) for name in names}
    if envelope:
        built = (schema.query_type, schema.mutation_type, schema.subscription_type)
        schema.type_map.update({root.name: root for root in built if root is not None})
    context = SchemaValidationContext(schema)
    context.validate_types()
    return [error.message for error in context.errors]


def _form(kind: CompiledKind) -> Hashable:
    """Return all that makes the envelope of one kind other than that of another, beside names with their prefix."""
    context, definition = kind.context, kind.definition
    leaves = tuple(form_of_place(structure, structure.root) for structure in context.sections.values())
    fields = tuple(context.section_fields.items())
    return fields, leaves, context.required, context.names_itself, definition.scope, definition.indexes


def build_giants(kind: CompiledKind) -> None:
    """Plan and build the types that would hold up the request that first asks for them."""
    if kind.definition.size <= _GIANT_PROPERTIES:
        return
    nodes = 0
    for structure in kind.context.sections.values():
        for node in objects_of(structure, is_known=lambda _: False):
            nodes += 1
            if nodes > _MANY_OBJECTS:
                kind.plan()
            if len(node.properties) > _GIANT_PROPERTIES:
                for name in type_names_of(kind.plan(), structure, node):
                    getattr(kind.type(name), "fields", None)


def _is_checked(status: bool, node: Node) -> bool:
    return _key(status, node) in _CHECKED


def _key(status: bool, node: Node) -> tuple[bool, int]:
    return status, id(node)
