"""Keywords of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, is_number
from schema_builder.validation.messages import shown

__all__ = ["KEYWORDS"]


def _bound(keyword: str, holds: Callable[[Any, Any], bool], words: str) -> Keyword:
    def compile_bound(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check | None:
        def check(instance: Any, _run: Run) -> Troubles:
            if not is_number(instance) or holds(instance, value):
                return OK
            return [Trouble((), keyword, f"must be {words} {shown(value)}, is {shown(instance)}")]

        return check

    return compile_bound


_greater = _bound("exclusiveMinimum", lambda number, bound: number > bound, "greater than")
_less = _bound("exclusiveMaximum", lambda number, bound: number < bound, "less than")
_at_least = _bound("minimum", lambda number, bound: number >= bound, "at least")
_at_most = _bound("maximum", lambda number, bound: number <= bound, "at most")


def minimum(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``minimum``, exclusive where OpenAPI's boolean ``exclusiveMinimum`` says so."""
    return (_greater if schema.get("exclusiveMinimum") is True else _at_least)(value, schema, compiler)


def maximum(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``maximum``, exclusive where OpenAPI's boolean ``exclusiveMaximum`` says so."""
    return (_less if schema.get("exclusiveMaximum") is True else _at_most)(value, schema, compiler)


def exclusive_minimum(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``exclusiveMinimum`` where it is a number."""
    return None if isinstance(value, bool) else _greater(value, schema, compiler)


def exclusive_maximum(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``exclusiveMaximum`` where it is a number."""
    return None if isinstance(value, bool) else _less(value, schema, compiler)


def multiple_of(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``multipleOf``: exact, on the numbers as they are written in decimal."""
    divisor = Fraction(str(value))

    def check(instance: Any, _run: Run) -> Troubles:
        if not is_number(instance) or instance in _INFINITIES or Fraction(str(instance)) % divisor == 0:
            return OK
        return [Trouble((), "multipleOf", f"must be a multiple of {shown(value)}, is {shown(instance)}")]

    return check


_INFINITIES: Final = (float("inf"), float("-inf"))

KEYWORDS: Final[Mapping[str, Keyword]] = {
    "exclusiveMaximum": exclusive_maximum,
    "exclusiveMinimum": exclusive_minimum,
    "maximum": maximum,
    "minimum": minimum,
    "multipleOf": multiple_of,
}
