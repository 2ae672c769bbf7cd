"""What the transport asks of the server's WebSocket connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = ["Link", "LinkHandler", "link_of"]


class LinkHandler(Protocol):
    """Whoever a connection belongs to."""

    def received(self, data: str | bytes) -> None:
        """Take a message."""

    def lost(self, code: int, reason: str) -> None:
        """Take notice that the connection is closed."""


class Link(Protocol):
    """One accepted connection; nothing of it waits but ``room``."""

    @property
    def has_room(self) -> bool:
        """Whether messages leave at once, or wait for no more than is reasonable."""

    async def room(self) -> None:
        """Return once there is room, or the connection is lost."""

    def hand_over(self, handler: LinkHandler, *, stall_seconds: float) -> None:
        """Let a handler have the connection: it is called back, and the ASGI application may return.

        Args:
            handler: Takes everything from now on.
            stall_seconds: How long the peer may take nothing of what waits for it before the connection is ended.
        """

    def send_text(self, text: bytes, tail: bytes = b"") -> None:
        """Send a text message, unless the connection is closing.

        Args:
            text: UTF-8.
            tail: The rest of it, which many connections may share.
        """

    def push_text(self, text: bytes, tail: bytes) -> bool:
        """Send a text message at once, or nothing, and return False, where there is no room for it."""

    def close(self, code: int, reason: str = "") -> None:
        """Begin to close; what was sent before still leaves."""

    def pause_reading(self) -> None:
        """Receive nothing more for now."""

    def resume_reading(self) -> None:
        """Receive again."""


def link_of(scope: Scope) -> Link:
    """Return the connection of an ASGI scope, which only our own server has."""
    link: Link = scope["extensions"]["kindgraph.connection"]
    return link
