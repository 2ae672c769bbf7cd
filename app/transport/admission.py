"""Who may come in: connections, subscriptions and operations are counted, and one more than the limit is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.errors import at_limit

if TYPE_CHECKING:
    from app.transport.limits import TransportLimits

__all__ = ["Admission"]


class Admission:
    """Refuses what would be too much for one server, or for one connection; every refusal names its setting.

    Attributes:
        connections: WebSockets and event streams that are open.
    """

    def __init__(self, limits: TransportLimits) -> None:
        self._limits = limits
        self.connections = 0

    def enter(self) -> None:
        """Count a connection in, which is to ``leave`` once.

        Raises:
            LimitExceeded: As many are open as may be.
        """
        most = self._limits.max_connections
        if self.connections >= most:
            raise at_limit("open connections on this server", most=most, setting="KINDGRAPH_MAX_CONNECTIONS")
        self.connections += 1

    def leave(self) -> None:
        """Count a connection out."""
        self.connections -= 1

    @contextlib.contextmanager
    def connection(self) -> Iterator[None]:
        """Count a connection in while the context lasts.

        Raises:
            LimitExceeded: As many are open as may be.
        """
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def check_subscriptions(self, running: int) -> None:
        """Refuse one more subscription on this server.

        Raises:
            LimitExceeded: As many run as may.
        """
        most = self._limits.max_subscriptions
        if running >= most:
            raise at_limit("subscriptions on this server", most=most, setting="KINDGRAPH_MAX_WATCHES")

    def check_operations(self, running: int) -> None:
        """Refuse one more operation on a connection.

        Raises:
            LimitExceeded: As many run as may.
        """
        most = self._limits.max_connection_operations
        if running >= most:
            raise at_limit("operations on this connection", most=most, setting="KINDGRAPH_MAX_CONNECTION_OPERATIONS")
