"""What can be wrong with a definition, a resource or a request, as coded errors.

    KindgraphError                 code, retryable, extensions
    ├── BadUserInput               BAD_USER_INPUT: an argument that cannot be read
    └── Invalid                    INVALID: every failure of a body, sorted
        └── DefinitionRefused      INVALID: a definition that cannot be served

``KindgraphError`` is the root of the server's tree as well (``app.errors``): whatever derives from it
may be shown to a client, and nothing else may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

__all__ = ["BadUserInput", "DefinitionRefused", "ErrorCode", "Failure", "Invalid", "KindgraphError", "told"]

_MAX_TOLD_PATH: Final = 300


class ErrorCode(StrEnum):
    """The closed set of ``extensions.code`` values that a client can meet."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    CONFLICT = "CONFLICT"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    EXPIRED = "EXPIRED"
    KIND_CHANGED = "KIND_CHANGED"
    KIND_REMOVED = "KIND_REMOVED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """One thing wrong with a body.

    Attributes:
        path: JSON pointer (RFC 6901) from the root of the resource, such as ``/spec/port``.
        keyword: The JSON Schema keyword, or the rule's name where it is one of ours.
        message: What is wrong and what is allowed, for a person.
    """

    path: str
    keyword: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Return the wire form ``{path, keyword, message}``."""
        return {"path": self.path, "keyword": self.keyword, "message": self.message}


_ORDER: Final = attrgetter("path", "keyword", "message")


def told(failures: Collection[Failure]) -> str:
    """Return the first of some failures, at least one, and how many more there are: for those who see nothing else."""
    first = min(failures, key=_ORDER)
    more = len(failures) - 1
    counted = f", and {more} more failure{'' if more == 1 else 's'}" if more else ""
    return f"{first.path[:_MAX_TOLD_PATH]} {first.message}{counted}".strip()


class KindgraphError(Exception):
    """An error that a client may see.

    Attributes:
        message: One sentence for a person.
        code: One of the closed set.
        retryable: Whether the same request can succeed later, unchanged.
        extensions: Further JSON values beside ``code`` and ``retryable``.
    """

    code: ErrorCode = ErrorCode.INTERNAL
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode | None = None,
        retryable: bool | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if retryable is not None:
            self.retryable = retryable
        self._extensions = dict(extensions or {})

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the wire form of the error's ``extensions``."""
        return {"code": self.code.value, "retryable": self.retryable, **self._extensions}


class BadUserInput(KindgraphError):
    """An argument cannot be read: a bad cursor, selector, operand, position, …"""

    code = ErrorCode.BAD_USER_INPUT


class Invalid(KindgraphError):
    """A body breaks rules; ``failures`` has all of them, sorted by path."""

    code = ErrorCode.INVALID

    def __init__(self, message: str, failures: Iterable[Failure]) -> None:
        self.failures = tuple(sorted(set(failures), key=_ORDER))
        super().__init__(message)

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the wire form, with all failures in it."""
        return {**super().extensions, "failures": [failure.as_dict() for failure in self.failures]}


class DefinitionRefused(Invalid):
    """A definition cannot be honoured; paths point into the definition (``/spec/schema/…``)."""
