"""What an operation answers, before any transport has wrapped it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from app.transport.wire_errors import error_of
from schema_builder.errors import ErrorCode

if TYPE_CHECKING:
    from app.transport.wire_errors import WireError

__all__ = ["Result", "Unencodable", "encode", "refusal_status"]

_STATUSES: Final[Mapping[str, int]] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
}


def encode(value: Mapping[str, Any]) -> bytes:
    """Return a response map, or a message that holds one, as JSON.

    Raises:
        Unencodable: It holds what JSON cannot say: a defect, which is logged.
    """
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError) as error:
        raise Unencodable([error_of(error)]) from error


class Unencodable(Exception):
    """An answer that JSON cannot say.

    Attributes:
        errors: What to tell instead, in wire form.
    """

    def __init__(self, errors: list[WireError]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One answer.

    Attributes:
        executed: Whether execution began; a request that was refused before has no ``data`` at all.
        data: What was selected, or None.
        errors: In wire form.
        extensions: Beside data and errors, such as ``resourceVersion`` of a mutation.
        encoded: The response map as JSON and ``}`` behind it, where it was encoded before, for many.
    """

    executed: bool = True
    data: Any = None
    errors: Sequence[WireError] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict)
    encoded: bytes | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the response map of the GraphQL specification."""
        response: dict[str, Any] = {"data": self.data} if self.executed else {}
        if self.errors:
            response["errors"] = list(self.errors)
        if self.extensions:
            response["extensions"] = dict(self.extensions)
        return response

    def encode(self) -> bytes:
        """Return the response map as JSON."""
        return encode(self.as_dict()) if self.encoded is None else self.encoded[:-1]

    def enclosed(self) -> bytes:
        """Return the response map as JSON and ``}`` behind it: the end of a message that it is the payload of."""
        return encode(self.as_dict()) + b"}" if self.encoded is None else self.encoded


def refusal_status(errors: Sequence[WireError]) -> int:
    """Return the HTTP status of a request that was refused before execution."""
    codes = [error["extensions"]["code"] for error in errors]
    return next((_STATUSES[code] for code in codes if code in _STATUSES), 400)
