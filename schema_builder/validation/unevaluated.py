"""``unevaluatedProperties`` and ``unevaluatedItems``: what no other keyword has looked at.

What was looked at is found by asking again, and only at schemas that have one of the two: each subschema that speaks of
the same instance and accepts it tells which properties or items it has looked at. Answers are remembered for the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from schema_builder.patterns import searches
from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, inside

__all__ = ["KEYWORDS"]

_ITEMS: Final = "unevaluatedItems"
_PROPERTIES: Final = "unevaluatedProperties"


def unevaluated_properties(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``unevaluatedProperties``."""
    if value is True:
        return None
    check_item = None if value is False else compiler.compile(value)

    def check(instance: Any, run: Run) -> Troubles:
        if not isinstance(instance, Mapping):
            return OK
        seen = _evaluated(schema, instance, run, compiler, skip=_PROPERTIES)
        troubles: list[Trouble] = []
        for name, item in instance.items():
            if name in seen:
                continue
            if check_item is None:
                known = schema.get("properties", ())
                troubles.append(Trouble((name, ()), _PROPERTIES, run.suggestions.unknown_field(name, known=known)))
            else:
                troubles += inside(name, check_item(item, run))
        return troubles

    return check


def unevaluated_items(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``unevaluatedItems``."""
    if value is True:
        return None
    check_item = compiler.compile(value)

    def check(instance: Any, run: Run) -> Troubles:
        if not isinstance(instance, list):
            return OK
        seen = _evaluated(schema, instance, run, compiler, skip=_ITEMS)
        troubles: list[Trouble] = []
        for index, item in enumerate(instance):
            if index in seen:
                continue
            if value is False:
                troubles.append(Trouble((index, ()), _ITEMS, "is an item that the schema does not know"))
            else:
                troubles += inside(index, check_item(item, run))
        return troubles

    return check


def _evaluated(schema: Any, instance: Any, run: Run, compiler: Compiler, skip: str | None = None) -> frozenset[Any]:
    """Return the names or positions that a schema, which accepts the instance, has looked at."""
    key = ("evaluated", skip, id(schema), id(instance), run.scope)
    known: frozenset[Any] | None = run.known.get(key)
    if known is None:
        own = _own_properties if isinstance(instance, Mapping) else _own_items
        seen = set(own(schema, instance, run, compiler, skip))
        for child in _applied(schema, instance, run, compiler):
            seen |= _evaluated(child, instance, run, compiler)
        known = run.known[key] = frozenset(seen)
    return known


def _applied(schema: dict[str, Any], instance: Any, run: Run, compiler: Compiler) -> Iterator[dict[str, Any]]:
    """Yield the subschemas that speak of the same instance and accept it."""
    children: list[Any] = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    children += [compiler.target(schema, keyword, run)[0] for keyword in ("$ref", "$dynamicRef") if keyword in schema]
    if isinstance(instance, Mapping):
        dependents = {**schema.get("dependentSchemas", {}), **schema.get("dependencies", {})}
        children += [child for name, child in dependents.items() if name in instance]
    if "if" in schema:
        accepted = not compiler.compile(schema["if"])(instance, run)
        children += [schema["if"], schema.get("then", True)] if accepted else [schema.get("else", True)]
    yield from (child for child in children if isinstance(child, dict) and not compiler.compile(child)(instance, run))


def _own_properties(
    schema: dict[str, Any], instance: Mapping[str, Any], _run: Run, _compiler: Compiler, skip: str | None
) -> Iterator[str]:
    if "additionalProperties" in schema or (_PROPERTIES in schema and skip != _PROPERTIES):
        yield from instance
        return
    declared = schema.get("properties", {})
    patterns = tuple(schema.get("patternProperties", ()))
    for name in instance:
        if name in declared or any(searches(pattern, name) for pattern in patterns):
            yield name


def _own_items(
    schema: dict[str, Any], instance: list[Any], run: Run, compiler: Compiler, skip: str | None
) -> Iterator[int]:
    if "items" in schema or (_ITEMS in schema and skip != _ITEMS):
        yield from range(len(instance))
        return
    yield from range(min(len(schema.get("prefixItems", ())), len(instance)))
    if "contains" in schema:
        check_item = compiler.compile(schema["contains"])
        yield from (index for index, item in enumerate(instance) if not check_item(item, run))


KEYWORDS: Final[Mapping[str, Keyword]] = {_ITEMS: unevaluated_items, _PROPERTIES: unevaluated_properties}
