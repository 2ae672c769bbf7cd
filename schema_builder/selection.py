"""Compiled selections: what a document selects from plain data, as one closure.

graphql-core resolves, locates and completes each field of each object anew. Below a resource, a page or an event
there is nothing to resolve: the data is there. So the selection is walked once, and what remains for each object is
a loop over ``(response name, key, complete)``.

What links name is not there: the closure leaves holes (``Hole``), and whoever runs it has them read together and fills
them; what fills a hole may leave further ones.

The result equals graphql-core's, with one difference that is wanted: a stored value that its nullable type cannot
say is null without an error. Where a null meets a non-null type, ``NullInNonNull`` is raised and the caller lets
graphql-core run the selection, so that errors and their paths are always its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from schema_builder.backend import Resource
from schema_builder.leaf_completion import Complete, after, compile_leaf
from schema_builder.link_resolver import LinkResolver
from schema_builder.plain import PlainResolver

__all__ = [
    "Collect",
    "Complete",
    "Hole",
    "NotPlain",
    "NullInNonNull",
    "Reading",
    "SelectionCompiler",
    "collecting_holes",
    "plain_reading",
]

Collect: TypeAlias = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""Collects the sub-fields of an object type (graphql-core's CollectSubfields, with ``@skip`` and ``@include``)."""


class NotPlain(Exception):
    """The selection reaches a field with a resolver of its own: graphql-core has to run it."""


class NullInNonNull(Exception):
    """A null met a non-null type: graphql-core has to run the selection, and to say what is wrong."""


class Hole(NamedTuple):
    """A place of a completed value, null so far, where something that a link names belongs.

    Attributes:
        target: What is named, a ``LinkTarget``.
        container: The object or list that has the place.
        slot: The place: a response name, or an index.
        complete: Completes the named resource.
        weight: How many fields are selected of it.
    """

    target: Any
    container: Any
    slot: Any
    complete: Complete
    weight: int

    def fill(self, resource: Resource) -> None:
        """Put what the link names into the place; may leave further holes."""
        self.container[self.slot] = self.complete(resource)


_HOLES: ContextVar[list[Hole]] = ContextVar("holes")


@contextmanager
def collecting_holes() -> Iterator[list[Hole]]:
    """Collect the holes that compiled selections leave inside the block."""
    holes: list[Hole] = []
    token = _HOLES.set(holes)
    try:
        yield holes
    finally:
        _HOLES.reset(token)


class Reading(NamedTuple):
    """How the value of a field is read: by calling ``read`` with the source, or by ``key`` and then ``convert``."""

    read: Callable[[Any], Any]
    key: Hashable | None = None
    convert: Callable[[Any], Any] | None = None


ReadingOf: TypeAlias = Callable[[GraphQLField, FieldDetailsList], Reading]
"""Tells how a field is read; raises ``NotPlain``."""


def plain_reading(field: GraphQLField, _details: FieldDetailsList) -> Reading:
    """Return how a field with a ``PlainResolver`` is read."""
    resolver = field.resolve
    if not isinstance(resolver, PlainResolver) or field.args:
        raise NotPlain
    return Reading(resolver.read, resolver.key, resolver.convert)


class _Step(NamedTuple):
    """One field of an object: values of class ``fast`` stand for themselves, others go through ``complete``."""

    response_name: str
    read: Any
    fast: type | None
    complete: Complete


class _Link(NamedTuple):
    """One field of an object that answers what a link names."""

    response_name: str
    read: Callable[[Any], Any]
    complete: Complete
    weight: int


class _Object(NamedTuple):
    steps: tuple[_Step, ...]
    constants: Mapping[str, Any]
    required: tuple[str, ...]
    links: tuple[_Link, ...]
    by_key: bool


class SelectionCompiler:
    """Compiles the selections of one operation, for one set of ``@skip``/``@include`` values.

    Args:
        schema: The schema that the document was validated against.
        collect: Collects sub-fields.
        reading_of: Tells how a field is read.
        weigh: Returns how many fields are selected below some merged fields.

    Attributes:
        reaches_abstract: Something compiled looks up types by the names of values: it belongs to this schema alone.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        collect: Collect,
        reading_of: ReadingOf = plain_reading,
        weigh: Callable[[FieldDetailsList], int] = lambda _: 0,
    ) -> None:
        self._schema = schema
        self._collect = collect
        self._reading_of = reading_of
        self._weigh = weigh
        self.reaches_abstract = False

    def compile(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Complete:
        """Return the closure that completes a value of a type, by the selections of some merged fields.

        Raises:
            NotPlain: A selected field is not plain data.
        """
        return self._compile(type_, details)[1]

    def _compile(self, type_: GraphQLOutputType, details: FieldDetailsList) -> tuple[type | None, Complete]:
        match type_:
            case GraphQLNonNull():
                fast, complete = self._compile(type_.of_type, details)
                return fast, _required(complete)
            case GraphQLList():
                return None, self._compile_list(type_, details)
            case GraphQLScalarType() | GraphQLEnumType():
                return compile_leaf(type_)
            case GraphQLObjectType():
                return None, self._compile_object(type_, details)
            case GraphQLUnionType():
                return None, self._compile_union(type_, details)
            case _:
                return None, self._compile_abstract(type_, details)

    def _compile_list(self, type_: GraphQLList[Any], details: FieldDetailsList) -> Complete:
        item_type = type_.of_type
        nullable = not isinstance(item_type, GraphQLNonNull)
        fast, complete = self._compile(item_type, details)

        def complete_list(value: Any) -> Any:
            if value.__class__ is not list and (isinstance(value, str) or not isinstance(value, Sequence)):
                return None
            if nullable:
                return [item if item is None or item.__class__ is fast else complete(item) for item in value]
            return [item if item.__class__ is fast else complete(item) for item in value]

        return complete_list

    def _compile_union(self, type_: GraphQLUnionType, details: FieldDetailsList) -> Complete:
        """Compile the selection on each member: a union knows its own, whatever schema it is in."""
        resolve_type = type_.resolve_type
        if resolve_type is None:
            raise NotPlain
        compiled = {member.name: self._compile_object(member, details) for member in type_.types}

        def complete_union(value: Any) -> Any:
            name = resolve_type(value, cast("Any", None), type_)
            complete = compiled.get(name) if isinstance(name, str) else None
            return None if complete is None else complete(value)

        return complete_union

    def _compile_abstract(self, type_: GraphQLAbstractType, details: FieldDetailsList) -> Complete:
        self.reaches_abstract = True
        compiled: dict[GraphQLObjectType, Complete] = {}

        def complete_abstract(value: Any) -> Any:
            runtime_type = self._runtime_type(type_, value)
            if runtime_type is None:
                return None
            complete = compiled.get(runtime_type)
            if complete is None:
                complete = compiled[runtime_type] = self._compile_object(runtime_type, details)
            return complete(value)

        return complete_abstract

    def _runtime_type(self, type_: GraphQLAbstractType, value: Any) -> GraphQLObjectType | None:
        if isinstance(value, Resource):
            name: Any = value.kind
        elif type_.resolve_type is not None:
            name = type_.resolve_type(value, cast("Any", None), type_)
        else:
            raise NotPlain
        runtime_type = self._schema.get_type(name) if isinstance(name, str) else None
        return runtime_type if isinstance(runtime_type, GraphQLObjectType) else None

    def _compile_object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Complete:
        fields: list[tuple[str, Reading, type | None, Complete]] = []
        constants: dict[str, Any] = {}
        required: list[str] = []
        links: list[_Link] = []
        for response_name, sub_details in self._collect(type_, details).items():
            name = sub_details[0].node.name.value
            constants[response_name] = type_.name if name == "__typename" else None
            field = type_.fields.get(name)
            if field is None:
                continue
            if isinstance(field.resolve, LinkResolver):
                links.append(_Link(response_name, field.resolve.read, *self._compile_link(field.type, sub_details)))
                continue
            if isinstance(field.type, GraphQLNonNull):
                required.append(response_name)
            fields.append(
                (response_name, self._reading_of(field, sub_details), *self._compile(field.type, sub_details))
            )
        by_key = bool(fields) and all(reading.key is not None for _, reading, _, _ in fields)
        return _object_closure(
            _Object(
                tuple(_step(*field, by_key=by_key) for field in fields),
                constants if links or any(value is not None for value in constants.values()) else {},
                tuple(required),
                tuple(links),
                by_key,
            )
        )

    def _compile_link(self, type_: GraphQLOutputType, details: FieldDetailsList) -> tuple[Complete, int]:
        """Return (closure that completes one named resource, how many fields are selected of it)."""
        while isinstance(type_, GraphQLList):
            type_ = type_.of_type
        return self.compile(type_, details), self._weigh(details)


def _step(response_name: str, reading: Reading, fast: type | None, complete: Complete, *, by_key: bool) -> _Step:
    if not by_key:
        return _Step(response_name, reading.read, fast, complete)
    return _Step(response_name, reading.key, fast, after(reading.convert, complete))


def _object_closure(parts: _Object) -> Complete:
    steps, constants, required, links, by_key = parts

    def complete_mapping(source: Any) -> Any:
        if source.__class__ is not dict and not isinstance(source, Mapping):
            return None
        get = source.get
        result = {**constants}
        for response_name, key, fast, complete in steps:
            value = get(key)
            result[response_name] = value if value is None or value.__class__ is fast else complete(value)
        return result

    def complete_object(source: Any) -> Any:
        result = {**constants}
        for response_name, read, fast, complete in steps:
            value = read(source)
            result[response_name] = value if value is None or value.__class__ is fast else complete(value)
        return result

    plain: Complete = complete_mapping if by_key else complete_object
    if links:
        plain = _with_holes(plain, links)
    if not required:
        return plain

    def complete_whole(source: Any) -> Any:
        result = plain(source)
        if result is not None:
            for response_name in required:
                if result[response_name] is None:
                    raise NullInNonNull
        return result

    return complete_whole


def _with_holes(plain: Complete, links: tuple[_Link, ...]) -> Complete:
    def complete_linked(source: Any) -> Any:
        result = plain(source)
        if result is None:
            return None
        holes = _HOLES.get()
        for response_name, read, complete, weight in links:
            _leave(holes, Hole(read(source), result, response_name, complete, weight))
        return result

    return complete_linked


def _leave(holes: list[Hole], hole: Hole) -> None:
    """Note a hole, or those in the lists that its place is to hold; a place for nothing is null."""
    target, container, slot, complete, weight = hole
    container[slot] = None
    if isinstance(target, list):
        container[slot] = places = [None] * len(target)
        for index, one in enumerate(target):
            _leave(holes, Hole(one, places, index, complete, weight))
    elif target is not None:
        holes.append(hole)


def _required(complete: Complete) -> Complete:
    def complete_required(value: Any) -> Any:
        completed = None if value is None else complete(value)
        if completed is None:
            raise NullInNonNull
        return completed

    return complete_required
