"""CEL itself: expressions compiled once, evaluated within bounds.

The environment is that of Kubernetes' rules: standard CEL, optional values, the two-variable macros, functions of
texts, lists and sets, and Kubernetes' own. ``self`` and ``oldSelf`` are dynamic; what else can be known is checked when
an expression is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from schema_builder.limits import MAX_RULE_LENGTH
from schema_builder.rules.text import for_library

__all__ = ["NotEvaluated", "Program", "RuleRefused", "compile_expression"]

_EXTENSIONS: Final = ("lists", "math", "optional", "sets", "strings", "two-var-comprehensions")
_ERROR: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_CODE: Final = re.compile(r"^[A-Z_]+: ")
_CONTAINER: Final = " (in container '')"
_BUDGET: Final = "Iteration budget exceeded"
_TOO_LONG: Final = "takes more steps than a rule may take (10,000 items of lists and maps)"


class RuleRefused(ValueError):
    """An expression cannot be compiled; the message says why and where (line and column, counted from 1)."""


class NotEvaluated(ValueError):
    """An expression has no value for what it was asked about, or takes too long; the message says why."""


class Program:
    """A compiled expression.

    Attributes:
        result: What it returns, as CEL calls it: ``bool``, ``string``, ``dyn`` …
    """

    __slots__ = ("_expression", "result")

    def __init__(self, expression: Any) -> None:
        self._expression = expression
        self.result = expression.return_type().name().lower()

    def evaluate(self, variables: Mapping[str, Any]) -> bool | str:
        """Return the expression's value, which is a truth value or a text.

        Raises:
            NotEvaluated: It has none, another, or takes too long.
        """
        try:
            value = self._expression.eval(data=variables)
        except (RuntimeError, ValueError, LookupError, UnicodeError) as error:
            raise NotEvaluated(_TOO_LONG if _BUDGET in str(error) else _reason(str(error))) from None
        kind = value.type().name()
        # Only values of these types are fetched: fetching a null costs the interpreter a reference to it.
        if kind in ("BOOL", "STRING"):
            found: bool | str = value.value()
            return found
        if kind == "ERROR":
            raise NotEvaluated(_reason(value.value()))
        raise NotEvaluated(f"returned a value of the type {kind.lower()}")


@lru_cache(maxsize=2048)
def compile_expression(text: str, *, optional_old: bool = False) -> Program:
    """Return a compiled expression; equal ones are compiled once.

    Args:
        text: As its author wrote it.
        optional_old: Whether ``oldSelf`` is an optional value.

    Raises:
        RuleRefused: It is no expression of CEL, calls what there is not, or confuses types.
    """
    if len(text) > MAX_RULE_LENGTH:
        raise RuleRefused(f"is longer than {MAX_RULE_LENGTH} characters")
    if not text.strip():
        raise RuleRefused("is empty")
    try:
        environment = _environment()
        rewritten = for_library(text, optional_old=optional_old)
        try:
            return Program(environment.compile(rewritten))
        except RuntimeError:
            if rewritten != text:
                environment.compile(text)  # Positions of errors are those in the author's text.
            raise
    except (RuntimeError, ValueError, TypeError, LookupError) as error:
        raise RuleRefused(_refusal(str(error))) from None


@lru_cache(maxsize=1)
def _environment() -> Any:
    # The library is large: it is loaded when the first rule is compiled.
    from cel_expr_python import cel  # noqa: PLC0415

    from schema_builder.rules.functions import kubernetes_extension  # noqa: PLC0415

    extensions = "".join(f"  - name: {name}\n    version: latest\n" for name in _EXTENSIONS)
    return cel.NewEnv(
        config=cel.NewEnvConfigFromYaml(f"name: kubernetes\nextensions:\n{extensions}"),
        variables={"self": cel.Type.DYN, "oldSelf": cel.Type.DYN},
        extensions=[kubernetes_extension()],
    )


def _refusal(text: str) -> str:
    """Return what the library says about an expression: its first error, with its place."""
    match = _ERROR.search(text)
    if match is None:
        return f"is no expression of CEL: {_reason(text)}"
    line, column, reason = match.groups()
    where = f" at line {line}, column {column}" if int(line) > 0 else ""
    return f"is no expression of CEL{where}: {reason.removesuffix(_CONTAINER)}"


def _reason(text: str) -> str:
    return _CODE.sub("", re.sub(r" \[[A-Z_]+\]$", "", text))
