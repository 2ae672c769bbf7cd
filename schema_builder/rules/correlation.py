"""The value that a place had before a change: what ``oldSelf`` is.

Properties are known again by their names, items of a list by ``x-kubernetes-list-map-keys`` where its type is ``map``.
Items of other lists are not known again: nothing tells which one an item was.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum
from typing import Any, Final

from schema_builder.validation.equality import canonical

__all__ = ["ABSENT", "ListKeys", "item_before", "items_by_key", "keys_of", "property_before"]

ListKeys = tuple[tuple[str, Any], ...]
"""Names of the keys of a list's items, each with its default."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Stands for 'there was nothing, or nothing that is known again': null is a value."""


def keys_of(schema: Mapping[str, Any]) -> ListKeys | None:
    """Return what items of a list are known by, or None where they are not known again."""
    names = schema.get("x-kubernetes-list-map-keys")
    if schema.get("x-kubernetes-list-type") != "map" or not names:
        return None
    items = schema.get("items")
    declared = items.get("properties", {}) if isinstance(items, Mapping) else {}
    defaults = {name: one.get("default") for name, one in declared.items() if isinstance(one, Mapping)}
    return tuple((name, defaults.get(name)) for name in names)


def property_before(old: Any, name: str) -> Any:
    """Return what a property was before, or ``ABSENT``."""
    return old.get(name, ABSENT) if isinstance(old, Mapping) else ABSENT


def items_by_key(old: Any, keys: ListKeys | None) -> Mapping[Hashable, Any]:
    """Return the items that a list had before, by their keys."""
    if keys is None or not isinstance(old, list):
        return {}
    return {_key(item, keys): item for item in old if isinstance(item, Mapping)}


def item_before(items: Mapping[Hashable, Any], item: Any, keys: ListKeys | None) -> Any:
    """Return what an item was before, or ``ABSENT``."""
    if not items or keys is None or not isinstance(item, Mapping):
        return ABSENT
    return items.get(_key(item, keys), ABSENT)


def _key(item: Mapping[str, Any], keys: ListKeys) -> Hashable:
    return tuple(canonical(item.get(name, default)) for name, default in keys)
