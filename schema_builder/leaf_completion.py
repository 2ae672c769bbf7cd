"""Completing leaves: what a scalar or an enum says of a stored value, and null where it cannot say it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)

__all__ = ["Complete", "after", "compile_leaf"]

Complete: TypeAlias = Callable[[Any], Any]
"""Completes a value that is not None."""

_FAST_CLASSES: Final[Mapping[GraphQLScalarType, type]] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
}


def compile_leaf(type_: GraphQLLeafType) -> tuple[type | None, Complete]:
    """Return the class whose values stand for themselves, if there is one, and what completes all others."""
    if type_ is GraphQLInt:
        return None, _complete_int
    if type_ is GraphQLFloat:
        return None, _complete_float
    if isinstance(type_, GraphQLScalarType) and type_.coerce_output_value is GraphQLScalarType.serialize:
        return None, _say_as_it_is
    if isinstance(type_, GraphQLEnumType):
        return None, _complete_enum(type_)
    return _FAST_CLASSES.get(type_), _lenient(type_.coerce_output_value)


def _say_as_it_is(value: Any) -> Any:
    return value


def _lenient(coerce: Callable[[Any], Any]) -> Complete:
    """Complete a leaf; what its type cannot say is null."""

    def complete_leaf(value: Any) -> Any:
        try:
            coerced = coerce(value)
        except Exception:
            return None
        return None if coerced is Undefined else coerced

    return complete_leaf


def _complete_enum(type_: GraphQLEnumType) -> Complete:
    names = {value.value: name for name, value in type_.values.items() if value.value.__class__ is str}
    coerce = _lenient(type_.coerce_output_value)

    def complete_enum(value: Any) -> Any:
        name = names.get(value) if value.__class__ is str else None
        return coerce(value) if name is None else name

    return complete_enum


_coerce_int = _lenient(GraphQLInt.coerce_output_value)
_coerce_float = _lenient(GraphQLFloat.coerce_output_value)


def _complete_int(value: Any) -> Any:
    if value.__class__ is int and -0x80000000 <= value <= 0x7FFFFFFF:
        return value
    return _coerce_int(value)


def _complete_float(value: Any) -> Any:
    if value.__class__ is float and math.isfinite(value):
        return value
    return _coerce_float(value)


def after(convert: Callable[[Any], Any] | None, complete: Complete) -> Complete:
    """Return what converts a value first, and then completes it; what an ``Int`` can say needs no converting."""
    if convert is None:
        return complete
    if complete is _say_as_it_is:
        return convert

    def convert_and_complete(value: Any) -> Any:
        converted = convert(value)
        return None if converted is None else complete(converted)

    if complete is not _complete_int:
        return convert_and_complete

    def complete_int(value: Any) -> Any:
        if value.__class__ is int and -0x80000000 <= value <= 0x7FFFFFFF:
            return value
        return convert_and_complete(value)

    return complete_int
