"""What can go wrong, as one tree.

ControllerError
├── Unreachable        no answer, or none of a Kindgraph server
├── StreamLost         a watch ended without a word from the server, or fell silent
├── LeadershipLost     another process may be acting by now: nothing more may be written
├── AlreadyOwned       a child belongs to another owner
├── Permanent          raised by a reconcile: trying again is of no use until something changes
└── ServerError        the server answered with an error; its code says which
    ├── BadUserInput · Invalid · NotFound · AlreadyExists · Conflict · LimitExceeded · Unavailable
    ├── Expired · KindChanged · KindRemoved
    └── DocumentRefused    GRAPHQL_VALIDATION_FAILED: the schema is another than we thought
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

__all__ = [
    "AlreadyExists",
    "AlreadyOwned",
    "BadUserInput",
    "Conflict",
    "ControllerError",
    "DocumentRefused",
    "Expired",
    "Invalid",
    "KindChanged",
    "KindRemoved",
    "LeadershipLost",
    "LimitExceeded",
    "NotFound",
    "Permanent",
    "ServerError",
    "StreamLost",
    "Unavailable",
    "Unreachable",
]


class ControllerError(Exception):
    """Anything that this package raises."""


class Unreachable(ControllerError):
    """There is no answer from the server, or none that a Kindgraph server gives; a write may have been committed."""


class StreamLost(ControllerError):
    """A watch ended without an end from the server; it can be resumed."""


class LeadershipLost(ControllerError):
    """This process no longer holds its lease, so it may not write any more."""


class AlreadyOwned(ControllerError):
    """A child that was to be applied is controlled by another resource."""


class Permanent(ControllerError):
    """Raise it in a reconcile that can only succeed once the resource, or what it watches, has changed."""


class ServerError(ControllerError):
    """The server answered with an error.

    Attributes:
        code: Of the closed set of codes, such as ``CONFLICT``.
        retryable: Whether the same request can succeed later, unchanged.
        failures: Of ``INVALID``: ``[{"path": "/spec/port", "keyword": "maximum", "message": …}]``.
        position: Of the end of a watch: where to go on from; None where it does not say.
    """

    codes: ClassVar[dict[str, type[ServerError]]] = {}

    def __init__(self, message: str, *, code: str = "INTERNAL", extensions: Mapping[str, Any] | None = None) -> None:
        given = extensions or {}
        super().__init__(message)
        self.code = code
        self.retryable = given.get("retryable") is True
        self.failures: Sequence[Mapping[str, Any]] = given.get("failures") or ()
        position = given.get("resourceVersion")
        self.position = int(position) if isinstance(position, str) and position.isdecimal() else None

    def __init_subclass__(cls, *, code: str) -> None:
        ServerError.codes[code] = cls

    @staticmethod
    def of(errors: Sequence[Any]) -> ServerError:
        """Return the first of a response's errors."""
        first: Any = errors[0] if errors and isinstance(errors[0], Mapping) else {}
        given: Any = first.get("extensions")
        extensions: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        code = str(extensions.get("code") or "INTERNAL")
        message = str(first.get("message") or "the server sent an error that cannot be read")
        return ServerError.codes.get(code, ServerError)(message, code=code, extensions=extensions)


class BadUserInput(ServerError, code="BAD_USER_INPUT"):
    """An argument cannot be read, or does not fit its type."""


class Invalid(ServerError, code="INVALID"):
    """The body breaks rules of the schema; ``failures`` has all of them."""


class NotFound(ServerError, code="NOT_FOUND"):
    """There is no such resource, or kind."""


class AlreadyExists(ServerError, code="ALREADY_EXISTS"):
    """The name is taken, or values that must be unique."""


class Conflict(ServerError, code="CONFLICT"):
    """Somebody else was faster: read again, decide again."""


class LimitExceeded(ServerError, code="LIMIT_EXCEEDED"):
    """Too large, too many, or a watch that was too slow."""


class Unavailable(ServerError, code="UNAVAILABLE"):
    """Not now."""


class Expired(ServerError, code="EXPIRED"):
    """The position is older than what the server knows: list again."""


class KindChanged(ServerError, code="KIND_CHANGED"):
    """The document of a watch no longer fits: read the kind again, then go on."""


class KindRemoved(ServerError, code="KIND_REMOVED"):
    """The kind is no longer served."""


class DocumentRefused(ServerError, code="GRAPHQL_VALIDATION_FAILED"):
    """The document does not fit the schema: the kind is gone, not there yet, or another."""
