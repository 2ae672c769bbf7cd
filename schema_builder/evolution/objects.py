"""What fragments say about the properties of an object: which may be there, and what applies to each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from schema_builder.fragments import ANY_TYPE
from schema_builder.patterns import searches

if TYPE_CHECKING:
    from schema_builder.evolution.schemas import Side

__all__ = ["Shape", "shape_of"]

_EXTRA: Final = ("additionalProperties", "unevaluatedProperties")


@dataclass(frozen=True, slots=True)
class Shape:
    """An object at one place, by fragments.

    Attributes:
        fragments: What applies.
        declared: Names of properties that fragments or alternatives declare, in order.
        patterns: Patterns of names.
        closed: Only declared properties, and those whose names match a pattern, may be there.
        required: Names that must be there.
        filled: Required properties whose defaults are filled in on each write.
        typed: It is an object to the structural tree, not a JSON value.
        even: So are the values of its undeclared fields: one schema speaks of all of them.
    """

    fragments: tuple[dict[str, Any], ...]
    declared: tuple[str, ...]
    patterns: tuple[str, ...]
    closed: bool
    required: frozenset[str]
    filled: frozenset[str]
    typed: bool
    even: bool

    def may_have(self, name: str | None) -> bool:
        """Tell whether a property may be there; of None, one that nothing is said about."""
        if not self.closed:
            return True
        if name is None:
            return False
        return name in self.declared or any(searches(pattern, name) for pattern in self.patterns)

    def fills(self, name: str) -> bool:
        """Tell whether the default of a property is filled in on each write."""
        return name in self.filled

    def schemas(self, name: str) -> list[Any]:
        """Return what applies to a property."""
        found: list[Any] = []
        for fragment in self.fragments:
            own = [fragment["properties"][name]] if name in fragment.get("properties", {}) else []
            own += [one for pattern, one in fragment.get("patternProperties", {}).items() if searches(pattern, name)]
            if not own and "additionalProperties" in fragment:
                own = [fragment["additionalProperties"]]
            found += own
        return found

    def of_pattern(self, pattern: str) -> list[Any]:
        """Return what surely applies to undeclared properties whose names match a pattern."""
        found: list[Any] = []
        for fragment in self.fragments:
            patterns = fragment.get("patternProperties", {})
            if pattern in patterns:
                found.append(patterns[pattern])
            elif not patterns and "additionalProperties" in fragment:
                found.append(fragment["additionalProperties"])
        return found

    def rest(self) -> list[Any]:
        """Return what applies to properties that nothing else is said about."""
        return [fragment["additionalProperties"] for fragment in self.fragments if "additionalProperties" in fragment]


def shape_of(side: Side, schemas: Sequence[Any], fragments: Sequence[Any], *, typed: bool) -> Shape:
    """Return the shape that fragments say.

    Args:
        side: Where they are from.
        schemas: The schemas that they are the fragments of.
        fragments: Objects.
        typed: Whether undeclared fields are refused at this place by Kindgraph's own rule.
    """
    alternatives = side.reader.alternatives(fragments)
    every = [*fragments, *alternatives]
    declared = dict.fromkeys(name for one in every for name in one.get("properties", {}))
    patterns = dict.fromkeys(name for one in every for name in one.get("patternProperties", {}))
    required = frozenset(name for one in fragments for name in one.get("required", ()))
    is_object = side.types(schemas) - {"null"} in (frozenset({"object"}), ANY_TYPE - {"null"})
    return Shape(
        fragments=tuple(fragments),
        declared=tuple(declared),
        patterns=tuple(patterns),
        closed=_forbids_others(fragments)
        or (typed and is_object and bool(declared) and not _keeps_others(fragments, every)),
        required=required,
        filled=frozenset(name for name in required if declared and _has_default(side, fragments, name)),
        typed=is_object,
        even=_is_even(fragments, alternatives),
    )


def _is_even(fragments: Sequence[Any], alternatives: Sequence[Any]) -> bool:
    """Tell whether one schema, and no other, speaks of all fields that are not declared."""
    every = [*fragments, *alternatives]
    if any(one.get("x-kubernetes-preserve-unknown-fields") is True for one in fragments):
        return False
    extra = [one[name] for one in every for name in _EXTRA if one.get(name, False) is not False]
    patterns = [schema for one in every for schema in one.get("patternProperties", {}).values()]
    return len(extra) + len(patterns) == 1 and all(one is not True and one != {} for one in extra)


def _keeps_others(fragments: Sequence[Any], every: Iterable[Any]) -> bool:
    if any(one.get("x-kubernetes-preserve-unknown-fields") is True for one in fragments):
        return True
    if any(one.get("x-kubernetes-embedded-resource") is True for one in fragments):
        return True
    return any(one.get(name, False) is not False for one in every for name in _EXTRA)


def _forbids_others(fragments: Sequence[Any]) -> bool:
    """Tell whether a fragment forbids by itself all but what it declares, which must then be all there is."""
    return any(one.get("additionalProperties") is False for one in fragments)


def _has_default(side: Side, fragments: Sequence[Any], name: str) -> bool:
    """Tell whether a property has a default beside which nothing else speaks of it."""
    schemas = [one["properties"][name] for one in fragments if name in one.get("properties", {})]
    said = [one for one in side.reader.fragments(schemas) if isinstance(one, dict)]
    return any(one.get("default") is not None for one in said)
