"""Messages of the graphql-transport-ws protocol (github.com/enisdenjo/graphql-ws, PROTOCOL.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import orjson

from app.errors import LimitExceeded
from app.transport.parameters import GraphQLRequest, read_json_aside, read_parameters
from schema_builder.errors import BadUserInput

__all__ = ["SUBPROTOCOL", "ClientMessage", "Close", "CloseCode", "read_message"]

SUBPROTOCOL: Final = "graphql-transport-ws"


class CloseCode(IntEnum):
    """Why the server closes a connection."""

    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    TRY_AGAIN = 1013
    INVALID_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    NO_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    TOO_MANY_INITS = 4429
    DRAINING = 4503


class Close(Exception):
    """The connection must be closed."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:120].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """One message of a client.

    Attributes:
        type: ``connection_init``, ``ping``, ``pong``, ``subscribe`` or ``complete``.
        id: The operation, of subscribe and complete.
        payload: Of connection_init, ping and pong.
        request: Of subscribe; a ``BadUserInput`` where the operation is refused, but not the connection.
    """

    type: str
    id: str = ""
    payload: Mapping[str, Any] | None = None
    request: GraphQLRequest | BadUserInput | None = None


async def read_message(data: str | bytes, *, max_bytes: int) -> ClientMessage:
    """Read one message.

    Raises:
        Close: The protocol asks for the connection to be closed.
    """
    if isinstance(data, bytes):
        raise Close(CloseCode.INVALID_MESSAGE, "Messages must be text.")
    raw = data.encode(errors="surrogatepass")
    if len(raw) > max_bytes:
        raise Close(CloseCode.TOO_BIG, f"A message may have at most {max_bytes} bytes.")
    inexact: BadUserInput | None = None
    try:
        message = await read_json_aside(raw)
    except LimitExceeded as error:
        raise Close(CloseCode.TOO_BIG, error.message) from error
    except BadUserInput as error:
        try:
            message, inexact = await asyncio.to_thread(orjson.loads, raw), error
        except orjson.JSONDecodeError:
            raise Close(CloseCode.INVALID_MESSAGE, error.message) from error
    if not isinstance(message, dict):
        raise Close(CloseCode.INVALID_MESSAGE, "A message must be an object.")
    match message.get("type"):
        case "connection_init" | "ping" | "pong" as kind:
            return ClientMessage(kind, payload=_payload(message))
        case "subscribe":
            return ClientMessage("subscribe", id=_id(message), request=inexact or _request(message, len(raw)))
        case "complete":
            return ClientMessage("complete", id=_id(message))
        case other:
            raise Close(CloseCode.INVALID_MESSAGE, f"Unexpected message type {str(other)[:40]!r}.")


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Close(CloseCode.INVALID_MESSAGE, "A payload must be an object.")
    return payload


def _id(message: Mapping[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id or len(operation_id) > 1_000:
        raise Close(CloseCode.INVALID_MESSAGE, "An operation's id must be a string.")
    return operation_id


def _request(message: Mapping[str, Any], size_bytes: int) -> GraphQLRequest:
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise Close(CloseCode.INVALID_MESSAGE, "The payload of subscribe must be an object.")
    try:
        return read_parameters(payload, size_bytes=size_bytes)
    except BadUserInput as error:
        raise Close(CloseCode.INVALID_MESSAGE, error.message) from error
