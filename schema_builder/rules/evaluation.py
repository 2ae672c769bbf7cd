"""The failures of a body: every rule of every place that is there.

A rule is not evaluated where its place is absent or null, where something in its place has the wrong shape (its own
failure says so), and, where it speaks of the old value, if there was none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.patterns import searches
from schema_builder.rules.conversion import without_nul
from schema_builder.rules.correlation import ABSENT, item_before, items_by_key, property_before
from schema_builder.rules.language import NotEvaluated
from schema_builder.rules.rule import KEYWORD, Rule

if TYPE_CHECKING:
    from schema_builder.rules.plan import Plan

__all__ = ["Blocked", "broken_rules"]

_MAX_SHOWN: Final = 500
_BLOCKING: Final = frozenset(
    {"type", "required", "format", "depth", "number", "maxItems", "maxLength", "maxProperties", "limit"}
)


class Blocked:
    """Places whose shape is so wrong that rules about them would say nothing of use."""

    __slots__ = ("_paths",)

    def __init__(self, failures: list[Failure]) -> None:
        self._paths = [failure.path for failure in failures if failure.keyword in _BLOCKING]

    def holds(self, path: str) -> bool:
        """Tell whether anything at or below a place, or the place around it, is wrong."""
        return any(
            wrong == path or wrong.startswith(f"{path}/") or path.startswith(f"{wrong}/") for wrong in self._paths
        )


def broken_rules(plan: Plan, value: Any, *, old: Any, path: str, blocked: Blocked) -> Iterator[Failure]:
    """Yield a failure for each rule that does not hold.

    Args:
        plan: The place.
        value: What is there.
        old: What was there before, or ``ABSENT``.
        path: Its JSON pointer.
        blocked: Places that rules cannot speak of.
    """
    if value is None:
        return
    if plan.rules and not blocked.holds(path):
        yield from _of_place(plan, value, old, path)
    for beside in plan.beside:
        yield from broken_rules(beside, value, old=old, path=path, blocked=blocked)
    if isinstance(value, Mapping):
        yield from _of_properties(plan, value, old, path, blocked)
    elif isinstance(value, list) and (plan.items or plan.prefix):
        before = items_by_key(old, plan.keys)
        for index, item in enumerate(value):
            child = plan.prefix.get(index) or plan.items
            if child is not None:
                was = item_before(before, item, plan.keys)
                yield from broken_rules(child, item, old=was, path=f"{path}/{index}", blocked=blocked)


def _of_properties(plan: Plan, value: Mapping[str, Any], old: Any, path: str, blocked: Blocked) -> Iterator[Failure]:
    places: Iterator[tuple[str, Plan]]
    if plan.values is None and not plan.patterns:
        places = ((name, child) for name, child in plan.properties.items() if name in value)
    else:
        places = ((name, child) for name in value for child in _places(plan, name))
    for name, child in places:
        was = property_before(old, name)
        yield from broken_rules(child, value[name], old=was, path=f"{path}/{pointer_token(name)}", blocked=blocked)


def _places(plan: Plan, name: str) -> Iterator[Plan]:
    if name in plan.properties:
        yield plan.properties[name]
    matching = [child for pattern, child in plan.patterns if searches(pattern, name)]
    yield from matching
    if plan.values is not None and not matching and name not in plan.declared:
        yield plan.values


def _of_place(plan: Plan, value: Any, old: Any, path: str) -> Iterator[Failure]:
    has_old = old is not ABSENT and old is not None
    rules = [rule for rule in plan.rules if has_old or rule.optional_old or not rule.transition]
    if not rules:
        return
    try:
        value = _prepared(plan, value)
        old = _prepared(plan, old) if has_old and any(rule.transition for rule in rules) else None
    except NotEvaluated as error:
        yield Failure(path, KEYWORD, f"the rules cannot be evaluated: {error}")
        return
    for rule in rules:
        variables = rule.variables(value, old, has_old=has_old)
        message = _broken(rule, variables)
        if message is not None:
            yield Failure(path + "".join(f"/{pointer_token(step)}" for step in rule.path), KEYWORD, message)


def _prepared(plan: Plan, value: Any) -> Any:
    value = without_nul(value)
    return value if plan.convert is None else plan.convert(value)


def _broken(rule: Rule, variables: Mapping[str, Any]) -> str | None:
    """Return what a failure of a rule says, or None where the rule holds."""
    try:
        holds = rule.program.evaluate(variables)
    except NotEvaluated as error:
        return f"the rule cannot be evaluated: {str(error)[:_MAX_SHOWN]}: {rule.text[:_MAX_SHOWN]}"
    if holds is True:
        return None
    if holds is not False:
        return f"the rule returned a text, not true or false: {rule.text[:_MAX_SHOWN]}"
    return _computed_message(rule, variables) or rule.message or f"failed rule: {rule.text[:_MAX_SHOWN]}"


def _computed_message(rule: Rule, variables: Mapping[str, Any]) -> str | None:
    """Return the message that the rule computes; where that fails, as in Kubernetes, the fixed one serves."""
    if rule.message_program is None:
        return None
    try:
        message = rule.message_program.evaluate(variables)
    except NotEvaluated:
        return None
    text = message.strip() if isinstance(message, str) else ""
    return text if text and "\n" not in text else None
