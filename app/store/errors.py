"""The one place where the driver's errors become ours.

    PyMongoError
    ├── AutoReconnect, ServerSelectionTimeoutError, NotPrimaryError, …   Unavailable
    ├── BulkWriteError, WriteError, DuplicateKeyError                    LostRace | AlreadyExists
    ├── OperationFailure, by its code                                    Expired | LimitExceeded | Unavailable | …
    └── anything else                                                    internal, without the driver's words

``LostRace`` never leaves the services: they read again and decide again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bson.errors import InvalidDocument
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from app.errors import Expired, LimitExceeded, Unavailable
from schema_builder.errors import BadUserInput, KindgraphError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LostRace", "TooSlow", "UnsuitableDatabase", "driver_errors"]

_SNAPSHOT_GONE: Final = frozenset({239, 246})
"""SnapshotTooOld; SnapshotUnavailable: from before the collection, or one of its indexes, existed."""
_INVALID_OPTIONS: Final = 72
_TOO_LARGE: Final = frozenset({10334, 17419, 17420})
_TIME_LIMIT: Final = 50
_DUPLICATE: Final = frozenset({11000, 11001, 12582})
_LOST: Final = frozenset({112, 251})
"""WriteConflict; NoSuchTransaction: aborted by another."""
_NOT_NOW: Final = frozenset({6, 7, 64, 79, 89, 91, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436})
"""Codes by which a node says that it is no longer the primary, is stopping, or did not hear from the others."""


class LostRace(Exception):
    """Another write came in between: nothing was committed, and the same decision cannot be.

    Attributes:
        index: Name of the unique index that was violated, ``"_id_"`` for the name of the resource; None for a version
            that is not there any more.
    """

    def __init__(self, index: str | None = None) -> None:
        super().__init__("another write came in between")
        self.index = index


class TooSlow(LimitExceeded):
    """A read takes longer than it may."""


class UnsuitableDatabase(Exception):
    """The database cannot carry Kindgraph at all: no replica set, or a sharded cluster."""


@contextmanager
def driver_errors() -> Iterator[None]:
    """Map whatever the driver raises; nothing of it is shown to a client."""
    try:
        yield
    except PyMongoError as error:
        raise _mapped(error) from error
    except (InvalidDocument, OverflowError, UnicodeEncodeError) as error:
        raise BadUserInput("The request holds a text that is no Unicode, or a number beyond 64 bits.") from error


def _mapped(error: PyMongoError) -> Exception:
    match error:
        case DuplicateKeyError():
            return LostRace(_violated_index(error.details or {}))
        case BulkWriteError(details=details) if any(one.get("code") in _DUPLICATE for one in details["writeErrors"]):
            return LostRace(_violated_index(details["writeErrors"][0]))
        case DocumentTooLarge():
            return LimitExceeded("A resource is larger than the database takes.")
        case ConnectionFailure() | WaitQueueTimeoutError() | WTimeoutError():
            return Unavailable("The database cannot be reached.")
        case OperationFailure():
            return _of_code(error)
        case _:
            return KindgraphError("The database refused a command.")


def _of_code(error: OperationFailure) -> Exception:
    code = error.code
    if error.has_error_label("TransientTransactionError") or code in _LOST:
        return LostRace()
    if code in _SNAPSHOT_GONE or (code == _INVALID_OPTIONS and "atClusterTime" in str(error)):
        return Expired("The position is outside of what the database still knows.")
    if code in _TOO_LARGE:
        return LimitExceeded("A resource is larger than the database takes.")
    if code == _TIME_LIMIT:
        return TooSlow("The database took too long; ask for less.")
    if code in _NOT_NOW:
        return Unavailable("The database cannot answer now.")
    return KindgraphError("The database refused a command.")


def _violated_index(details: Mapping[str, Any]) -> str:
    pattern = details.get("keyPattern") or {}
    first = next(iter(pattern), "_id")
    return "_id_" if first == "_id" else str(first).partition(".")[0]
