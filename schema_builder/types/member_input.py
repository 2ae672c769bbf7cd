"""The create input of a union: one field for each of its members, of which exactly one is given.

transport: {tcp: {backlog: 3}}        becomes {type: "tcp", backlog: 3}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLInputField

from schema_builder.errors import BadUserInput
from schema_builder.names import assign_field_names
from schema_builder.types.built import BuiltInputObject
from schema_builder.types.leaves import place_of
from schema_builder.types.naming import NamedShape, Role
from schema_builder.types.words import describe_type

if TYPE_CHECKING:
    from graphql import GraphQLInputObjectType

    from schema_builder.structural import Union
    from schema_builder.types.context import KindContext

__all__ = ["build_union_input"]

_BAD_USER_INPUT: Final = BadUserInput("").extensions


def build_union_input(context: KindContext, shape: NamedShape, union: Union) -> GraphQLInputObjectType:
    """Build the ``@oneOf`` input of a union for create and replace; fields are called by what tells members apart."""
    names = assign_field_names(union.members)

    def fields() -> dict[str, GraphQLInputField]:
        return {
            names[value]: GraphQLInputField(
                context.type_of(shape.structure, member, Role.INPUT),
                description=place_of(shape.structure, member).description,
                out_name=value,
            )
            for value, member in union.members.items()
        }

    def out(given: dict[str, Any]) -> dict[str, Any]:
        ((value, body),) = given.items()
        if body.get(union.property) not in {None, value}:
            raise GraphQLError(
                f"'{names[value]}' says {body[union.property]!r} of its '{union.property}': leave it out.",
                extensions=_BAD_USER_INPUT,
            )
        return {union.property: value, **{name: item for name, item in body.items() if name != union.property}}

    return BuiltInputObject(
        shape.type_name(Role.INPUT), fields, description=describe_type(shape), out_type=out, is_one_of=True
    )
