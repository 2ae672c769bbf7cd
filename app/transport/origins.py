"""Which web pages may open a WebSocket.

Browsers let any page connect to any server and only tell it the page's origin: without this check, a page on the web
could drive a server on its reader's machine (cross-site WebSocket hijacking). Clients that are no browsers send none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = ["Origins"]


class Origins:
    """Decides on the origin of a connection.

    Args:
        allowed: Origins such as ``https://example.org`` beside the server's own; ``*`` allows all.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)

    def allow(self, scope: Scope) -> bool:
        """Return whether a connection may be opened."""
        origin = _header(scope, b"origin")
        if origin is None or "*" in self._allowed or origin.lower() in self._allowed:
            return True
        return urlsplit(origin).netloc.lower() == (_header(scope, b"host") or "").lower()


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
