"""Keywords of strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.patterns import compile_pattern
from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, is_number
from schema_builder.validation.formats import FORMATS, INTEGER_FORMATS
from schema_builder.validation.messages import shown

__all__ = ["KEYWORDS"]


def min_length(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``minLength``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, str) or len(instance) >= value:
            return OK
        return [Trouble((), "minLength", f"must have at least {value} characters, has {len(instance)}")]

    return check


def max_length(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``maxLength``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, str) or len(instance) <= value:
            return OK
        return [Trouble((), "maxLength", f"must have at most {value} characters, has {len(instance)}")]

    return check


def pattern(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``pattern``: it may match anywhere unless it is anchored."""
    occurs_in = compile_pattern(value).occurs_in

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, str) or occurs_in(instance):
            return OK
        return [Trouble((), "pattern", f"must match {shown(value)}, is {shown(instance)}")]

    return check


def format_(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``format``; formats that are not claimed say nothing."""
    if not compiler.assert_formats:
        return None
    if value in INTEGER_FORMATS:
        return _integer_format(value)
    known = FORMATS.get(value)
    if known is None:
        return None
    test, words = known

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, str) or test(instance):
            return OK
        return [Trouble((), "format", f"must be {words}, not {shown(instance)}")]

    return check


def _integer_format(name: str) -> Check:
    lower, upper = INTEGER_FORMATS[name]

    def check(instance: Any, _run: Run) -> Troubles:
        if not is_number(instance) or lower <= instance <= upper:
            return OK
        return [Trouble((), "format", f"must be an {name}, from {lower} to {upper}, is {shown(instance)}")]

    return check


KEYWORDS: Final[Mapping[str, Keyword]] = {
    "format": format_,
    "maxLength": max_length,
    "minLength": min_length,
    "pattern": pattern,
}
