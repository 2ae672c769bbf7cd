"""The filters of leaves: ``StringFilter``, ``IntListFilter``, … and those of each kind's enums."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)

from schema_builder.filtering import leaf_of
from schema_builder.scalars import BIG_INT, DATE_TIME, INT_OR_STRING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JSON_FILTER", "LEAF_FILTERS", "enum_filter", "leaf_filter_name"]

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "eq": "Equal; null asks for absence.",
    "ne": "The exact complement of eq.",
    "in": "Equal to one of these.",
    "notIn": "The exact complement of in.",
    "lt": "Less than.",
    "lte": "Less than or equal.",
    "gt": "Greater than.",
    "gte": "Greater than or equal.",
    "startsWith": "Begins with; letter case counts.",
    "contains": "Has this part; letter case counts.",
    "exists": "Whether there is a value other than null.",
}
_MEMBERSHIP: Final = "Has an element equal to this."

_EQUALITY: Final = ("eq", "ne", "in", "notIn", "exists")
_ORDER: Final = ("eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "exists")
_TEXT: Final = (*_ORDER, "startsWith", "contains")


def leaf_filter_name(leaf: str, *, listed: bool) -> str:
    """Return the name of the filter of a leaf type, such as ``StringListFilter``."""
    return f"{leaf}ListFilter" if listed else f"{leaf}Filter"


def enum_filter(enum: GraphQLEnumType, *, name: str, listed: bool) -> GraphQLInputObjectType:
    """Build the filter of an enum, or of lists of one."""
    return _filter(enum, _EQUALITY, name=name, listed=listed)


def _filter(
    leaf: GraphQLScalarType | GraphQLEnumType, operators: tuple[str, ...], *, name: str, listed: bool
) -> GraphQLInputObjectType:
    if listed:
        operators = (*(operator for operator in operators if operator != "contains"), "contains")
    what = f"lists of {leaf.name}: any element may match" if listed else leaf.name
    return GraphQLInputObjectType(
        name,
        {operator: _operator(operator, leaf, listed=listed) for operator in operators},
        description=f"Conditions on {what}. All that are given must hold.",
        out_type=partial(leaf_of, instant=leaf is DATE_TIME, listed=listed),
    )


def _operator(operator: str, leaf: GraphQLScalarType | GraphQLEnumType, *, listed: bool) -> GraphQLInputField:
    description = _MEMBERSHIP if listed and operator == "contains" else _DESCRIPTIONS[operator]
    if operator == "exists":
        return GraphQLInputField(GraphQLBoolean, description=description)
    if operator in {"in", "notIn"}:
        return GraphQLInputField(GraphQLList(GraphQLNonNull(leaf)), description=description)
    return GraphQLInputField(leaf, description=description)


_OPERATORS: Final[Mapping[GraphQLScalarType, tuple[str, ...]]] = {
    GraphQLString: _TEXT,
    GraphQLInt: _ORDER,
    BIG_INT: _ORDER,
    GraphQLFloat: _ORDER,
    DATE_TIME: _ORDER,
    GraphQLBoolean: _EQUALITY,
    INT_OR_STRING: _EQUALITY,
}

JSON_FILTER: Final = GraphQLInputObjectType(
    "JSONFilter",
    {"exists": GraphQLInputField(GraphQLBoolean, description=_DESCRIPTIONS["exists"])},
    description="Conditions on values that GraphQL does not type.",
    out_type=partial(leaf_of, instant=False, listed=False),
)

LEAF_FILTERS: Final[Mapping[str, GraphQLInputObjectType]] = {
    filter_type.name: filter_type
    for filter_type in (
        JSON_FILTER,
        *(
            _filter(leaf, operators, name=leaf_filter_name(leaf.name, listed=listed), listed=listed)
            for leaf, operators in _OPERATORS.items()
            for listed in (False, True)
        ),
    )
}
