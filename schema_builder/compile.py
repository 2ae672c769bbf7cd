"""A kind, compiled once: from its definition to everything that a snapshot, a resolver or a write asks of it.

What is small is kept: names, structural trees, the plan of the types. What is large is built when first asked for:
graphql-core types and fields, validators. A kind that nobody uses costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql import GraphQLField, GraphQLNamedType

from schema_builder.base import BASE, Operation
from schema_builder.body import BodySchema
from schema_builder.checking import build_giants, problems
from schema_builder.clashes import clashes_with_base
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.fields import mutation, query, subscription
from schema_builder.lazy_schema import LazyMapping
from schema_builder.names import KindNames, assign_field_names, envelope_names, stems
from schema_builder.types.context import KindContext
from schema_builder.types.kind import build_type
from schema_builder.types.naming import plan_types, sections_in_order
from schema_builder.types.output import ENVELOPE

if TYPE_CHECKING:
    from schema_builder.definition import Definition
    from schema_builder.types.naming import TypePlan

__all__ = ["CompiledKind", "Operation", "compile_kind"]

FieldBuilder: TypeAlias = Callable[["CompiledKind"], GraphQLField]


class CompiledKind:
    """One kind, ready to be grafted and asked.

    Attributes:
        definition: What it was compiled from.
        body: What may be in its resources.
        names: What GraphQL calls it.
        listed_names: The names of types that are known beforehand.
        stems: What every other name of a type begins with: nested types are named when somebody asks for one.
        root_field_names: Its fields of each root type.
        fingerprint: Equal for kinds that are served alike.
        context: What its types are built from.
    """

    __slots__ = (
        "__weakref__",
        "_fields",
        "_plans",
        "_types",
        "body",
        "context",
        "definition",
        "fingerprint",
        "listed_names",
        "names",
        "root_field_names",
        "stems",
    )

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.names: KindNames = definition.names
        self.fingerprint = definition.fingerprint
        self.body = BodySchema(definition)
        self._plans: dict[None, TypePlan] = {}
        self.context = self._context()
        found = stems(self.names, self.body.sections)
        self.stems: tuple[str, ...] = found or ()
        self.listed_names = self.type_names if found is None else frozenset(envelope_names(self.names))
        self.root_field_names: Mapping[Operation, tuple[str, ...]] = _root_field_names(self.names)
        self._types: dict[str, GraphQLNamedType] = {}
        self._fields: dict[tuple[Operation, str], GraphQLField] = {}

    def _context(self) -> KindContext:
        sections = {name: self.body.sections[name] for name in sections_in_order(self.body.sections)}
        return KindContext(
            definition=self.definition,
            sections=sections,
            section_fields=assign_field_names(sections, reserved=ENVELOPE),
            required=self.body.required,
            links=self.body.links_of,
            names_itself=self.definition.names_itself,
            planned=self.plan,
            named=self.named,
        )

    def plan(self) -> TypePlan:
        """Return which nested types there are; looked at once, and then kept."""
        found = self._plans.get(None)
        if found is None:
            # Two threads may both look: the first plan is the one.
            found = self._plans.setdefault(None, plan_types(self.names, self.context.sections))
        return found

    @property
    def is_planned(self) -> bool:
        """Tell whether somebody has asked for its nested types."""
        return bool(self._plans)

    @property
    def type_names(self) -> frozenset[str]:
        """Return the name of every generated type."""
        return frozenset((*envelope_names(self.names), *self.plan().types))

    def generates(self, name: str) -> bool:
        """Tell whether a name is that of one of the kind's types."""
        return name in self.listed_names or (name.startswith(self.stems) and name in self.plan().types)

    @property
    def name(self) -> str:
        """Return the kind's GraphQL name, which is its definition's name."""
        return self.names.type_name

    def type(self, name: str) -> Any:
        """Return one of the kind's types, built on first use; always the same object.

        Raises:
            KeyError: The kind has no such type.
        """
        found = self._types.get(name)
        if found is None:
            if not self.generates(name):
                raise KeyError(name)
            # Two threads may both build a type: the first one stored is the one.
            found = self._types.setdefault(name, build_type(self.context, name))
        return found

    def named(self, name: str) -> Any:
        """Return one of the kind's types or of the shared ones."""
        return self.type(name) if self.generates(name) else BASE.types[name]

    def field(self, operation: Operation, name: str) -> GraphQLField:
        """Return one of the kind's root fields, built on first use; always the same object.

        Raises:
            KeyError: The kind has no such field.
        """
        found = self._fields.get((operation, name))
        if found is None:
            build = dict(zip(self.root_field_names[operation], _BUILDERS[operation], strict=True))[name]
            found = self._fields.setdefault((operation, name), build(self))
        return found

    def fields(self, operation: Operation) -> Mapping[str, GraphQLField]:
        """Return the kind's fields of one root type, built when they are read."""
        owners = dict.fromkeys(self.root_field_names[operation], self)
        return LazyMapping({}, owners, lambda kind, name: kind.field(operation, name))

    def unbuilt(self) -> CompiledKind:
        """Return the same kind with nothing built: for work on all its types that should leave nothing behind."""
        twin: CompiledKind = object.__new__(CompiledKind)
        for name in ("body", "definition", "fingerprint", "listed_names", "names", "root_field_names", "stems"):
            setattr(twin, name, getattr(self, name))
        twin._plans, twin._types, twin._fields = dict(self._plans), {}, {}
        twin.context = replace(self.context, named=twin.named, planned=twin.plan)
        return twin


_BUILDERS: Final[Mapping[Operation, tuple[FieldBuilder, ...]]] = {
    Operation.QUERY: (query.build_get, query.build_list),
    Operation.MUTATION: (
        mutation.build_create,
        mutation.build_update,
        mutation.build_replace,
        mutation.build_apply,
        mutation.build_update_status,
        mutation.build_delete,
    ),
    Operation.SUBSCRIPTION: (subscription.build_watch,),
}


def _root_field_names(names: KindNames) -> dict[Operation, tuple[str, ...]]:
    """Return the names of root fields, in the order of their builders."""
    return {
        Operation.QUERY: (names.singular_field, names.plural_field),
        Operation.MUTATION: (
            names.create,
            names.update,
            names.replace,
            names.apply,
            names.update_status,
            names.delete,
        ),
        Operation.SUBSCRIPTION: (names.watch,),
    }


def compile_kind(definition: Definition) -> CompiledKind:
    """Compile a definition, and check what it generates.

    Raises:
        DefinitionRefused: GraphQL cannot serve it, or its names belong to Kindgraph itself.
    """
    kind = CompiledKind(definition)
    taken = clashes_with_base(kind)
    if taken:
        raise DefinitionRefused(f"The names of {kind.name} are taken.", taken)
    built = kind.unbuilt()
    if found := problems(built):
        failures = [Failure("/spec", "graphql", problem) for problem in found]
        raise DefinitionRefused(f"The definition of {kind.name} cannot be served by GraphQL.", failures)
    build_giants(kind)
    return kind
