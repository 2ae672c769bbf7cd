"""What a change of a definition means for GraphQL clients: every type that they can name or select, before and after.

The verdicts are those of graphql-core's ``find_breaking_changes`` and ``find_dangerous_changes``, with places in the
definition, and with three differences: a new optional input is safe, since documents without it mean what they meant;
so is a new way to order; and an input that becomes ``@oneOf`` is breaking.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_required_input_field,
)

from schema_builder.base import Operation
from schema_builder.evolution.findings import Findings
from schema_builder.evolution.wrappers import accepts_what
from schema_builder.names import assign_field_names
from schema_builder.types.entries import is_entries_key
from schema_builder.types.filter import LOGIC

if TYPE_CHECKING:
    from graphql import GraphQLInputField

    from schema_builder.compile import CompiledKind
    from schema_builder.evolution.change import Change
    from schema_builder.types.context import KindContext

__all__ = ["client_changes"]

_UNPLACED: Final = "_extra"
_ENVELOPE: Final = frozenset({"id", "group", "kind", "metadata", "raw"})
"""Fields that every kind has."""

Place = tuple[str, ...]


class _Pair(NamedTuple):
    before: Any
    after: Any
    place: Place
    role: str


def client_changes(before: CompiledKind, after: CompiledKind) -> list[Change]:
    """Return what a change of a kind means for its clients; neither kind gets a type built by it."""
    walk = _Walk(before.unbuilt(), after.unbuilt())
    walk.run()
    return walk.findings.changes(before.definition, after.definition)


class _Walk:
    def __init__(self, before: CompiledKind, after: CompiledKind) -> None:
        self.findings = Findings()
        self._before = before
        self._after = after
        self._pending: deque[_Pair] = deque()
        self._seen: set[tuple[str, str]] = set()

    def run(self) -> None:
        names = self._before.names
        if self._before.definition.description != self._after.definition.description:
            self.findings.described()
        for name, role in (
            (names.type_name, "outputs"),
            (names.create_input, "inputs"),
            (names.replace_input, "inputs"),
            (names.apply_input, "patches"),
            (names.patch, "patches"),
            (names.filter, "filters"),
            (names.order_by, "orders"),
        ):
            self._descend(self._before.type(name), self._after.type(name), (), role)
        for operation in Operation:
            self._root_fields(operation)
        while self._pending:
            self._compare(self._pending.popleft())

    def _root_fields(self, operation: Operation) -> None:
        pairs = zip(self._before.root_field_names[operation], self._after.root_field_names[operation], strict=True)
        for old, new in pairs:
            before, after = self._before.field(operation, old), self._after.field(operation, new)
            if old != new:
                self.findings.root_field_renamed(operation.value, old, new)
            for name, argument in before.args.items():
                if name == "status":
                    present = after.args[name]
                    self._compare_types(("status",), argument, present, "patches")

    def _descend(self, before: Any, after: Any, place: Place, role: str) -> None:
        old, new = get_named_type(before), get_named_type(after)
        owned = self._before.generates(old.name) and self._after.generates(new.name)
        if owned and type(old) is type(new) and (old.name, new.name) not in self._seen:
            self._seen.add((old.name, new.name))
            self._pending.append(_Pair(old, new, place, role))

    def _compare(self, pair: _Pair) -> None:
        before, after = pair.before, pair.after
        if isinstance(before, GraphQLEnumType):
            self._compare_enums(pair)
        elif isinstance(before, GraphQLUnionType):
            self._compare_unions(pair)
        elif isinstance(before, GraphQLObjectType):
            self._compare_fields(pair, _outputs(self._before, before), _outputs(self._after, after))
        elif isinstance(before, GraphQLInputObjectType):
            if after.is_one_of and not before.is_one_of:
                self.findings.one_of(pair.place)
            self._compare_fields(pair, _inputs(self._before, before, pair.role), _inputs(self._after, after, pair.role))

    def _compare_fields(self, pair: _Pair, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        for original, (name, field) in before.items():
            place = (*pair.place, original) if original != _UNPLACED else pair.place
            if original not in after:
                self.findings.removed(place, pair.role, name)
                continue
            present_name, present = after[original]
            if present_name != name:
                self.findings.renamed(place, pair.role, name, present_name)
            self._compare_types(place, field, present, pair.role)
            if pair.role in {"outputs", "inputs"}:
                self.findings.deprecation(place, field.deprecation_reason, present.deprecation_reason)
        for original, (name, field) in after.items():
            if original not in before:
                place = (*pair.place, original) if original != _UNPLACED else pair.place
                required = pair.role in {"inputs", "patches"} and is_required_input_field(field)
                self.findings.added(place, pair.role, name, required=required)

    def _compare_types(self, place: Place, before: Any, after: Any, role: str) -> None:
        old, new = str(before.type), str(after.type)
        if old != new:
            safe = role != "outputs" and accepts_what(after.type, before.type)
            self.findings.retyped(place, role, old, new, safe=safe)
        self._descend(before.type, after.type, place, role)

    def _compare_enums(self, pair: _Pair) -> None:
        for name in pair.before.values:
            if name not in pair.after.values:
                self.findings.value_removed(pair.place, name, role=pair.role)
        for name, value in pair.after.values.items():
            old = pair.before.values.get(name)
            if old is None:
                self.findings.value_added(pair.place, name, role=pair.role)
            elif pair.role != "orders":
                self.findings.deprecation((*pair.place, name), old.deprecation_reason, value.deprecation_reason)

    def _compare_unions(self, pair: _Pair) -> None:
        before = {one.name: one for one in pair.before.types}
        after = {one.name: one for one in pair.after.types}
        for name in before.keys() - after.keys():
            self.findings.member_removed(pair.place, name)
        for name in after.keys() - before.keys():
            self.findings.member_added(pair.place, name)
        for name in sorted(before.keys() & after.keys()):
            self._descend(before[name], after[name], pair.place, pair.role)


def _inputs(kind: CompiledKind, type_: GraphQLInputObjectType, role: str) -> dict[str, tuple[str, Any]]:
    """Return ``{original name: (name, field)}`` of an input type."""
    shared = set(LOGIC) if role == "filters" else set()
    if type_.name not in kind.context.plan.types:
        shared |= _ENVELOPE
    return {_original(name, field): (name, field) for name, field in type_.fields.items() if name not in shared}


def _original(name: str, field: GraphQLInputField) -> str:
    key = field.out_name or name
    return name if name == _UNPLACED or is_entries_key(key) else key


def _outputs(kind: CompiledKind, type_: GraphQLObjectType) -> dict[str, tuple[str, Any]]:
    """Return ``{original name: (name, field)}`` of an output type."""
    shared = _ENVELOPE if type_.name == kind.name else frozenset()
    originals = _original_names(kind.context, type_.name)
    return {originals.get(name, name): (name, field) for name, field in type_.fields.items() if name not in shared}


def _original_names(context: KindContext, type_name: str) -> dict[str, str]:
    planned = context.plan.types.get(type_name)
    if planned is None:
        return {name: original for original, name in context.section_fields.items()}
    node = planned.shape.node
    named = assign_field_names(node.properties, reserved=(_UNPLACED,) if node.open else ())
    return {name: original for original, name in named.items()}
