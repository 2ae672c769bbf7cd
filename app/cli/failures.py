"""What a server answers when it refuses, and what it is like when there is no server.

CommandFailed              (errors) ends the command with a message
├── ServerUnreachable      no connection, or none that speaks GraphQL
└── RequestRefused         the server's own errors, with code, retryable and failures
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.cli.errors import CommandFailed
from app.cli.output.text import printable
from schema_builder.errors import Failure

__all__ = ["RequestRefused", "ServerUnreachable", "describe_failures"]


class ServerUnreachable(CommandFailed):
    """Nothing at the server's address answers, or what answers is no Kindgraph."""


class RequestRefused(CommandFailed):
    """The server answered with errors; the first one decides.

    Attributes:
        code: ``extensions.code``, empty where a server gave none.
        retryable: Whether the same request can succeed later.
        failures: All failures of an ``INVALID`` body.
        extensions: Of the first error.
    """

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        error = errors[0] if errors and isinstance(errors[0], Mapping) else {}
        extensions = error.get("extensions")
        self.extensions: Mapping[str, Any] = extensions if isinstance(extensions, Mapping) else {}
        self.code = str(self.extensions.get("code", ""))
        self.retryable = self.extensions.get("retryable") is True
        self.failures = _failures(self.extensions.get("failures"))
        self.summary = printable(str(error.get("message", "the server refused the request without saying why")))
        super().__init__(self.summary + describe_failures(self.failures))

    @property
    def position(self) -> str | None:
        """Return the position that a watch can go on from, where the error names one."""
        position = self.extensions.get("resourceVersion")
        return position if isinstance(position, str) else None


def describe_failures(failures: Sequence[Failure]) -> str:
    """Return a line for each failure, indented, to stand below a message; empty for none."""
    return "".join(f"\n  {printable(failure.path) or '/'}: {printable(failure.message)}" for failure in failures)


def _failures(value: Any) -> tuple[Failure, ...]:
    items = value if isinstance(value, list) else []
    return tuple(
        Failure(str(item.get("path", "")), str(item.get("keyword", "")), str(item.get("message", "")))
        for item in items
        if isinstance(item, Mapping)
    )
