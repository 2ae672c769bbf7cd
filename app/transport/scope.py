"""What one request carries through its resolvers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schema_builder.backend import Backend

__all__ = ["Scope"]


class Scope:
    """The ``context`` of graphql-core for one request; implements ``schema_builder.backend.RequestScope``.

    Attributes:
        backend: Who answers.
        resume_position: Where the client says that its stream broke off, or None.
        committed_position: The greatest commit position of the request's mutations, or None.
    """

    __slots__ = ("backend", "committed_position", "resume_position")

    def __init__(self, backend: Backend, *, resume_position: int | None = None) -> None:
        self.backend = backend
        self.resume_position = resume_position
        self.committed_position: int | None = None

    def committed(self, position: int) -> None:
        """Note the commit position of a mutation."""
        if self.committed_position is None or position > self.committed_position:
            self.committed_position = position
