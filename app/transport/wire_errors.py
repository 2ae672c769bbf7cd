"""Errors as clients see them: every one has a code of the closed set, and nothing internal leaks."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from graphql import GraphQLError, GraphQLSyntaxError

from app.transport.input_messages import with_json
from schema_builder.errors import ErrorCode, KindgraphError

__all__ = ["WireError", "error_of", "field_errors", "input_errors", "parse_error", "validation_errors"]

_log = logging.getLogger(__name__)

WireError: TypeAlias = dict[str, Any]
"""``{message, locations?, path?, extensions: {code, retryable, …}}``"""


def error_of(error: BaseException, *, extensions: Mapping[str, Any] | None = None) -> WireError:
    """Return the wire form of an error that has no place in a document."""
    cause = error.__cause__
    located = cause if isinstance(cause, GraphQLError) else None
    return _formatted(error, located, extensions)


def field_errors(errors: Iterable[GraphQLError]) -> list[WireError]:
    """Return the wire form of what went wrong while fields were executed; the errors' tracebacks are gone then."""
    wire = []
    for error in errors:
        origin = _origin(error)
        wire.append(_formatted(origin, error, None))
        # Frames hold the executor, and the executor its errors: a cycle that would keep the schema.
        error.__traceback__ = origin.__traceback__ = None
    return wire


def parse_error(error: GraphQLSyntaxError) -> WireError:
    """Return the wire form of a syntax error."""
    return _coded(error, ErrorCode.GRAPHQL_PARSE_FAILED)


def validation_errors(errors: Iterable[GraphQLError]) -> list[WireError]:
    """Return the wire form of what validation found."""
    return [_coded(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors]


def input_errors(errors: Iterable[GraphQLError]) -> list[WireError]:
    """Return the wire form of variables that cannot be coerced."""
    wire = []
    for error in errors:
        origin = _origin(error)
        coded = isinstance(origin, KindgraphError)
        if coded:
            wire.append(_formatted(origin, error, None))
        else:
            wire.append(_wire(with_json(error.message), error, _codes(ErrorCode.BAD_USER_INPUT, None)))
    return wire


def _origin(error: GraphQLError) -> BaseException:
    """Return what was raised first, below however many errors wrap it."""
    origin: BaseException = error
    while isinstance(origin, GraphQLError) and origin.original_error is not None:
        origin = origin.original_error
    return origin


def _formatted(origin: BaseException, located: GraphQLError | None, extensions: Mapping[str, Any] | None) -> WireError:
    if isinstance(origin, KindgraphError) and origin.code is not ErrorCode.INTERNAL:
        return _wire(origin.message, located, {**origin.extensions, **(extensions or {})})
    if isinstance(origin, GraphQLError):
        return _wire(origin.message, located, _codes(ErrorCode.BAD_USER_INPUT, extensions))
    error_id = uuid.uuid4().hex
    _log.error("internal error %s", error_id, exc_info=origin)
    message = "Something went wrong in the server; its log tells more under this error's id."
    return _wire(message, located, {**_codes(ErrorCode.INTERNAL, extensions), "errorId": error_id})


def _coded(error: GraphQLError, code: ErrorCode) -> WireError:
    return _wire(error.message, error, _codes(code, None))


def _codes(code: ErrorCode, extensions: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"code": code.value, "retryable": False, **(extensions or {})}


def _wire(message: str, located: GraphQLError | None, extensions: Mapping[str, Any]) -> WireError:
    wire: WireError = {"message": message}
    if located is not None and located.locations:
        wire["locations"] = [{"line": at.line, "column": at.column} for at in located.locations]
    if located is not None and located.path is not None:
        wire["path"] = located.path
    wire["extensions"] = dict(extensions)
    return wire
