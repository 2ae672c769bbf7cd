"""GraphQL over HTTP, by the draft of the GraphQL working group (graphql.github.io/graphql-over-http)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from graphql import OperationType

from app.errors import LimitExceeded
from app.transport.documents import Refused
from app.transport.negotiation import MediaType, accepted, is_json
from app.transport.parameters import GraphQLRequest, read_json, read_json_aside, read_parameters
from app.transport.results import Result, Unencodable, refusal_status
from app.transport.sse import EventStream, last_event_id
from app.transport.wire_errors import error_of
from schema_builder.errors import BadUserInput, ErrorCode, KindgraphError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.transport.execution import Engine

__all__ = ["HttpTransport", "header"]


class _HttpRefused(Exception):
    """A request that is no GraphQL request, or that HTTP forbids."""

    def __init__(self, status: HTTPStatus, error: KindgraphError, *, allow: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.allow = allow


def header(scope: Scope, name: bytes) -> str | None:
    """Return a header's value, several joined by commas, or None."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ",".join(values) if values else None


class HttpTransport:
    """Serves one HTTP request at a time as an ASGI callable.

    Args:
        engine: Who runs requests.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._streams = EventStream(engine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        media_type = accepted(header(scope, b"accept"))
        try:
            if media_type is None:
                message = f"One of {', '.join(MediaType)} must be acceptable."
                raise _HttpRefused(HTTPStatus.NOT_ACCEPTABLE, BadUserInput(message))
            request = await self._request(scope, receive)
            if media_type is MediaType.EVENT_STREAM:
                await self._stream(scope, receive, send, request)
            else:
                status, result = await self._answer(scope, request, media_type)
                await _respond(send, *_encoded(status, result), media_type)
        except _HttpRefused as refused:
            result = Result(executed=False, errors=[error_of(refused.error)])
            kind = MediaType.RESPONSE if media_type is MediaType.RESPONSE else MediaType.JSON
            await _respond(send, refused.status, result.encode(), kind, allow=refused.allow)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, request: GraphQLRequest) -> None:
        try:
            position = last_event_id(header(scope, b"last-event-id"))
        except BadUserInput as error:
            raise _HttpRefused(HTTPStatus.BAD_REQUEST, error) from error
        await self._streams.serve(request, receive, send, resume_position=position, read_only=scope["method"] == "GET")

    async def _answer(self, scope: Scope, request: GraphQLRequest, media_type: MediaType) -> tuple[int, Result]:
        try:
            prepared = await self._engine.prepare(request)
        except Refused as refused:
            return _refused_status(refused, media_type), Result(executed=False, errors=refused.errors)
        if scope["method"] == "GET" and prepared.operation.type is OperationType.MUTATION:
            error = BadUserInput("A mutation must be sent by POST.")
            raise _HttpRefused(HTTPStatus.METHOD_NOT_ALLOWED, error, allow="POST")
        result = await self._engine.run(prepared, request)
        if not result.executed:
            return _refused_status(Refused(list(result.errors)), media_type), result
        failed = result.data is None and any(
            error["extensions"]["code"] == ErrorCode.INTERNAL for error in result.errors
        )
        return HTTPStatus.INTERNAL_SERVER_ERROR if failed else HTTPStatus.OK, result

    async def _request(self, scope: Scope, receive: Receive) -> GraphQLRequest:
        method = scope["method"]
        try:
            if method == "GET":
                return _query_parameters(scope["query_string"])
            if method == "POST":
                body = await self._body(scope, receive)
                return read_parameters(await read_json_aside(body), size_bytes=len(body))
        except BadUserInput as error:
            raise _HttpRefused(HTTPStatus.BAD_REQUEST, error) from error
        except LimitExceeded as error:
            raise _HttpRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error) from error
        unknown = BadUserInput("GraphQL is served by GET and POST.")
        raise _HttpRefused(HTTPStatus.METHOD_NOT_ALLOWED, unknown, allow="GET, POST")

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if not is_json(header(scope, b"content-type")):
            error = BadUserInput("The request's Content-Type must be application/json, in UTF-8.")
            raise _HttpRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, error)
        if (header(scope, b"content-encoding") or "identity").strip().lower() != "identity":
            raise _HttpRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, BadUserInput("The request must not be compressed."))
        most = self._engine.limits.max_body_bytes
        length = header(scope, b"content-length")
        if length is not None and length.isdecimal() and int(length) > most:
            raise _too_large(most)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _HttpRefused(HTTPStatus.BAD_REQUEST, BadUserInput("The request ended early."))
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)


def _encoded(status: int, result: Result) -> tuple[int, bytes]:
    try:
        return status, result.encode()
    except Unencodable as error:
        return HTTPStatus.INTERNAL_SERVER_ERROR, Result(errors=error.errors).encode()


def _too_large(most: int) -> _HttpRefused:
    error = LimitExceeded(f"The request is larger than {most} bytes.")
    return _HttpRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error)


def _query_parameters(query_string: bytes) -> GraphQLRequest:
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise BadUserInput("The query string is not valid UTF-8, or has too many parameters.") from error
    payload: dict[str, Any] = {}
    for name, value in pairs:
        if name in payload:
            raise BadUserInput(f"The parameter '{name}' is given twice.")
        payload[name] = value
    for name in ("variables", "extensions"):
        if name in payload:
            payload[name] = read_json(payload[name].encode()) if payload[name] else None
    return read_parameters(payload, size_bytes=len(query_string))


def _refused_status(refused: Refused, media_type: MediaType) -> int:
    """Return the status of a well-formed request that is refused: with ``application/json`` that is no HTTP error."""
    status = refusal_status(refused.errors)
    return HTTPStatus.OK if status == HTTPStatus.BAD_REQUEST and media_type is MediaType.JSON else status


async def _respond(send: Send, status: int, body: bytes, media_type: MediaType, *, allow: str | None = None) -> None:
    headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"vary", b"accept"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if allow is not None:
        headers.append((b"allow", allow.encode()))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
