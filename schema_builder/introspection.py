"""Introspection in pieces, by compiled selections.

graphql-core needs seconds to introspect a thousand kinds, in one go. Here the same selections are compiled like
those of any plain data, and run as a generator that can be left and taken up between any two types or fields, so
that whoever drives it decides how long it may hold the processor. The result equals graphql-core's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    TypeMetaFieldDef,
    get_nullable_type,
    introspection_types,
)
from graphql.execution.values import VariableValues, get_argument_values

from schema_builder.compile import Operation
from schema_builder.errors import ErrorCode, KindgraphError
from schema_builder.lazy_schema import KindSchema
from schema_builder.owners import TypeOwners
from schema_builder.selection import Collect, Complete, NotPlain, Reading, SelectionCompiler

if TYPE_CHECKING:
    from graphql.execution.collect_fields import FieldDetailsList

__all__ = ["INTROSPECTION_FIELDS", "Introspection", "Pieces"]

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})
"""The root fields that this module answers."""

Pieces: TypeAlias = Generator[None, None, Any]
"""Yields whenever it may be left for a while, and returns the completed value."""

_SCHEMA = cast("GraphQLObjectType", introspection_types["__Schema"])
_TYPE = cast("GraphQLObjectType", introspection_types["__Type"])
_IN_PIECES = frozenset({_SCHEMA, _TYPE})


class _Step(NamedTuple):
    response_name: str
    read: Callable[[Any], Any]
    type: Any
    details: FieldDetailsList
    complete: Complete
    of_schema_types: bool


def _unbuilt(schema: KindSchema) -> Generator[None, None, KindSchema]:
    """Return an equal schema of which nothing is built yet: what introspection builds should not stay."""
    kinds = {}
    for name, kind in schema.kinds.items():
        kinds[name] = kind.unbuilt()
        kinds[name].plan()
        yield
    return KindSchema(
        kinds,
        types=TypeOwners(kinds),
        root_fields={
            operation: {name: kind for kind in kinds.values() for name in kind.root_field_names[operation]}
            for operation in Operation
        },
    )


class Introspection:
    """The introspection of one operation on one schema.

    Args:
        schema: What is introspected.
        collect: Collects sub-fields.
        variables: The operation's coerced variables.
        encode: Turns each completed item of ``__schema.types`` into what is kept of it, such as its JSON text.
        max_items: How many list items the result may hold at most.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        collect: Collect,
        variables: VariableValues,
        encode: Callable[[Any], Any] = lambda item: item,
        max_items: int = 2_000_000,
    ) -> None:
        self._schema = schema
        self._collect = collect
        self._variables = variables
        self._encode = encode
        self._items_left = max_items
        self._info = SimpleNamespace(schema=schema)
        self._compiler = SelectionCompiler(schema, collect=collect, reading_of=self._reading_of)
        self._steps: dict[tuple[GraphQLObjectType, int], tuple[dict[str, Any], list[_Step]]] = {}

    def field(self, details: FieldDetailsList) -> Pieces:
        """Complete a root field ``__schema`` or ``__type``.

        Raises:
            KindgraphError: LIMIT_EXCEEDED: the result would be larger than any use of it.
        """
        node = details[0].node
        if node.name.value == "__schema":
            whole = self._schema
            self._info.schema = (yield from _unbuilt(whole)) if isinstance(whole, KindSchema) else whole
            return (yield from self._object(_SCHEMA, details, self._info.schema))
        argument = get_argument_values(TypeMetaFieldDef, node, self._variables)
        type_ = self._schema.get_type(argument["name"])
        return None if type_ is None else (yield from self._object(_TYPE, details, type_))

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList, source: Any) -> Pieces:
        constants, steps = self._steps_of(type_, details)
        result = dict(constants)
        for step in steps:
            value = step.read(source)
            if value is not None:
                value = yield from self._value(step, value)
            result[step.response_name] = value
        return result

    def _value(self, step: _Step, value: Any) -> Pieces:
        if step.type in _IN_PIECES:
            return (yield from self._object(step.type, step.details, value))
        if not isinstance(step.type, GraphQLList):
            return step.complete(value)
        items = []
        for item in value:
            self._count(1)
            if step.of_schema_types:
                items.append(self._encode((yield from self._object(_TYPE, step.details, item))))
            else:
                items.append(step.complete(item))
            yield
        return items

    def _steps_of(self, type_: GraphQLObjectType, details: FieldDetailsList) -> tuple[dict[str, Any], list[_Step]]:
        key = (type_, id(details))
        known = self._steps.get(key)
        if known is not None:
            return known
        constants: dict[str, Any] = {}
        steps = []
        for response_name, sub_details in self._collect(type_, details).items():
            name = sub_details[0].node.name.value
            constants[response_name] = type_.name if name == "__typename" else None
            field = type_.fields.get(name)
            if field is not None:
                steps.append(self._step(response_name, field, sub_details))
        self._steps[key] = constants, steps
        return constants, steps

    def _step(self, response_name: str, field: GraphQLField, details: FieldDetailsList) -> _Step:
        type_: Any = get_nullable_type(field.type)
        listed = isinstance(type_, GraphQLList)
        return _Step(
            response_name=response_name,
            read=self._field_reader(field, details)
            if field is _TYPE.fields["fields"]
            else self._reader(field, details),
            type=type_,
            details=details,
            complete=self._compiler.compile(type_.of_type if listed else type_, details),
            of_schema_types=details[0].node.name.value == "types",
        )

    def _field_reader(self, field: GraphQLField, details: FieldDetailsList) -> Callable[[Any], Any]:
        """Read ``__Type.fields`` one at a time: a root type has thousands, and builds each when it is reached."""
        arguments = get_argument_values(field, details[0].node, self._variables)

        def read(type_: Any) -> Iterator[tuple[str, GraphQLField]] | None:
            if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
                return None
            items = type_.fields.items()
            deprecated = arguments["includeDeprecated"]
            return (item for item in items if deprecated or item[1].deprecation_reason is None)

        return read

    def _reader(self, field: GraphQLField, details: FieldDetailsList) -> Callable[[Any], Any]:
        resolve = field.resolve
        if resolve is None:
            raise NotPlain
        arguments = get_argument_values(field, details[0].node, self._variables)
        info = self._info
        return lambda source: resolve(source, info, **arguments)

    def _reading_of(self, field: GraphQLField, details: FieldDetailsList) -> Reading:
        read = self._reader(field, details)
        if not isinstance(get_nullable_type(field.type), GraphQLList):
            return Reading(read)

        def read_list(source: Any) -> Any:
            items = read(source)
            if items is None:
                return None
            counted = list(items)
            self._count(len(counted))
            return counted

        return Reading(read_list)

    def _count(self, items: int) -> None:
        self._items_left -= items
        if self._items_left < 0:
            raise KindgraphError("The introspection's result would be too large.", code=ErrorCode.LIMIT_EXCEEDED)
