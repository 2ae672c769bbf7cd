"""The shapes that keywords are compiled to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from schema_builder.differences import pointer_token
from schema_builder.validation.messages import Suggestions

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["OK", "Check", "Compiler", "Keyword", "Run", "Trouble", "inside", "is_integer", "is_number", "pointer"]


class Trouble(NamedTuple):
    """A failure, its place told from the schema that found it: ``(outer, (inner, ()))``."""

    trail: tuple[Any, ...]
    keyword: str
    message: str


Troubles = list[Trouble] | tuple[()]
OK: Final[tuple[()]] = ()


class Run:
    """What one validation carries along.

    Attributes:
        known: Answers of referenced schemas by (schema, instance, scope): each is asked once, so that schemas which
            multiply references are no slower than they are long. Instances are alive as long as the run.
        suggestions: Says what unknown fields may have meant.
        scope: URIs of the schema resources entered so far, outermost first; only kept where ``$dynamicRef`` occurs.
    """

    __slots__ = ("known", "scope", "suggestions")

    def __init__(self, scope: tuple[str, ...]) -> None:
        self.known: dict[Any, Any] = {}
        self.scope = scope
        self.suggestions = Suggestions()


Check = Callable[[Any, Run], Troubles]


class Compiler(Protocol):
    """What keywords need of the compiler."""

    document: Document
    assert_formats: bool

    def compile(self, schema: Any) -> Check:
        """Return the check of a subschema."""

    def target(self, schema: dict[str, Any], keyword: str, run: Run) -> tuple[Any, str]:
        """Return what a reference names during a run: the schema and the URI of its resource."""


Keyword = Callable[[Any, dict[str, Any], Compiler], Check | None]
"""Compiles one keyword from its value and the schema around it; None where there is nothing to check."""


def inside(name: Any, troubles: Iterable[Trouble]) -> list[Trouble]:
    """Return failures of a property or item as failures of what holds it."""
    return [Trouble((name, trail), keyword, message) for trail, keyword, message in troubles]


def pointer(trail: tuple[Any, ...]) -> str:
    """Return the JSON pointer of a trail."""
    tokens: list[str] = []
    while trail:
        token, trail = trail
        tokens.append(f"/{pointer_token(str(token))}")
    return "".join(tokens)


def is_number(value: Any) -> bool:
    """Tell whether a value is a JSON number; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """Tell whether a value is a number without fraction: 1.0 is an integer."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
