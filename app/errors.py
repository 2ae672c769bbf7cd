"""What can go wrong for a client beyond the request itself, as coded errors.

KindgraphError                 schema_builder.errors: the root; whatever derives from it may be shown, nothing else
├── BadUserInput, Invalid, …   schema_builder.errors: the request or the body is wrong
├── NotFound                   NOT_FOUND
├── AlreadyExists              ALREADY_EXISTS: a name or a unique index is taken
├── Conflict                   CONFLICT: the resource is another version than the one that was expected
├── Forbidden                  FORBIDDEN
├── Unauthenticated            UNAUTHENTICATED
├── Expired                    EXPIRED: the position is outside what the database still knows
├── KindChanged                KIND_CHANGED: the kind under a subscription has changed
├── KindRemoved                KIND_REMOVED: the kind is gone, or on its way out
├── LimitExceeded              LIMIT_EXCEEDED
└── Unavailable                UNAVAILABLE, retryable: the database or this server cannot answer now
"""

from __future__ import annotations

from typing import Any

from schema_builder.errors import ErrorCode, KindgraphError

__all__ = [
    "AlreadyExists",
    "Conflict",
    "Expired",
    "Forbidden",
    "KindChanged",
    "KindRemoved",
    "LimitExceeded",
    "NotFound",
    "Unauthenticated",
    "Unavailable",
    "at_limit",
    "resumable_position",
]


class NotFound(KindgraphError):
    """A resource, or a kind, does not exist."""

    code = ErrorCode.NOT_FOUND


class AlreadyExists(KindgraphError):
    """A name or the values of a unique index are taken; the same request cannot succeed while they are."""

    code = ErrorCode.ALREADY_EXISTS


class Conflict(KindgraphError):
    """The stored version is not the expected one: read again, decide again."""

    code = ErrorCode.CONFLICT


class Forbidden(KindgraphError):
    """The caller is known, and may not do this."""

    code = ErrorCode.FORBIDDEN


class Unauthenticated(KindgraphError):
    """The caller is not known."""

    code = ErrorCode.UNAUTHENTICATED


class Expired(KindgraphError):
    """A position is older or newer than what can be read: list again, and go on from that list.

    It comes without a position: from the one that a watch was at it cannot go on, and from any other it would miss
    changes without knowing.
    """

    code = ErrorCode.EXPIRED


class KindChanged(KindgraphError):
    """The kind under a subscription changed so that its document no longer fits."""

    code = ErrorCode.KIND_CHANGED


class KindRemoved(KindgraphError):
    """The kind is no longer served, or is being deleted and takes no new resources."""

    code = ErrorCode.KIND_REMOVED


class LimitExceeded(KindgraphError):
    """Something is larger than what the server takes."""

    code = ErrorCode.LIMIT_EXCEEDED


class Unavailable(KindgraphError):
    """The database, or this server, cannot answer now; the same request can succeed later."""

    code = ErrorCode.UNAVAILABLE
    retryable = True


def resumable_position(code: str, position: int | None) -> str | None:
    """Return what a stream that ended tells as ``extensions.resourceVersion``: what it goes on from, or None.

    Args:
        code: How it ended.
        position: Up to where it had brought everything, None where it had brought nothing.
    """
    return None if position is None or code == ErrorCode.EXPIRED else str(position)


def at_limit(what: str, *, most: int, setting: str, **extensions: Any) -> LimitExceeded:
    """Return the refusal of one more of something while there are as many as a setting allows.

    Args:
        what: What has its limit, as "open watches on this server".
        most: The limit.
        setting: The variable that raises it.
        extensions: More for the client.
    """
    message = f"There are {most} {what}, as many as {setting} allows: try again later, or raise it."
    return LimitExceeded(message, retryable=True, extensions={"limit": most, "setting": setting, **extensions})
