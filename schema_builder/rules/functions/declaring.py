"""How functions are declared, and how values of types that the library does not know are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cel_expr_python import cel

__all__ = ["LIST", "OPAQUE", "Declarations", "comparisons", "make", "member", "plain", "text_of"]

Declarations = Mapping[str, Sequence[cel.Overload]]

LIST: Final = cel.Type.List(cel.Type.DYN)
OPAQUE: Final = cel.Type.Map(cel.Type.STRING, cel.Type.STRING)
"""A value of a type of Kubernetes."""


def member(
    name: str, function: Callable[..., Any], parameters: Sequence[cel.Type], result: cel.Type
) -> list[cel.Overload]:
    """Return the overload of a function that is called on its first parameter."""
    return [_overload(name, function, parameters, result, is_member=True)]


def plain(
    name: str, function: Callable[..., Any], parameters: Sequence[cel.Type], result: cel.Type
) -> list[cel.Overload]:
    """Return the overload of a function that is called by its name alone."""
    return [_overload(name, function, parameters, result, is_member=False)]


def make(kind: str, text: str) -> dict[str, str]:
    """Return a value of a type of Kubernetes from its canonical text."""
    return {kind: text}


def text_of(value: Mapping[str, Any], kind: str) -> str:
    """Return the text of a value of a type of Kubernetes.

    Raises:
        ValueError: The value is of another type.
    """
    if kind not in value:
        raise ValueError(f"this function wants a value of the type {kind}")
    return str(value[kind])


def comparisons(compare: Callable[[Any, Any], int]) -> Declarations:
    """Return ``isGreaterThan``, ``isLessThan`` and ``compareTo`` of values of types of Kubernetes."""
    pair = (OPAQUE, OPAQUE)
    return {
        "isGreaterThan": member("isGreaterThan", lambda one, other: compare(one, other) > 0, pair, cel.Type.BOOL),
        "isLessThan": member("isLessThan", lambda one, other: compare(one, other) < 0, pair, cel.Type.BOOL),
        "compareTo": member("compareTo", compare, pair, cel.Type.INT),
    }


def _overload(
    name: str, function: Callable[..., Any], parameters: Sequence[cel.Type], result: cel.Type, *, is_member: bool
) -> cel.Overload:
    kinds = "_".join(parameter.name().partition("<")[0].lower() for parameter in parameters)
    return cel.Overload(
        id=f"kubernetes_{name}_{kinds}_{'member' if is_member else 'plain'}",
        return_type=result,
        parameters=list(parameters),
        is_member=is_member,
        impl=function,
    )
