"""graphql-core's object types, for fields whose names are known to be names.

graphql-core looks at every letter of every field's name when the fields are first asked for, a fourth of what it costs
to build a wide type. Names of generated fields come from ``assign_field_names``, which makes nothing but names.
"""

from __future__ import annotations

from functools import cached_property

from graphql import GraphQLField, GraphQLInputField, GraphQLInputObjectType, GraphQLObjectType
from graphql.type.definition import resolve_thunk

__all__ = ["BuiltInputObject", "BuiltObject"]


class BuiltObject(GraphQLObjectType):
    """An output type of a nested object."""

    @cached_property
    def fields(self) -> dict[str, GraphQLField]:
        """Return the fields by name."""
        return dict(resolve_thunk(self._fields))


class BuiltInputObject(GraphQLInputObjectType):
    """An input, patch or filter type of a nested object."""

    @cached_property
    def fields(self) -> dict[str, GraphQLInputField]:
        """Return the fields by name."""
        return dict(resolve_thunk(self._fields))
