"""Keywords of lists."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from schema_builder.dialect import Dialect
from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, inside
from schema_builder.validation.equality import comparable

__all__ = ["KEYWORDS", "duplicate"]


def items(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``items``; in draft 7 it may be a list, which stands for ``prefixItems``."""
    if isinstance(value, list):
        return prefix_items(value, schema, compiler)
    start = 0 if compiler.document.dialect is Dialect.DRAFT_7 else len(schema.get("prefixItems", ()))
    return _rest(value, start, compiler)


def additional_items(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``additionalItems`` of draft 7, which speaks only where ``items`` is a list."""
    before = schema.get("items")
    return _rest(value, len(before), compiler) if isinstance(before, list) else None


def _rest(value: Any, start: int, compiler: Compiler) -> Check | None:
    if value is True:
        return None
    check_item = compiler.compile(value)

    def check(instance: Any, run: Run) -> Troubles:
        if not isinstance(instance, list):
            return OK
        troubles: list[Trouble] = []
        for index in range(start, len(instance)):
            found = check_item(instance[index], run)
            if found:
                troubles += inside(index, found)
        return troubles

    return check


def prefix_items(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``prefixItems``."""
    checks = [compiler.compile(item) for item in value]

    def check(instance: Any, run: Run) -> Troubles:
        if not isinstance(instance, list):
            return OK
        troubles: list[Trouble] = []
        for index, (item, check_item) in enumerate(zip(instance, checks, strict=False)):
            troubles += inside(index, check_item(item, run))
        return troubles

    return check


def contains(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``contains`` with ``minContains`` and ``maxContains``."""
    modern = compiler.document.dialect is not Dialect.DRAFT_7
    least = schema.get("minContains", 1) if modern else 1
    most = schema.get("maxContains") if modern else None
    check_item = compiler.compile(value)

    def check(instance: Any, run: Run) -> Troubles:
        if not isinstance(instance, list):
            return OK
        count = sum(not check_item(item, run) for item in instance)
        if count < least:
            return [Trouble((), "contains", f"must hold at least {least} items of a certain form, holds {count}")]
        if most is not None and count > most:
            return [Trouble((), "maxContains", f"must hold at most {most} items of a certain form, holds {count}")]
        return OK

    return check


def min_items(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``minItems``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, list) or len(instance) >= value:
            return OK
        return [Trouble((), "minItems", f"must hold at least {value} items, holds {len(instance)}")]

    return check


def max_items(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check:
    """Compile ``maxItems``."""

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, list) or len(instance) <= value:
            return OK
        return [Trouble((), "maxItems", f"must hold at most {value} items, holds {len(instance)}")]

    return check


def unique_items(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check | None:
    """Compile ``uniqueItems``."""
    if not value:
        return None

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, list):
            return OK
        pair = duplicate(comparable(instance))
        return (
            [Trouble((), "uniqueItems", f"must hold different items; items {pair[0]} and {pair[1]} are equal")]
            if pair
            else OK
        )

    return check


def duplicate(keys: Sequence[Hashable]) -> tuple[int, int] | None:
    """Return the positions of the first two equal keys, or None where all differ."""
    if len(set(keys)) == len(keys):
        return None
    seen: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        if key in seen:
            return seen[key], index
        seen[key] = index
    return None


KEYWORDS: Final[Mapping[str, Keyword]] = {
    "contains": contains,
    "items": items,
    "maxItems": max_items,
    "minItems": min_items,
    "uniqueItems": unique_items,
}
