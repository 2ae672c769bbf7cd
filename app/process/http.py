"""HTTP connections: uvicorn's, which also end where a client takes nothing, and become our WebSockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.process.websockets import handshake
from app.process.websockets.bridge import Bridge, scope_of
from app.process.websockets.connection import PING_SECONDS, Connection

if TYPE_CHECKING:
    import asyncio

__all__ = ["HttpConnection"]

_STALL_SECONDS: Final = 20.0


class HttpConnection(HttpToolsProtocol):
    """One HTTP connection.

    Uvicorn waits for ever while what it has written is not taken. Here a connection whose client takes nothing of it
    for a while is ended, whatever it is: an answer, or a stream of events.
    """

    _stalled: asyncio.TimerHandle | None = None
    _left_then = 0

    def handle_websocket_upgrade(self) -> None:
        """Begin the opening handshake."""
        headers = self.scope["headers"]
        refusal = handshake.check(self.scope["method"], headers)
        if self.cycle is not None and not self.cycle.response_complete:
            refusal = handshake.Refusal(400, "An earlier request has not been answered.")
        if refusal is not None:
            self.transport.write(handshake.response(refusal.status, refusal.headers, refusal.reason.encode()))
            self.transport.close()
            return
        self.connections.discard(self)
        config = self.config
        connection = Connection(
            self.transport,
            self.server_state,
            max_bytes=config.ws_max_size,
            ping_seconds=config.ws_ping_interval or PING_SECONDS,
        )
        bridge = Bridge(
            connection,
            scope_of(self.scope, self.url),
            key=handshake.accept_key(headers),
            headers=self.server_state.default_headers,
        )
        connection.handler = bridge
        task = self.loop.create_task(bridge.run(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self.transport.set_protocol(connection)
        self.parser = None  # type: ignore[assignment]  # it holds this object: nobody would free them for long

    def pause_writing(self) -> None:
        """Begin to watch whether the client takes what waits for it."""
        super().pause_writing()
        if self._stalled is None:
            self._left_then = self.transport.get_write_buffer_size()
            self._stalled = self.loop.call_later(_STALL_SECONDS, self._check_stall)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._end_watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take notice that the transport is closed."""
        super().connection_lost(exc)
        self._end_watch()

    def _end_watch(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _check_stall(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left >= self._left_then:
            self.transport.abort()
        else:
            self._left_then = left
            self._stalled = self.loop.call_later(_STALL_SECONDS, self._check_stall)
