"""What an expression reads of its variables: only that is given to the library, which copies all that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.rules.tree import Call, Comprehension, Constant, Expr, Items, Name, Select

__all__ = ["Usage", "project", "usages"]

Usage = dict[str, Any] | None
"""The properties that are read, each with what is read of it; None where everything may be."""

_OPTIONAL: Final = frozenset({"_?._", "_[_]", "_[?_]"})


def usages(tree: Expr, variables: tuple[str, ...]) -> dict[str, Usage]:
    """Return what an expression reads of each of the variables that it names."""
    found: dict[str, Usage] = {}
    _collect(tree, frozenset(variables), found)
    return found


def project(value: Any, usage: Usage) -> Any:
    """Return the part of a value that is read; what is no object is kept as it is."""
    if usage is None or not isinstance(value, Mapping):
        return value
    return {name: project(value[name], inner) for name, inner in usage.items() if name in value}


def _collect(expr: Expr, free: frozenset[str], found: dict[str, Usage]) -> None:
    path = _path(expr, free)
    if path is not None:
        _add(found, path)
        return
    match expr:
        case Select(operand, _, _):
            _collect(operand, free, found)
        case Call(_, parts) | Items(parts):
            for part in parts:
                _collect(part, free, found)
        case Comprehension(variable, second, over, total, start, condition, step, result):
            _collect(over, free, found)
            _collect(start, free, found)
            for part in (condition, step):
                _collect(part, free - {variable, second, total}, found)
            _collect(result, free - {total}, found)


def _path(expr: Expr, free: frozenset[str]) -> tuple[str, ...] | None:
    """Return the variable and properties that an expression names, or None where it is anything else."""
    match expr:
        case Name(name) if name in free:
            return (name,)
        case Select(operand, field, _):
            outer = _path(operand, free)
            return None if outer is None else (*outer, field)
        case Call(function, (operand, Constant(_, str(field)))) if function in _OPTIONAL:
            outer = _path(operand, free)
            return None if outer is None else (*outer, field)
    return None


def _add(found: dict[str, Usage], path: tuple[str, ...]) -> None:
    usage: Any = found
    for name in path[:-1]:
        inner = usage.setdefault(name, {})
        if inner is None:
            return
        usage = inner
    usage[path[-1]] = None
