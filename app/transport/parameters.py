"""What a client sends: JSON read exactly, and the parameters of a GraphQL request in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from app.errors import LimitExceeded
from schema_builder.differences import pointer_token
from schema_builder.errors import BadUserInput

__all__ = ["GraphQLRequest", "read_json", "read_json_aside", "read_parameters"]

_DIGITS: Final = b"0123456789"
_BEFORE_VALUES: Final = b":,[ \t\n\r-"
_CLASSES: Final = bytes(48 if byte in _DIGITS else 58 if byte in _BEFORE_VALUES else 46 for byte in range(256))
_PERHAPS_LONG: Final = b":" + b"0" * 19
"""An integer outside 64 bits has 19 digits at least, and stands where a value can begin."""

_INLINE_BYTES: Final = 65_536
_MAX_MARKS: Final = 250_000
"""Commas, colons and opening brackets of one request: what bounds how long a parser holds all threads up."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one GraphQL request.

    Attributes:
        query: The document's text.
        variables: Raw values by name.
        operation_name: Which operation of the document, where it has several.
        extensions: As the client sent them.
        size_bytes: What the client sent in all.
    """

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: Mapping[str, Any] | None = None
    size_bytes: int = 0


async def read_json_aside(data: bytes) -> Any:
    """Read JSON as ``read_json`` does, a large one in a thread."""
    return read_json(data) if len(data) <= _INLINE_BYTES else await asyncio.to_thread(read_json, data)


class _TooLong:
    """Stands where an integer was that 64 bits cannot hold."""


def read_json(data: bytes) -> Any:
    """Read JSON without rounding any integer.

    Duplicate keys are fine, the last one counts. NaN, Infinity, numbers that overflow and lone surrogates are no JSON.

    Raises:
        BadUserInput: The text is no JSON, or holds an integer outside 64 bits; the message has a JSON pointer to it.
        LimitExceeded: It holds too many values.
    """
    if len(data) > _MAX_MARKS and _marks(data) > _MAX_MARKS and _has_too_many_marks(data):
        raise LimitExceeded(f"The request has more than {_MAX_MARKS} commas, colons and brackets outside of texts.")
    if _PERHAPS_LONG in b":" + data.translate(_CLASSES):  # far faster than a regular expression
        _refuse_long_integers(data)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"The request is not valid JSON: {error}.") from error


def _marks(data: bytes) -> int:
    return sum(map(data.count, (b",", b":", b"[", b"{")))


def _has_too_many_marks(data: bytes) -> bool:
    """Tell the same of what is outside of strings."""
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if bare.count(b'"') > 2 * _MAX_MARKS + 2:  # each string but the only one has a mark of its own
        return True
    return _marks(b"".join(bare.split(b'"')[::2])) > _MAX_MARKS


def _refuse_long_integers(data: bytes) -> None:
    try:
        exact = json.loads(data, parse_int=_integer)
    except RecursionError:
        raise BadUserInput("The request is nested too deeply.") from None
    except ValueError:
        return  # no JSON at all: orjson says where
    for pointer in _long_integers(exact):
        raise BadUserInput(
            f"The integer at '{pointer}' is outside the range of 64 bits.", extensions={"pointer": pointer}
        )


def _integer(text: str) -> int | _TooLong:
    if len(text) > 20:
        return _TooLong()
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else _TooLong()


def _long_integers(root: Any) -> Iterator[str]:
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, _TooLong):
            yield pointer
        elif isinstance(value, dict):
            stack.extend((f"{pointer}/{pointer_token(key)}", item) for key, item in value.items())
        elif isinstance(value, list):
            stack.extend((f"{pointer}/{index}", item) for index, item in enumerate(value))


def read_parameters(payload: Any, *, size_bytes: int) -> GraphQLRequest:
    """Read the parameters of a request from its JSON object.

    Args:
        payload: What ``read_json`` returned.
        size_bytes: How long its text was.

    Raises:
        BadUserInput: A parameter is missing or of the wrong type, or the payload is a batch.
    """
    if isinstance(payload, list):
        raise BadUserInput("Batches are not served: send one request at a time.")
    if not isinstance(payload, dict):
        raise BadUserInput("The request must be a JSON object with the parameter 'query'.")
    query = payload.get("query")
    if not isinstance(query, str):
        raise BadUserInput("The parameter 'query' must be a string.")
    operation_name = payload.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadUserInput("The parameter 'operationName' must be a string or null.")
    return GraphQLRequest(
        query,
        _mapping(payload, "variables") or {},
        operation_name or None,
        _mapping(payload, "extensions"),
        size_bytes,
    )


def _mapping(payload: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = payload.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadUserInput(f"The parameter '{name}' must be an object or null.")
    return value
