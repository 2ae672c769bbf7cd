"""The failures of a body: every rule of every place that is there.

A rule is not evaluated where its place is absent or null, where something in its place has the wrong shape (its own
failure says so), and, where it speaks of the old value, if there was none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.patterns import searches
from schema_builder.rules.correlation import ABSENT, item_before, items_by_key, property_before
from schema_builder.rules.rule import KEYWORD, Rule

if TYPE_CHECKING:
    from schema_builder.rules.plan import Plan
from schema_builder.rules.program import Convert, NotEvaluated

__all__ = ["Round", "broken_rules"]

MAX_SECONDS: Final = 2.0
"""Of the processor, for all rules of one write."""
_MAX_SHOWN: Final = 500
_BLOCKING: Final = frozenset(
    {"type", "required", "format", "depth", "number", "maxItems", "maxLength", "maxProperties", "limit"}
)


class Round:
    """One look at a body: places that rules cannot speak of, and the time that is left for all rules together."""

    __slots__ = ("_left_seconds", "_paths")

    def __init__(self, others: list[Failure]) -> None:
        """Begin.

        Args:
            others: What else is wrong: where the shape is so wrong that rules would say nothing of use, none is asked.
        """
        self._paths = [failure.path for failure in others if failure.keyword in _BLOCKING]
        self._left_seconds = MAX_SECONDS

    def blocks(self, path: str) -> bool:
        """Tell whether anything at or below a place, or the place around it, is wrong."""
        return any(
            wrong == path or wrong.startswith(f"{path}/") or path.startswith(f"{wrong}/") for wrong in self._paths
        )

    def ask(self, rule: Rule, variables: Mapping[str, Any], convert: Convert | None) -> str | None:
        """Return what a failure of a rule says, or None where the rule holds, or no time is left to tell."""
        if self._left_seconds <= 0:
            return None
        started = time.thread_time()
        message = _broken(rule, variables, convert)
        self._left_seconds -= time.thread_time() - started
        return message if self._left_seconds > 0 else f"the rules of this resource take more than {MAX_SECONDS:g} s"


def broken_rules(plan: Plan, value: Any, *, old: Any, path: str, round_: Round) -> Iterator[Failure]:
    """Yield a failure for each rule that does not hold.

    Args:
        plan: The place.
        value: What is there.
        old: What was there before, or ``ABSENT``.
        path: Its JSON pointer.
        round_: What all rules have in common.
    """
    if value is None:
        return
    if plan.rules and not round_.blocks(path):
        yield from _of_place(plan, value, old, path, round_)
    for beside in plan.beside:
        yield from broken_rules(beside, value, old=old, path=path, round_=round_)
    if isinstance(value, Mapping):
        yield from _of_properties(plan, value, old, path, round_)
    elif isinstance(value, list) and (plan.items or plan.prefix):
        before = items_by_key(old, plan.keys)
        for index, item in enumerate(value):
            child = plan.prefix.get(index) or plan.items
            if child is not None:
                was = item_before(before, item, plan.keys)
                yield from broken_rules(child, item, old=was, path=f"{path}/{index}", round_=round_)


def _of_properties(plan: Plan, value: Mapping[str, Any], old: Any, path: str, round_: Round) -> Iterator[Failure]:
    places: Iterator[tuple[str, Plan]]
    if plan.values is None and not plan.patterns:
        places = ((name, child) for name, child in plan.properties.items() if name in value)
    else:
        places = ((name, child) for name in value for child in _places(plan, name))
    for name, child in places:
        was = property_before(old, name)
        yield from broken_rules(child, value[name], old=was, path=f"{path}/{pointer_token(name)}", round_=round_)


def _places(plan: Plan, name: str) -> Iterator[Plan]:
    if name in plan.properties:
        yield plan.properties[name]
    matching = [child for pattern, child in plan.patterns if searches(pattern, name)]
    yield from matching
    if plan.values is not None and not matching and name not in plan.declared:
        yield plan.values


def _of_place(plan: Plan, value: Any, old: Any, path: str, round_: Round) -> Iterator[Failure]:
    has_old = old is not ABSENT and old is not None
    rules = [rule for rule in plan.rules if has_old or rule.optional_old or not rule.transition]
    if not rules:
        return
    for rule in rules:
        variables = rule.variables(value, old, has_old=has_old)
        message = round_.ask(rule, variables, plan.convert)
        if message is not None:
            yield Failure(path + "".join(f"/{pointer_token(step)}" for step in rule.path), KEYWORD, message)


def _broken(rule: Rule, variables: Mapping[str, Any], convert: Convert | None) -> str | None:
    """Return what a failure of a rule says, or None where the rule holds."""
    try:
        holds = rule.program.evaluate(variables, convert=convert)
    except NotEvaluated as error:
        return f"the rule cannot be evaluated: {str(error)[:_MAX_SHOWN]}: {rule.text[:_MAX_SHOWN]}"
    if holds is True:
        return None
    if holds is not False:
        return f"the rule returned a text, not true or false: {rule.text[:_MAX_SHOWN]}"
    return _computed_message(rule, variables, convert) or rule.message or f"failed rule: {rule.text[:_MAX_SHOWN]}"


def _computed_message(rule: Rule, variables: Mapping[str, Any], convert: Convert | None) -> str | None:
    """Return the message that the rule computes; where that fails, as in Kubernetes, the fixed one serves."""
    if rule.message_program is None:
        return None
    try:
        message = rule.message_program.evaluate(variables, convert=convert)
    except NotEvaluated:
        return None
    text = message.strip() if isinstance(message, str) else ""
    return text if text and "\n" not in text else None
