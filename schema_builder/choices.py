"""Objects of which an instance has exactly one property, because their schema says so.

Three ways of writing it are understood, and any number of branches that accept only null beside them:

    oneOf: [{required: [a]}, {required: [b]}]                      nothing but a and b is declared
    oneOf: [{properties: {a: …}, required: [a], additionalProperties: false}, …]
    minProperties: 1, maxProperties: 1

Mixed, or with a branch that says something about another branch's property, an instance could have two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from schema_builder.fragments import is_null_only

__all__ = ["has_one_property"]

_BARE: Final = frozenset({"$comment", "description", "required", "title", "type"})
_OPENING: Final = frozenset({"$ref", "$dynamicRef", "patternProperties"})


def has_one_property(
    said: Sequence[dict[str, Any]], names: Collection[str], *, target: Callable[[dict[str, Any]], Any]
) -> bool:
    """Tell whether every instance has exactly one of an object's properties.

    Args:
        said: Schemas that all apply to the object, which keeps no undeclared properties.
        names: Its declared properties.
        target: Returns the schema that another one merely refers to, or None.
    """
    if any(_is_choice(schema["oneOf"], names, target) for schema in said if "oneOf" in schema):
        return True
    least = max((schema.get("minProperties", 0) for schema in said), default=0)
    most = min((schema["maxProperties"] for schema in said if "maxProperties" in schema), default=0)
    return least == most == 1 and len(names) > 1


def _is_choice(branches: Sequence[Any], names: Collection[str], target: Callable[[dict[str, Any]], Any]) -> bool:
    solid = [_followed(branch, target) for branch in branches if not is_null_only(branch)]
    chosen = [_only_required(branch) for branch in solid]
    if len(solid) < 2 or sorted(map(str, chosen)) != sorted(names):
        return False
    return all(map(_is_bare, solid)) or all(map(_is_closed, solid))


def _followed(branch: Any, target: Callable[[dict[str, Any]], Any]) -> Any:
    found = target(branch) if isinstance(branch, dict) else None
    return branch if found is None else found


def _only_required(branch: Any) -> str | None:
    required: Sequence[str] = branch.get("required", []) if isinstance(branch, dict) else []
    return required[0] if len(required) == 1 else None


def _is_bare(branch: dict[str, Any]) -> bool:
    return branch.keys() <= _BARE


def _is_closed(branch: dict[str, Any]) -> bool:
    closed = branch.get("additionalProperties") is False and _OPENING.isdisjoint(branch)
    return closed and list(branch.get("properties", ())) == branch["required"]
