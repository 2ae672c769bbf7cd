"""Quantities of Kubernetes (``1500m``, ``2Gi``): exact decimal numbers with a suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

from cel_expr_python import cel

from schema_builder.limits import MAX_INTEGER, MIN_INTEGER
from schema_builder.rules.functions.declaring import OPAQUE, Declarations, make, member, plain, text_of

__all__ = ["KIND", "compare", "declarations"]

KIND: Final = "quantity"
_SHAPE: Final = re.compile(
    r"([+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60}))([numkMGTPE]?|[KMGTPE]i|[eE][+-]?[0-9]{1,2})", re.ASCII
)
_EXACT: Final = Context(prec=300)
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def declarations() -> Declarations:
    """Return the functions of this family, but for comparisons."""
    kinds = cel.Type
    return {
        "quantity": plain("quantity", _quantity, (kinds.STRING,), OPAQUE),
        "isQuantity": plain("isQuantity", _is_quantity, (kinds.STRING,), kinds.BOOL),
        "isInteger": member("isInteger", _is_integer, (OPAQUE,), kinds.BOOL),
        "asInteger": member("asInteger", _as_integer, (OPAQUE,), kinds.INT),
        "asApproximateFloat": member("asApproximateFloat", lambda one: float(_value(one)), (OPAQUE,), kinds.DOUBLE),
        "sign": member("sign", lambda one: _sign(_value(one)), (OPAQUE,), kinds.INT),
        "add": _arithmetic("add", 1),
        "sub": _arithmetic("sub", -1),
    }


def compare(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """Return -1, 0 or 1."""
    return _sign(_EXACT.subtract(_value(one), _value(other)))


def _arithmetic(name: str, factor: int) -> list[cel.Overload]:
    def of_quantity(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
        return _made(_EXACT.add(_value(one), _EXACT.multiply(_value(other), Decimal(factor))))

    def of_integer(one: Mapping[str, Any], other: int) -> dict[str, str]:
        return _made(_EXACT.add(_value(one), Decimal(other * factor)))

    return [
        *member(name, of_quantity, (OPAQUE, OPAQUE), OPAQUE),
        *member(name, of_integer, (OPAQUE, cel.Type.INT), OPAQUE),
    ]


@lru_cache(maxsize=1024)  # the library keeps each result that is new
def _quantity(text: str) -> dict[str, str]:
    return _made(_parsed(text))


def _is_quantity(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None


def _is_integer(one: Mapping[str, Any]) -> bool:
    value = _value(one)
    return value == value.to_integral_value(context=_EXACT) and MIN_INTEGER <= value <= MAX_INTEGER


def _as_integer(one: Mapping[str, Any]) -> int:
    if not _is_integer(one):
        raise ValueError("the quantity is no integer of 64 bits")
    return int(_value(one))


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)


def _value(one: Mapping[str, Any]) -> Decimal:
    return Decimal(text_of(one, KIND))


def _made(value: Decimal) -> dict[str, str]:
    return make(KIND, str(value.normalize(_EXACT)) if value else "0")


def _parsed(text: str) -> Decimal:
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError("no quantity: a number with one of the suffixes n u m k M G T P E Ki Mi Gi Ti Pi Ei")
    number, suffix = Decimal(match.group(1)), match.group(2)
    if suffix in _BINARY:
        return _EXACT.multiply(number, Decimal(1024 ** _BINARY[suffix]))
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    return number.scaleb(exponent, _EXACT)
