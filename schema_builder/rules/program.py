"""A compiled expression: evaluated on values, within bounds of cost.

What the library is given is only what the expression reads: the library copies all of it for each evaluation. How large
that is decides whether the evaluation may be too costly; only then its cost is reckoned from the values themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

import orjson

from schema_builder.rules.cost import MAX_COST, cost_of, is_bearable, largest_size
from schema_builder.rules.shape import of_value
from schema_builder.rules.text import OPTIONAL_OLD
from schema_builder.rules.tree import Expr, read_tree
from schema_builder.rules.usage import project, usages

__all__ = ["Convert", "NotEvaluated", "Program", "reason_of"]

_VARIABLES: Final = ("self", "oldSelf")
_CODE: Final = re.compile(r"^[A-Z_]+: ")
_BUDGET: Final = "Iteration budget exceeded"
_TOO_LONG: Final = "takes more than 10,000 steps over items of lists and maps"
_TOO_COSTLY: Final = "would take too long on a value of this size"
_UNRESOLVED: Final = re.compile(r"No overload found in reference resolve step for (\S+)")
_MACROS: Final = {"cel.@mapInsert": "transformMap"}
_NO_UNICODE: Final = "the value holds text that is no valid Unicode"
_NUL: Final = "\0"
_STAND_IN: Final = "\ufffd"

Convert = Callable[[Any], Any]


class NotEvaluated(ValueError):
    """An expression has no value for what it was asked about, or takes too long; the message says why."""


class Program:
    """A compiled expression.

    Attributes:
        result: What it returns, as CEL calls it: ``bool``, ``string``, ``dyn`` …
        bearable: It is not too costly on whatever it may be evaluated on.
    """

    def __init__(self, expression: Any, *, optional_old: bool) -> None:
        """Take an expression of the library.

        Args:
            expression: The compiled expression.
            optional_old: Its ``oldSelf`` is a map that holds the old value, or nothing.
        """
        self._expression = expression
        self._optional_old = optional_old
        tree = self.tree()
        self._usages = usages(tree, _VARIABLES)
        self.bearable = is_bearable(tree, _VARIABLES)
        self.result: str = expression.return_type().name().lower()

    @cached_property
    def largest(self) -> int:
        """Return the largest size of values, as JSON text, on which it surely is not too costly; 0 where on none."""
        return largest_size(self.tree(), _VARIABLES)

    def evaluate(self, variables: Mapping[str, Any], *, convert: Convert | None = None) -> bool | str:
        """Return the expression's value, which is a truth value or a text.

        Args:
            variables: ``self``, and ``oldSelf`` where the expression names it; JSON values.
            convert: Makes a CEL value of a JSON value, where they differ; it may get a part of the value.

        Raises:
            NotEvaluated: It has no value, another, or would take too long.
        """
        given = self._given(variables)
        if convert is not None:
            given = {name: self._converted(name, value, convert) for name, value in given.items()}
        try:
            value = self._expression.eval(data=given)
        except (RuntimeError, ValueError, LookupError, UnicodeError) as error:
            raise NotEvaluated(_TOO_LONG if _BUDGET in str(error) else reason_of(str(error))) from None
        kind = value.type().name()
        # Only values of these types are fetched: fetching a null costs the interpreter a reference to it.
        if kind in ("BOOL", "STRING"):
            found: bool | str = value.value()
            return found
        if kind == "ERROR":
            reason = reason_of(value.value())
            raise NotEvaluated(_TOO_LONG if _BUDGET in reason else reason)
        raise NotEvaluated(f"returned a value of the type {kind.lower()}")

    def _given(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the expression reads of its variables, in a form and size that the library can take."""
        size, given = 0, {}
        for name, usage in self._usages.items():
            if name not in variables:
                continue
            part = project(variables[name], usage)
            try:
                text = orjson.dumps(part)
            except TypeError:
                raise NotEvaluated(_NO_UNICODE) from None
            size += len(text)
            given[name] = _without_nul(part) if b"\\u0000" in text else part
        if size > self.largest:
            shapes = {name: of_value(value) for name, value in given.items()}
            if cost_of(self.tree(), shapes) > MAX_COST:
                raise NotEvaluated(_TOO_COSTLY)
        return given

    def _converted(self, name: str, value: Any, convert: Convert) -> Any:
        if self._optional_old and name == "oldSelf":
            return {OPTIONAL_OLD: convert(value[OPTIONAL_OLD])} if OPTIONAL_OLD in value else {}
        return convert(value)

    def unresolved(self) -> str | None:
        """Return which function the library declares and lacks, None where it has all: only an evaluation tells."""
        try:
            self._expression.eval(data={})
        except (RuntimeError, ValueError, LookupError) as error:
            match = _UNRESOLVED.search(str(error))
            return _MACROS.get(match.group(1), match.group(1)) if match else None
        return None

    def tree(self) -> Expr:
        """Return the syntax tree."""
        return _read(self._expression.serialize())


@lru_cache(maxsize=32)
def _read(serialized: bytes) -> Expr:
    """Return a tree; the last few are kept, for one is asked for several times while its definition is judged."""
    return read_tree(serialized)


def reason_of(text: str) -> str:
    """Return what the library says about an error, without its codes."""
    return _CODE.sub("", re.sub(r" \[[A-Z_]+\]$", "", text))


def _without_nul(value: Any) -> Any:
    """Return a value that the library reads to its end: it takes NUL for the end of a text.

    NUL becomes the replacement character, which no rule compares with.
    """
    if isinstance(value, str):
        return value.replace(_NUL, _STAND_IN)
    if isinstance(value, Mapping):
        return {name.replace(_NUL, _STAND_IN): _without_nul(item) for name, item in value.items()}
    return [_without_nul(item) for item in value] if isinstance(value, list) else value
