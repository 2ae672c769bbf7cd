"""The door that every request passes: it counts them, and closes while the server drains."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Gate"]

_DRAINING: Final = {
    "errors": [
        {"message": "The server is shutting down.", "extensions": {"code": "UNAVAILABLE", "retryable": True}},
    ]
}
_STILL_ANSWERED: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Gate:
    """An ASGI application around another.

    Attributes:
        draining: Whether new requests are refused with 503. Health, readiness and metrics are still told.
        in_flight: Requests that have not ended, those for WebSockets until they are answered.
        answered: HTTP responses so far, by status.
    """

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self.draining = False
        self.in_flight = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self.answered: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        answer = self._refuse if self.draining and scope["path"] not in _STILL_ANSWERED else self._application
        answered = self.answered

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered[message["status"]] += 1
            await send(message)

        self.in_flight += 1
        self._empty.clear()
        try:
            await answer(scope, receive, counted)
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._empty.set()

    async def emptied(self) -> None:
        """Wait until no request is in flight."""
        await self._empty.wait()

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette turns a response into ``websocket.http.response`` where the handshake is still open.
        response = JSONResponse(_DRAINING, status_code=503, headers={"connection": "close", "retry-after": "1"})
        await response(scope, receive, send)
