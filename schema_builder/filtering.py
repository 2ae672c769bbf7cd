"""From coerced ``where`` inputs to conditions.

An input type cannot raise while it is coerced without taking the whole request with it, so what cannot be read
becomes ``Refused``, travels up, and is raised by the resolver that asks for the condition.

Negations are complements of whole paths: ``{spec: {rules: {port: {ne: 80}}}}`` is everything that
``{spec: {rules: {port: {eq: 80}}}}`` is not. So they are hoisted out of every field, up to the root, while positive
conditions on one list of objects stay together and must meet in one element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from schema_builder.conditions import All, AnyOf, Comparison, Condition, Entries, Exists, Field, Items, Membership, Not
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["EVERYTHING", "Leaf", "Refused", "Term", "condition_of", "leaf_of", "object_condition"]

EVERYTHING: Final = All(())
_MAX_PARTS: Final = 2_000
"""Conditions and operands of one filter: each is looked at for each resource that is listed or changes."""


class Refused(NamedTuple):
    """A filter that cannot be read, and why."""

    message: str


class Leaf(NamedTuple):
    """The operators of one leaf: each a condition on the value, and whether its complement is meant."""

    terms: tuple[tuple[bool, Condition], ...]


Term: TypeAlias = Condition | Leaf | Refused
"""What a coerced filter input is."""


def condition_of(where: Term | None) -> Condition | None:
    """Return the condition that a ``where`` argument says; None where it says nothing.

    Raises:
        BadUserInput: It cannot be read.
    """
    match where:
        case Refused(message):
            raise BadUserInput(message)
        case Leaf():
            raise AssertionError("a leaf is no filter of a whole resource")
        case All(()):
            return None
        case _:
            _check_parts(where)
            return where


def _check_parts(where: Condition | None) -> None:
    waiting: list[Condition] = [] if where is None else [where]
    parts = 0
    while waiting:
        condition = waiting.pop()
        match condition:
            case Field(_, inner) | Not(inner) | Entries(inner) | Items(inner):
                waiting.append(inner)
            case All(conditions) | AnyOf(conditions):
                waiting += conditions
                parts += 1
            case Comparison(_, tuple() as operands):
                parts += len(operands)
            case _:
                parts += 1
        if parts + len(waiting) > _MAX_PARTS:
            raise BadUserInput(f"The filter has more than {_MAX_PARTS} conditions and operands.")


def leaf_of(operators: Mapping[str, Any], *, instant: bool, listed: bool) -> Leaf | Refused:
    """Return what the operators of a leaf filter say.

    Args:
        operators: Operands by operator; absent operators are absent.
        instant: Operands are date-times.
        listed: The leaf is a list: ``contains`` asks for membership.
    """
    terms: list[tuple[bool, Condition]] = []
    for operator, operand in operators.items():
        if operand is None and operator not in {"eq", "ne"}:
            return Refused(
                f"The operand of '{operator}' must not be null; 'eq: null' and 'exists: false' ask for absence."
            )
        terms.append(_term(operator, operand, instant=instant, listed=listed))
    return Leaf(tuple(terms))


def _term(operator: str, operand: Any, *, instant: bool, listed: bool) -> tuple[bool, Condition]:
    match operator:
        case "exists":
            return not operand, Exists()
        case "eq" | "ne" if operand is None:
            return operator == "eq", Exists()
        case "ne":
            return True, Comparison("eq", operand, instant=instant)
        case "in" | "notIn":
            return operator == "notIn", Comparison("in", tuple(operand), instant=instant)
        case "contains" if listed:
            return False, Membership(operand, instant=instant)
        case "contains":
            return False, Comparison("substring", operand)
        case "eq" | "lt" | "lte" | "gt" | "gte" | "startsWith":
            return False, Comparison(operator, operand, instant=instant)
        case _:
            raise AssertionError(operator)


def object_condition(
    fields: Mapping[str, Any],
    *,
    logic: Mapping[str, str],
    entries: Mapping[str, str] | None = None,
    nested: Mapping[str, int] | None = None,
) -> Condition | Refused:
    """Return what a filter of an object says.

    Args:
        fields: Coerced filters by original property name, and the logical operators by their keys in ``logic``.
        logic: Keys of ``fields`` that are ``_and``, ``_or`` or ``_not``, so that no property is taken for one.
        entries: Keys of ``fields`` that ask for the entries of a map, each with the name of the map.
        nested: Keys of ``fields`` that are lists of lists, each with how many lists are in the first.
    """
    conditions: list[Condition] = []
    for name, term in fields.items():
        lists = nested.get(name, 0) if nested else 0
        if name in logic:
            condition = _logical(logic[name], term)
        elif entries and name in entries:
            condition = _on_field(entries[name], term, of_entries=True, lists=lists)
        else:
            condition = _on_field(name, term, lists=lists)
        if isinstance(condition, Refused):
            return condition
        conditions.append(condition)
    return _all(conditions)


def _logical(operator: str, term: Any) -> Condition | Refused:
    if term is None:
        return Refused(f"'{operator}' must not be null.")
    if operator == "_not":
        return term if isinstance(term, Refused) else Not(term)
    refused = next((item for item in term if isinstance(item, Refused)), None)
    if refused is not None:
        return refused
    return _all(term) if operator == "_and" else AnyOf(tuple(term))


def _on_field(name: str, term: Term | None, *, of_entries: bool = False, lists: int = 0) -> Condition | Refused:
    def place(condition: Condition) -> Condition:
        condition = Entries(condition) if of_entries else condition
        for _ in range(lists):
            condition = Items(condition)
        return Field(name, condition)

    match term:
        case None:
            return Refused(
                f"The filter of '{name}' must not be null: leave it out to accept anything. Filters of single values "
                "ask for absence by 'exists: false'."
            )
        case Refused():
            return term
        case Leaf(terms):
            placed = ((negated, _leaf_in(name, leaf, place, lists=lists)) for negated, leaf in terms)
            return _all(Not(condition) if negated else condition for negated, condition in placed)
        case _:
            return _within(place, term)


def _leaf_in(name: str, leaf: Condition, place: Callable[[Condition], Condition], *, lists: int) -> Condition:
    """Say a condition of a leaf; in lists of lists, membership is what any of the innermost items equals."""
    if isinstance(leaf, Exists) or not lists:
        return Field(name, leaf)
    return place(Comparison("eq", leaf.operand, leaf.instant) if isinstance(leaf, Membership) else leaf)


def _within(place: Callable[[Condition], Condition], condition: Condition) -> Condition:
    """Say a condition of one property's. Negations and alternatives around them are hoisted out of the field."""
    if not _has_complement(condition):
        return condition if condition == EVERYTHING else place(condition)
    match condition:
        case Not(inner):
            return Not(_within(place, inner))
        case AnyOf(conditions):
            return AnyOf(tuple(_within(place, inner) for inner in conditions))
        case All(conditions):
            together = [inner for inner in conditions if not _has_complement(inner)]
            apart = [inner for inner in conditions if _has_complement(inner)]
            return _all([_within(place, _all(together)), *(_within(place, inner) for inner in apart)])
        case _:
            raise AssertionError("fields never hold complements")


def _has_complement(condition: Condition) -> bool:
    match condition:
        case Not():
            return True
        case All(conditions) | AnyOf(conditions):
            return any(_has_complement(inner) for inner in conditions)
        case _:
            return False


def _all(conditions: Iterable[Condition]) -> Condition:
    parts: list[Condition] = []
    for condition in conditions:
        parts += condition.conditions if isinstance(condition, All) else [condition]
    return parts[0] if len(parts) == 1 else All(tuple(parts))
