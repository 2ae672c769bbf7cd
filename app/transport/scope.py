"""What one request carries through its resolvers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schema_builder.backend import Backend

__all__ = ["Scope"]


class Scope:
    """The ``context`` of graphql-core for one request; implements ``schema_builder.backend.RequestScope``.

    Attributes:
        backend: Who answers.
        resume_position: Where the client says that its stream broke off, or None.
        committed_position: The greatest commit position of the request's mutations, or None.
        warnings: What the client should know although it is no error, each once.
    """

    __slots__ = ("backend", "committed_position", "resume_position", "warnings")

    def __init__(self, backend: Backend, *, resume_position: int | None = None) -> None:
        self.backend = backend
        self.resume_position = resume_position
        self.committed_position: int | None = None
        self.warnings: list[str] = []

    def committed(self, position: int) -> None:
        """Note the commit position of a mutation."""
        if self.committed_position is None or position > self.committed_position:
            self.committed_position = position

    def warn(self, message: str) -> None:
        """Note a warning."""
        if message not in self.warnings:
            self.warnings.append(message)

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the ``extensions`` of the answer."""
        extensions: dict[str, Any] = {}
        if self.committed_position is not None:
            extensions["resourceVersion"] = str(self.committed_position)
        if self.warnings:
            extensions["warnings"] = self.warnings
        return extensions
