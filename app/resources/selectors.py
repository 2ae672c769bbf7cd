"""Label selectors in Kubernetes' syntax: ``app=web, tier!=db, env in (a, b), !legacy, canary``.

Grammar and meaning: ``k8s.io/apimachinery/pkg/labels/selector.go``. ``!=`` and ``notin`` also hold where the label
is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from app.resources.metadata import label_failures, qualified_name_problem
from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Requirement", "Selector", "label_terms", "parse_selector"]

_TOKEN: Final = re.compile(r"\s*(?:(?P<word>[^\s,()=!]+)|(?P<operator>==|=|!=|!|\(|\)|,))")
_MAX_LENGTH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Requirement:
    """One term; ``values`` is empty for exists and absent."""

    key: str
    operator: Literal["in", "notin", "exists", "absent"]
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Decide the term on labels."""
        match self.operator:
            case "in":
                return labels.get(self.key) in self.values
            case "notin":
                return labels.get(self.key) not in self.values
            case "exists":
                return self.key in labels
            case "absent":
                return self.key not in labels


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements that must all hold."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Decide the selector on labels."""
        return all(requirement.matches(labels) for requirement in self.requirements)


def label_terms(labels: Mapping[str, str]) -> list[str]:
    """Return ``["key", "key=value", …]``: what each requirement can be looked up in."""
    return [term for key, value in labels.items() for term in (key, f"{key}={value}")]


def parse_selector(text: str | None) -> Selector:
    """Return a selector; that of None or of blank text selects everything.

    Raises:
        BadUserInput: The text is no selector; the message says where.
    """
    if text is None or not text.strip():
        return Selector()
    if len(text) > _MAX_LENGTH:
        raise BadUserInput(f"labelSelector: must have at most {_MAX_LENGTH} characters")
    return Selector(tuple(_Parser(text).requirements()))


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        self._at = 0
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            token = _TOKEN.match(stripped, place)
            if token is None:
                raise BadUserInput(f"labelSelector: cannot be read at character {place + 1}")
            self._tokens.append((token["word"] or token["operator"], token.start(token.lastgroup or 0)))
            place = token.end()

    def requirements(self) -> list[Requirement]:
        found = [self._requirement()]
        while self._peek() is not None:
            self._expect(",")
            found.append(self._requirement())
        return found

    def _requirement(self) -> Requirement:
        if self._peek() == "!":
            self._next()
            return Requirement(self._key(), "absent")
        key = self._key()
        match self._peek():
            case None | ",":
                return Requirement(key, "exists")
            case "=" | "==":
                self._next()
                return Requirement(key, "in", (self._value(),))
            case "!=":
                self._next()
                return Requirement(key, "notin", (self._value(),))
            case "in" | "notin" as operator:
                self._next()
                return Requirement(key, "in" if operator == "in" else "notin", self._values())
            case _:
                raise self._unexpected("an operator (=, ==, !=, in, notin) or ','")

    def _key(self) -> str:
        key = self._next()
        if key is None or qualified_name_problem(key):
            self._at -= key is not None
            raise self._unexpected("a label's key")
        return key

    def _value(self) -> str:
        if self._peek() in (None, ",", ")"):
            return ""
        value = self._next() or ""
        if next(label_failures({"key": value}, path=""), None):
            self._at -= 1
            raise self._unexpected("a label's value")
        return value

    def _values(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._peek() == ",":
            self._next()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _peek(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def _next(self) -> str | None:
        token = self._peek()
        self._at += token is not None
        return token

    def _expect(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._unexpected(f"'{wanted}'")
        self._next()

    def _unexpected(self, wanted: str) -> BadUserInput:
        if self._at >= len(self._tokens):
            return BadUserInput(f"labelSelector: ends where {wanted} should follow")
        token, place = self._tokens[self._at]
        return BadUserInput(f"labelSelector: '{token[:80]}' at character {place + 1} is not {wanted}")
