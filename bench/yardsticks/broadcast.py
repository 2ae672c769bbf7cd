"""A raw ASGI broadcast: the same bytes to every WebSocket, the least that a fan-out costs in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["broadcast_application"]


def broadcast_application() -> ASGIApp:
    """Return the application: every WebSocket listens, ``POST /publish`` sends its body to all of them."""
    listeners: set[Send] = set()

    async def listen(receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        listeners.add(send)
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            listeners.discard(send)

    async def publish(receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        text = body.decode()
        for deliver in list(listeners):
            await deliver({"type": "websocket.send", "text": text})
        headers = [(b"content-length", b"2"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await listen(receive, send)
        else:
            await publish(receive, send)

    return application
