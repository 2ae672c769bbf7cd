"""CEL itself: expressions compiled once, evaluated within bounds.

The environment is that of Kubernetes' rules: standard CEL, optional values, the two-variable macros, functions of
texts, lists and sets, and Kubernetes' own. ``self`` and ``oldSelf`` are dynamic; what else can be known is checked when
an expression is compiled.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from schema_builder.limits import MAX_RULE_LENGTH
from schema_builder.rules.program import Program, reason_of
from schema_builder.rules.text import OUR_OWN, for_library

__all__ = ["RuleRefused", "compile_expression"]

_EXTENSIONS: Final = ("math", "optional", "sets", "strings", "two-var-comprehensions")
_ERROR: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_OUR_NAME: Final = re.compile(f"'({'|'.join(OUR_OWN.values())})'")
_CONTAINER: Final = " (in container '')"


class RuleRefused(ValueError):
    """An expression cannot be compiled; the message says why and where (line and column, counted from 1)."""


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
            return Program(environment.compile(rewritten), optional_old=optional_old)
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
        return f"is no expression of CEL: {reason_of(text)}"
    line, column, reason = match.groups()
    where = f" at line {line}, column {column}" if int(line) > 0 else ""
    reason = _OUR_NAME.sub(lambda name: f"'{name.group(1)[0].lower()}{name.group(1)[1:]}'", reason)
    return f"is no expression of CEL{where}: {reason.removesuffix(_CONTAINER)}"
