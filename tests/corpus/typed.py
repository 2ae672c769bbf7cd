"""Which GraphQL type a place of a CRD's text has: the way from a path of the text to the types that clients see."""

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    GraphQLUnionType,
    get_nullable_type,
)

from tests.corpus.leaves import ITEM, VALUE
from tests.corpus.translation import output_fields


class OutputTypes:
    """The types of one kind by the paths of its text."""

    def __init__(self, kind):
        self._root = kind.type(kind.name)
        self._known = {}

    def is_typed(self, path):
        """Tell whether a leaf has a scalar or enum of its own: not ``JSON``, nor a part of one."""
        return any(
            isinstance(one, GraphQLEnumType) or (isinstance(one, GraphQLScalarType) and one.name != "JSON")
            for one in self.types_at(path)
        )

    def types_at(self, path):
        """Return the types that a place has: of a map its own and that of its entries; of a union's fields all."""
        if not path:
            return [self._root]
        if path not in self._known:
            before = self.types_at(path[:-1])
            self._known[path] = [found for one in before for found in _step(one, path[-1])]
        return self._known[path]


def _step(type_, step):
    type_ = get_nullable_type(type_)
    if step is ITEM:
        return [type_.of_type] if isinstance(type_, GraphQLList) else []
    if step is VALUE:
        return list(_values(type_))
    return [found for holder in _objects(type_) for found in _properties(holder, step)]


def _values(type_):
    if isinstance(type_, GraphQLScalarType) and type_.name == "StringMap":
        yield GraphQLString
    entry = get_nullable_type(type_.of_type) if isinstance(type_, GraphQLList) else None
    if isinstance(entry, GraphQLObjectType) and "key" in entry.fields and "value" in entry.fields:
        yield from _properties(entry, "value")


def _objects(type_):
    if isinstance(type_, GraphQLUnionType):
        return type_.types
    return [type_] if isinstance(type_, GraphQLObjectType) else []


def _properties(holder, original):
    """Yield the types of a property by its original name, and of its entries beside it."""
    for field in output_fields(holder):
        if (field.original or field.name) == original:
            yield field.type
            if field.entries is not None:
                yield holder.fields[field.entries].type
