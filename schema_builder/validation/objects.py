"""Keywords of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.patterns import searches
from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, inside
from schema_builder.validation.messages import shown

__all__ = ["KEYWORDS"]


def properties(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``properties``."""
    checks = {name: compiler.compile(schema) for name, schema in value.items()}
    find = checks.get

    def check(instance: Any, run: Run) -> Troubles:
        if instance.__class__ is not dict and not isinstance(instance, Mapping):
            return OK
        troubles: list[Trouble] = []
        for name, item in instance.items():
            check_item = find(name)
            if check_item is not None:
                found = check_item(item, run)
                if found:
                    troubles += inside(name, found)
        return troubles

    return check


def pattern_properties(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``patternProperties``."""
    checks = [(pattern, compiler.compile(schema)) for pattern, schema in value.items()]

    def check(instance: Any, run: Run) -> Troubles:
        if instance.__class__ is not dict and not isinstance(instance, Mapping):
            return OK
        troubles: list[Trouble] = []
        for name, item in instance.items():
            for pattern, check_item in checks:
                if searches(pattern, name):
                    troubles += inside(name, check_item(item, run))
        return troubles

    return check


def additional_properties(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``additionalProperties``: what neither ``properties`` nor ``patternProperties`` speak of."""
    if value is True:
        return None
    declared = schema.get("properties", {})
    patterns = tuple(schema.get("patternProperties", ()))
    check_item = None if value is False else compiler.compile(value)

    def check(instance: Any, run: Run) -> Troubles:
        if instance.__class__ is not dict and not isinstance(instance, Mapping):
            return OK
        troubles: list[Trouble] = []
        for name, item in instance.items():
            if name in declared or any(searches(pattern, name) for pattern in patterns):
                continue
            if check_item is None:
                troubles.append(
                    Trouble((name, ()), "additionalProperties", run.suggestions.unknown_field(name, known=declared))
                )
            else:
                troubles += inside(name, check_item(item, run))
        return troubles

    return check


def property_names(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``propertyNames``."""
    check_name = compiler.compile(value)

    def check(instance: Any, run: Run) -> Troubles:
        if instance.__class__ is not dict and not isinstance(instance, Mapping):
            return OK
        return [
            Trouble((name, ()), "propertyNames", f"has a name that is not allowed: {trouble.message}")
            for name in instance
            for trouble in check_name(name, run)
        ]

    return check


def required(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``required``; the failure is where the property should be."""
    names = frozenset(value)

    def check(instance: Any, _run: Run) -> Troubles:
        if (instance.__class__ is not dict and not isinstance(instance, Mapping)) or names.issubset(instance):
            return OK
        return [Trouble((name, ()), "required", "is required") for name in value if name not in instance]

    return check


def min_properties(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``minProperties``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, Mapping) or len(instance) >= value:
            return OK
        return [Trouble((), "minProperties", f"must have at least {value} fields, has {len(instance)}")]

    return check


def max_properties(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``maxProperties``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, Mapping) or len(instance) <= value:
            return OK
        return [Trouble((), "maxProperties", f"must have at most {value} fields, has {len(instance)}")]

    return check


def dependent_required(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``dependentRequired``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if instance.__class__ is not dict and not isinstance(instance, Mapping):
            return OK
        return [
            Trouble((needed, ()), "dependentRequired", f"is required beside {shown(name)}")
            for name, others in value.items()
            if name in instance
            for needed in others
            if needed not in instance
        ]

    return check


def dependent_schemas(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``dependentSchemas``."""
    checks = [(name, compiler.compile(schema)) for name, schema in value.items()]

    def check(instance: Any, run: Run) -> Troubles:
        if instance.__class__ is not dict and not isinstance(instance, Mapping):
            return OK
        return [trouble for name, dependent in checks if name in instance for trouble in dependent(instance, run)]

    return check


def dependencies(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``dependencies`` of draft 7, which are either of the two above."""
    names = {name: one for name, one in value.items() if isinstance(one, list)}
    needed = dependent_required(names, schema, compiler)
    dependent = dependent_schemas({name: one for name, one in value.items() if name not in names}, schema, compiler)

    def check(instance: Any, run: Run) -> Troubles:
        return [*needed(instance, run), *dependent(instance, run)]

    return check


KEYWORDS: Final[Mapping[str, Keyword]] = {
    "additionalProperties": additional_properties,
    "maxProperties": max_properties,
    "minProperties": min_properties,
    "patternProperties": pattern_properties,
    "properties": properties,
    "propertyNames": property_names,
    "required": required,
}
