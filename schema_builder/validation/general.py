"""Keywords of any value: type, enum, const."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, is_integer, is_number
from schema_builder.validation.equality import canonical
from schema_builder.validation.messages import listed, shown

__all__ = ["KEYWORDS", "TYPE_TESTS"]

TYPE_TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": is_integer,
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: value.__class__ is dict or isinstance(value, Mapping),
    "string": lambda value: value.__class__ is str or isinstance(value, str),
}
_USUAL: Final[Mapping[str, type]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": float,
    "object": dict,
    "string": str,
}
"""The class that nearly all values of a type have: looking at it is many times faster than asking."""
_NAMES: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def type_(value: Any, schema: dict[str, Any], _compiler: Compiler) -> Check | None:
    """Compile ``type``; beside ``x-kubernetes-int-or-string`` it says nothing, as in Kubernetes."""
    if schema.get("x-kubernetes-int-or-string") is True:
        return None
    names = [value] if isinstance(value, str) else value
    wanted = " or ".join(_NAMES[name] for name in names)
    if len(names) == 1:
        test = TYPE_TESTS[names[0]]
    else:
        tests = [TYPE_TESTS[name] for name in names]

        def test(instance: Any) -> bool:
            return any(one(instance) for one in tests)

    usual = _USUAL[names[0]]

    def check(instance: Any, _run: Run) -> Troubles:
        if instance.__class__ is usual or test(instance):
            return OK
        return [Trouble((), "type", f"must be {wanted}, not {shown(instance)}")]

    return check


def enum(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``enum``."""
    allowed = {canonical(item) for item in value}
    values = value

    def check(instance: Any, _run: Run) -> Troubles:
        if canonical(instance) in allowed:
            return OK
        return [Trouble((), "enum", f"must be one of {listed(values)}, not {shown(instance)}")]

    return check


def const(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``const``."""
    allowed = canonical(value)

    def check(instance: Any, _run: Run) -> Troubles:
        return (
            OK
            if canonical(instance) == allowed
            else [Trouble((), "const", f"must be {shown(value)}, not {shown(instance)}")]
        )

    return check


KEYWORDS: Final[Mapping[str, Keyword]] = {"const": const, "enum": enum, "type": type_}
