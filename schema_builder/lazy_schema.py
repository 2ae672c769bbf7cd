"""A GraphQL schema whose types and root fields are built when they are asked for.

graphql-core is given mappings that know every name and build what is read. They iterate sorted by name, so nothing
about a schema tells in which order its kinds came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from graphql import (
    GraphQLAbstractType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql.type.schema import InterfaceImplementations

from schema_builder.base import BASE, Operation

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind
    from schema_builder.owners import TypeOwners

__all__ = ["KindSchema", "LazyMapping"]

V = TypeVar("V")


class LazyMapping(Mapping[str, V], Generic[V]):
    """Values by name: those at hand, and those that an owner builds when they are read.

    Args:
        present: Values at hand.
        owners: Who builds the others, by name; shared, and never changed.
        build: Returns the value of a name from its owner, the same object each time.
    """

    __slots__ = ("_build", "_names", "_owners", "_present")

    def __init__(self, present: Mapping[str, V], owners: Mapping[str, Any], build: Callable[[Any, str], V]) -> None:
        self._present = present
        self._owners = owners
        self._build = build
        self._names: tuple[str, ...] | None = None

    def __getitem__(self, name: str) -> V:
        owner = self._owners.get(name)
        return self._present[name] if owner is None else self._build(owner, name)

    def __contains__(self, name: object) -> bool:
        return name in self._owners or name in self._present

    def __iter__(self) -> Iterator[str]:
        if self._names is None:
            self._names = tuple(sorted((*self._present, *self._owners)))
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._present) + len(self._owners)

    def copy(self) -> dict[str, V]:
        """Return everything, built."""
        return dict(self.items())


class _Implementations(Sequence[GraphQLObjectType]):
    """The types of all kinds, each built when it is reached."""

    __slots__ = ("_kinds", "_names")

    def __init__(self, kinds: Mapping[str, CompiledKind]) -> None:
        self._kinds = kinds
        self._names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self._kinds)

    @overload
    def __getitem__(self, index: int) -> GraphQLObjectType: ...

    @overload
    def __getitem__(self, index: slice) -> list[GraphQLObjectType]: ...

    def __getitem__(self, index: int | slice) -> GraphQLObjectType | list[GraphQLObjectType]:
        if self._names is None:
            self._names = tuple(sorted(self._kinds))
        if isinstance(index, slice):
            return [self._type(name) for name in self._names[index]]
        return self._type(self._names[index])

    def _type(self, name: str) -> GraphQLObjectType:
        return cast("GraphQLObjectType", self._kinds[name].type(name))


class KindSchema(GraphQLSchema):
    """The shared base and any number of kinds, as graphql-core knows a schema. Immutable; taken as valid.

    Args:
        kinds: By GraphQL name.
        types: The kind that each generated type name belongs to.
        root_fields: The kind that each generated root field belongs to.
    """

    def __init__(  # graphql-core's constructor walks all types: this one must not
        self,
        kinds: Mapping[str, CompiledKind],
        *,
        types: TypeOwners,
        root_fields: Mapping[Operation, Mapping[str, CompiledKind]],
    ) -> None:
        self.kinds = kinds
        self._owners = types
        self.assume_valid = True
        self._validation_errors = []
        self.description = None
        self.extensions = {}
        self.ast_node = None
        self.extension_ast_nodes = ()
        self.directives = BASE.directives
        self._sub_type_map = {}
        self._implementations_map = {}
        roots = {operation: _root(operation, owners) for operation, owners in root_fields.items()}
        self.query_type = roots[Operation.QUERY]
        self.mutation_type = roots[Operation.MUTATION]
        self.subscription_type = roots[Operation.SUBSCRIPTION]
        present = {**BASE.types, **{root.name: root for root in roots.values() if root is not None}}
        self.type_map = cast(
            "dict[str, GraphQLNamedType]", LazyMapping(present, types, lambda kind, name: kind.type(name))
        )

    def __copy__(self) -> GraphQLSchema:
        """Return a schema of graphql-core's own, with everything built."""
        return GraphQLSchema(**self.to_kwargs())

    def __deepcopy__(self, memo: dict[int, Any]) -> GraphQLSchema:
        return GraphQLSchema.__deepcopy__(self.__copy__(), memo)

    def type_names_like(self, name: str) -> list[str]:
        """Return names of types that somebody may have meant by a name: shared ones, and those of some kinds."""
        return [*BASE.types, *self._owners.like(name)]

    def get_implementations(
        self,
        interface_type: GraphQLInterfaceType,  # noqa: ARG002 - graphql-core's signature
    ) -> InterfaceImplementations:
        """Return all kinds: each of them implements both interfaces there are."""
        objects = cast("list[GraphQLObjectType]", _Implementations(self.kinds))
        return InterfaceImplementations(objects=objects, interfaces=[])

    def is_sub_type(self, abstract_type: GraphQLAbstractType, maybe_sub_type: GraphQLNamedType) -> bool:
        """Tell whether a type is a kind's, or a member of a union: no need to build any other."""
        if isinstance(abstract_type, GraphQLUnionType):
            return maybe_sub_type in abstract_type.types
        return isinstance(abstract_type, GraphQLInterfaceType) and maybe_sub_type.name in self.kinds


def _root(operation: Operation, owners: Mapping[str, CompiledKind]) -> GraphQLObjectType | None:
    shared = BASE.root_fields[operation]
    if not shared and not owners:
        return None
    root = GraphQLObjectType(operation.value, {}, description=BASE.root_descriptions[operation])
    # ``fields`` is a cached property: what is in the instance is what everybody reads.
    root.__dict__["fields"] = LazyMapping(shared, owners, lambda kind, name: kind.field(operation, name))
    return root
