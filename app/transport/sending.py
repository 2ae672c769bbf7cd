"""Sending ASGI messages without waiting, where that is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from starlette.types import Send

__all__ = ["send_at_once"]


def send_at_once(send: Send, message: Mapping[str, Any]) -> bool:
    """Send a message if the connection has room for it now; otherwise send nothing, and return False.

    A server waits for room before it writes anything of a message, and never after (uvicorn's ``httptools`` and
    ``websockets-sansio``): a ``send`` that comes to wait has written nothing, and can be taken back.

    Raises:
        Exception: Whatever ``send`` raises, as where the client is gone.
    """
    sending = cast("Coroutine[Any, Any, None]", send(dict(message)))
    try:
        sending.send(None)
    except StopIteration:
        return True
    sending.close()
    return False
