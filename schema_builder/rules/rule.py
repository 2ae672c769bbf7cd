"""One entry of ``x-kubernetes-validations``: what it may hold, and its compiled form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.rules.language import RuleRefused, compile_expression
from schema_builder.rules.text import OPTIONAL_OLD, names_old_self, place_of
from schema_builder.rules.typing import Fields, unknown_reads
from schema_builder.validation.messages import listed

if TYPE_CHECKING:
    from schema_builder.rules.program import Program
    from schema_builder.rules.typing import Type

__all__ = ["KEYWORD", "Rule", "compile_rule", "entry_failures"]

KEYWORD: Final = "x-kubernetes-validations"

_TEXTS: Final = ("rule", "message", "messageExpression", "reason", "fieldPath")
_FIELDS: Final = (*_TEXTS, "optionalOldSelf")
_REASONS: Final = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\.?\['([^']+)'\]", re.ASCII)
_MAX_MESSAGE: Final = 2_048


class Rule(NamedTuple):
    """A rule, ready to be evaluated.

    Attributes:
        text: The rule as its author wrote it.
        program: The rule itself; returns a truth value.
        message: What a failure says; None where the rule itself is to be told.
        message_program: Returns what a failure says; wins over ``message`` where it can be evaluated.
        path: Where failures are told, from the place of the rule: names of properties.
        transition: It speaks of the old value, and is evaluated only where there is one.
        optional_old: The old value is optional, so it is evaluated where there is none as well.
    """

    text: str
    program: Program
    message: str | None
    message_program: Program | None
    path: tuple[str, ...]
    transition: bool
    optional_old: bool

    def variables(self, value: Any, old: Any, *, has_old: bool) -> dict[str, Any]:
        """Return what the names in the rule stand for."""
        if self.optional_old:
            return {"self": value, "oldSelf": {OPTIONAL_OLD: old} if has_old else {}}
        return {"self": value, "oldSelf": old} if self.transition else {"self": value}


def compile_rule(entry: Mapping[str, Any]) -> Rule:
    """Return the rule of an entry without failures."""
    text, optional_old = entry["rule"], entry.get("optionalOldSelf") is True
    expression = entry.get("messageExpression")
    return Rule(
        text=text,
        program=compile_expression(text, optional_old=optional_old),
        message=entry.get("message"),
        message_program=compile_expression(expression, optional_old=optional_old) if expression else None,
        path=_steps(entry.get("fieldPath") or "") or (),
        transition=names_old_self(text),
        optional_old=optional_old,
    )


def entry_failures(entry: Any, *, path: str, properties: Mapping[str, Any] | None, place: Type | None) -> list[Failure]:
    """Return what is wrong with an entry.

    Args:
        entry: The entry, as the schema has it.
        path: Its JSON pointer.
        properties: The properties of the place that it stands at, None where they are not known.
        place: What is known about the value of that place.
    """
    if not isinstance(entry, Mapping):
        return [Failure(path, KEYWORD, "must be an object with a rule")]
    failures = _shape_failures(entry, path)
    if failures:
        return failures
    optional_old = entry.get("optionalOldSelf") is True
    old = Fields({OPTIONAL_OLD: place}) if optional_old else place
    types: dict[str, Type | None] = {"self": place, "oldSelf": old}
    failures += _expression_failures(
        entry["rule"], f"{path}/rule", result="bool", types=types, optional_old=optional_old
    )
    if optional_old and not names_old_self(entry["rule"]):
        failures.append(Failure(f"{path}/optionalOldSelf", KEYWORD, "is of no use: the rule does not name oldSelf"))
    if expression := entry.get("messageExpression"):
        where = f"{path}/messageExpression"
        failures += _expression_failures(expression, where, result="string", types=types, optional_old=optional_old)
        if names_old_self(expression) and not names_old_self(entry["rule"]):
            failures.append(Failure(where, KEYWORD, "cannot name oldSelf where the rule does not"))
    return failures + _path_failures(entry.get("fieldPath"), f"{path}/fieldPath", properties)


def _shape_failures(entry: Mapping[str, Any], path: str) -> list[Failure]:
    failures = [
        Failure(f"{path}/{pointer_token(str(name))}", KEYWORD, f"is unknown; a rule has {listed(_FIELDS)}")
        for name in entry
        if name not in _FIELDS
    ]
    failures += [
        Failure(f"{path}/{name}", KEYWORD, "must be a string")
        for name in _TEXTS
        if entry.get(name) is not None and not isinstance(entry[name], str)
    ]
    if not entry.get("rule"):
        failures.append(Failure(f"{path}/rule", KEYWORD, "is required: an expression in CEL that is true or false"))
    if not isinstance(entry.get("optionalOldSelf"), bool | None):
        failures.append(Failure(f"{path}/optionalOldSelf", KEYWORD, "must be true or false"))
    if entry.get("reason") not in (None, "", *_REASONS):
        failures.append(Failure(f"{path}/reason", KEYWORD, f"must be one of {listed(_REASONS)}"))
    for name in ("message", "messageExpression"):
        if isinstance(text := entry.get(name), str) and len(text) > _MAX_MESSAGE:
            failures.append(Failure(f"{path}/{name}", KEYWORD, f"is longer than {_MAX_MESSAGE} characters"))
    return failures


def _expression_failures(
    text: str, path: str, *, result: str, types: Mapping[str, Type | None], optional_old: bool
) -> list[Failure]:
    try:
        program = compile_expression(text, optional_old=optional_old)
    except RuleRefused as refused:
        return [Failure(path, KEYWORD, str(refused))]
    if not program.bearable:
        return [Failure(path, KEYWORD, "would take too long, however small the values are")]
    if lacking := program.unresolved():
        return [Failure(path, KEYWORD, f"calls {lacking}, which is not supported")]
    returned = program.result
    if returned not in (result, "dyn"):
        return [Failure(path, KEYWORD, f"must return a value of the type {result}, and returns {returned}")]
    return [
        Failure(path, KEYWORD, f"reads {field} at {place_of(text, field)}, which {reason}")
        for field, reason in unknown_reads(program.tree(), types)
    ]


def _path_failures(text: str | None, path: str, properties: Mapping[str, Any] | None) -> list[Failure]:
    if not text:
        return []
    steps = _steps(text)
    if steps is None:
        return [Failure(path, KEYWORD, "must be a path of properties, such as .spec.port or .spec['a.b']")]
    for index, step in enumerate(steps):
        if properties is None:
            break
        if step not in properties:
            told = ".".join(steps[: index + 1])
            return [Failure(path, KEYWORD, f"names {told}, which the schema does not know")]
        child = properties[step]
        properties = child.get("properties") if isinstance(child, Mapping) else None
    return []


def _steps(text: str) -> tuple[str, ...] | None:
    """Return the properties that a path names, or None where it cannot be read."""
    steps: list[str] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            return None
        steps.append(match.group(1) or match.group(2))
        position = match.end()
    return tuple(steps)
