"""What a command raises to end with a message instead of a stack trace."""

from __future__ import annotations

__all__ = ["CommandFailed"]


class CommandFailed(Exception):
    """The command cannot go on, and the user can tell why from the message.

    Attributes:
        message: Printed to stderr after ``error: ``.
        exit_code: The process's exit code, 1 unless said.
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
