"""Change streams of MongoDB: what was committed, in order, with the documents before and after.

A position is a commit time. A stream that begins just after a position brings every later commit; where the database
no longer knows them all, some starts fail and others go unnoticed: ``oldest_position`` tells how far back it knows.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from app.errors import Expired, Unavailable
from app.store.owners import may_have_owners, may_wait, metadata_of
from app.store.positions import position_of, timestamp_of

if TYPE_CHECKING:
    from bson.timestamp import Timestamp
    from pymongo.asynchronous.change_stream import AsyncChangeStream
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.collection import AsyncCollection

__all__ = ["ChangeCursor", "ChangeEvent", "HistoryLost", "oldest_position", "open_changes"]

_REWRITES: Final = {"operationType": "update", "updateDescription.updatedFields.version": {"$exists": False}}
"""Updates that leave the version alone move values in and out of index slots: no events of a resource."""

_PIPELINE: Final[list[dict[str, Any]]] = [
    {"$match": {"$nor": [_REWRITES]}},
    {
        "$project": {
            "operationType": 1,
            "clusterTime": 1,
            "documentKey": 1,
            "fullDocument": 1,
            "fullDocumentBeforeChange": 1,
        }
    },
]
_ENDS: Final = ("drop", "rename", "dropDatabase", "invalidate")

_LOST_CODES: Final = frozenset(
    {
        136,  # CappedPositionLost: the oplog has rolled over
        222,  # CloseChangeStream
        260,  # InvalidResumeToken
        280,  # ChangeStreamFatalError
        286,  # ChangeStreamHistoryLost
        10334,  # BSONObjectTooLarge: an event above 16 MiB can never be read
    }
)
_FOR_GOOD: Final = "NonResumableChangeStreamError"
_UNAUTHORIZED: Final = 13
_TOKEN_TYPE: Final = "82"  # noqa: S105 - KeyString's type byte of a timestamp
_TOKEN_DIGITS: Final = 16


class HistoryLost(Exception):
    """A stream cannot go on from where it was: what was delivered no longer joins what comes."""


class ChangeEvent:
    """One committed change of one document; documents stay as bytes until they are asked for.

    Attributes:
        position: The commit's position.
        key: The document's ``_id``.
        is_insert: There was no document before it.
        is_removal: There is no document after it.
    """

    __slots__ = ("_after", "_before", "is_insert", "is_removal", "key", "position")

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.position = position_of(event["clusterTime"])
        self.key: str = event["documentKey"]["_id"]
        self.is_insert = event["operationType"] == "insert"
        self.is_removal = event["operationType"] == "delete"
        self._before = _bytes_of(event.get("fullDocumentBeforeChange"))
        self._after = _bytes_of(event.get("fullDocument"))

    @property
    def is_complete(self) -> bool:
        """Whether the database still had the documents before and after the change."""
        return (self.is_insert or self._before is not None) and (self.is_removal or self._after is not None)

    @property
    def is_rewrite(self) -> bool:
        """Whether both documents are one version: values moved between index slots, the resource is the same."""
        return self._before is not None and self._after is not None and _version(self._before) == self.version

    @property
    def version(self) -> int | None:
        """The document's version after it; None where there is none, or the database no longer has the document."""
        return None if self._after is None else _version(self._after)

    @property
    def size(self) -> int:
        """Bytes of BSON of both documents."""
        return len(self._before or b"") + len(self._after or b"")

    @property
    def concerns_owners(self) -> bool:
        """Whether the resource has, or had, owners, or waits for what it owns; never False where it does."""
        return may_have_owners(self._after) or may_have_owners(self._before) or may_wait(self._after)

    def metadata(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Return the metadata before and after; None where there was no document, or it is not known any more."""
        before = None if self._before is None else metadata_of(self._before)
        return before, None if self._after is None else metadata_of(self._after)

    def before(self) -> dict[str, Any] | None:
        """Decode the document before the change."""
        return None if self._before is None else bson.decode(self._before)

    def after(self) -> dict[str, Any] | None:
        """Decode the document after the change."""
        return None if self._after is None else bson.decode(self._after)


def _bytes_of(document: RawBSONDocument | None) -> bytes | None:
    """Return a document by itself: what an answer holds may be a view of all of it."""
    return None if document is None else bytes(document.raw)


def _version(document: bytes) -> int:
    return int(RawBSONDocument(document)["version"])


class ChangeCursor:
    """An open change stream.

    Attributes:
        asked_at: When (``time.monotonic()``) the newest answer was asked for.
        token: What a later stream resumes from, None before the first answer.
        reached: Everything up to this position has been brought, None before the first answer.
    """

    def __init__(self, stream: AsyncChangeStream[RawBSONDocument], session: AsyncClientSession) -> None:
        self.asked_at = time.monotonic()
        self.token: Mapping[str, Any] | None = None
        self.reached: int | None = None
        self._stream = stream
        self._session = session

    @property
    def database_position(self) -> int | None:
        """The position of the database at its newest answer."""
        newest = self._session.operation_time
        return None if newest is None else position_of(newest)

    async def next(self) -> ChangeEvent | None:
        """Return the next change, None where there is none yet.

        Raises:
            HistoryLost: There never will be one.
            Unavailable: The database does not answer; a new stream can resume.
        """
        with _stream_errors():
            self.asked_at = time.monotonic()
            event = await self._stream.try_next()
        if event is None:
            self._stand()
            return None
        if event["operationType"] in _ENDS:
            raise HistoryLost(f"the collection is gone: {event['operationType']}")
        change = ChangeEvent(event)
        self.token, self.reached = event["_id"], change.position
        return change

    def _stand(self) -> None:
        if not self._stream.alive:
            raise HistoryLost("the database closed the stream")
        token = self._stream.resume_token  # a deep copy: too slow to be asked for at every event
        if token is not None:
            self.token, self.reached = token, _position_of_token(token)


@asynccontextmanager
async def open_changes(
    collection: AsyncCollection[Any],
    *,
    after: int | Mapping[str, Any],
    within: list[dict[str, Any]] | None = None,
    await_milliseconds: int,
) -> AsyncIterator[ChangeCursor]:
    """Open a change stream, and close it at the end of the block.

    Args:
        collection: The watched one.
        after: A position, or the token of an earlier stream.
        within: Filters over events, any of which must hold; None takes all.
        await_milliseconds: How long the database waits for news before it answers that there are none.

    Raises:
        HistoryLost: The database no longer knows what followed the token.
        Unavailable: The database does not answer.
    """
    raw = collection.with_options(
        codec_options=CodecOptions(document_class=RawBSONDocument), read_concern=ReadConcern("majority")
    )
    begin: dict[str, Any] = {"resume_after": after}
    if isinstance(after, int):
        begin = {"start_at_operation_time": timestamp_of(after + 1)}
    narrowed = [] if within is None else [{"$match": {"$or": [*within, {"operationType": {"$in": list(_ENDS)}}]}}]
    async with collection.database.client.start_session() as session:
        with _stream_errors():
            stream = await raw.watch(
                [*narrowed, *_PIPELINE],
                full_document="whenAvailable",
                full_document_before_change="whenAvailable",
                max_await_time_ms=await_milliseconds,
                session=session,
                **begin,
            )
        async with stream:
            yield ChangeCursor(stream, session)


async def oldest_position(collection: AsyncCollection[Any]) -> int:
    """Return the position of the oldest commit that the database still knows.

    Raises:
        Expired: This server may not read it, so no position can be trusted.
        Unavailable: The database does not answer.
    """
    oplog = collection.database.client["local"]["oplog.rs"]
    try:
        oldest = await oplog.find_one({}, {"ts": 1}, sort=[("$natural", 1)])
    except OperationFailure as error:
        if error.code == _UNAUTHORIZED:
            raise Expired("this server may not read how far back the database knows its past") from error
        raise Unavailable("the database cannot be read now") from error
    except PyMongoError as error:
        raise Unavailable("the database cannot be read now") from error
    if oldest is None:
        raise Expired("the database knows nothing of its past")
    ts: Timestamp = oldest["ts"]
    return position_of(ts)


def _position_of_token(token: Mapping[str, Any]) -> int:
    """Return the commit time inside a resume token.

    A token is ``{"_data": "82" + seconds + increment + …}`` in hexadecimal: MongoDB's KeyString encoding, whose first
    value is the cluster time (``resume_token.h``); measured on MongoDB 6.0.

    Raises:
        HistoryLost: The token has another form, so positions cannot be told.
    """
    data = token["_data"]
    if not isinstance(data, str) or not data.startswith(_TOKEN_TYPE) or len(data) < 2 + _TOKEN_DIGITS:
        raise HistoryLost(f"a resume token of an unknown form: {str(data)[:40]}")
    return int(data[2 : 2 + _TOKEN_DIGITS], 16)


class _stream_errors:  # noqa: N801 - a context manager, read like a function
    """Maps what the driver raises; a class, since it is entered for every event."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OperationFailure) and (error.code in _LOST_CODES or error.has_error_label(_FOR_GOOD)):
            raise HistoryLost(str(error)) from error
        if isinstance(error, PyMongoError):
            raise Unavailable("the database does not answer") from error
