"""Keywords that combine schemas: allOf, anyOf, oneOf, not, if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, pointer
from schema_builder.validation.messages import listed

__all__ = ["KEYWORDS"]

_CLOSEST: Final = "; the closest: "
_MAX_TOLD: Final = 3
_MAX_LENGTH: Final = 500


def all_of(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``allOf``."""
    checks = [compiler.compile(schema) for schema in value]

    def check(instance: Any, run: Run) -> Troubles:
        return [trouble for one in checks for trouble in one(instance, run)]

    return check


def any_of(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``anyOf``; an empty one, as OpenAPI allows it, says nothing."""
    if not value:
        return None
    checks = [compiler.compile(schema) for schema in value]

    def check(instance: Any, run: Run) -> Troubles:
        attempts: list[Sequence[Trouble]] = []
        for one in checks:
            troubles = one(instance, run)
            if not troubles:
                return OK
            attempts.append(troubles)
        return [Trouble((), "anyOf", f"matches none of {len(checks)} alternatives{_closest(attempts)}")]

    return check


def one_of(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check | None:
    """Compile ``oneOf``; an empty one, as OpenAPI allows it, says nothing."""
    if not value:
        return None
    checks = [compiler.compile(schema) for schema in value]

    def check(instance: Any, run: Run) -> Troubles:
        attempts = [one(instance, run) for one in checks]
        matching = [index + 1 for index, troubles in enumerate(attempts) if not troubles]
        if len(matching) == 1:
            return OK
        if matching:
            message = f"must match exactly one of {len(checks)} alternatives, matches {listed(matching)}"
        else:
            message = f"matches none of {len(checks)} alternatives{_closest(attempts)}"
        return [Trouble((), "oneOf", message)]

    return check


def _closest(attempts: Sequence[Sequence[Trouble]]) -> str:
    """Return what the alternative with the fewest failures lacks."""
    closest = min(attempts, key=len)
    told = [f"{pointer(trail)} {message.partition(_CLOSEST)[0]}".strip() for trail, _, message in closest[:_MAX_TOLD]]
    return _CLOSEST + "; ".join(told)[:_MAX_LENGTH]


def not_(value: Any, _schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``not``."""
    negated = compiler.compile(value)
    message = "must not have the form that its schema forbids"
    if isinstance(value, dict) and set(value) == {"required"}:
        message = f"must not have all of {listed(value['required'])}"

    def check(instance: Any, run: Run) -> Troubles:
        return OK if negated(instance, run) else [Trouble((), "not", message)]

    return check


def if_(value: Any, schema: dict[str, Any], compiler: Compiler) -> Check:
    """Compile ``if`` with ``then`` and ``else``."""
    condition = compiler.compile(value)
    then = compiler.compile(schema.get("then", True))
    otherwise = compiler.compile(schema.get("else", True))

    def check(instance: Any, run: Run) -> Troubles:
        return otherwise(instance, run) if condition(instance, run) else then(instance, run)

    return check


KEYWORDS: Final[Mapping[str, Keyword]] = {"allOf": all_of, "anyOf": any_of, "if": if_, "not": not_, "oneOf": one_of}
