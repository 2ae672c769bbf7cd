"""A small page server for those who look after a process: is it alive, is it ready, what do its metrics say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ["HealthServer", "Report"]

_REQUEST_SECONDS: Final = 10.0
_MOST_HEADERS: Final = 100


class Report(NamedTuple):
    """How a process is.

    Attributes:
        alive: It should not be started anew.
        ready: It works, or would at once.
        details: For people.
    """

    alive: bool
    ready: bool
    details: Mapping[str, Any]


class HealthServer:
    """Serves ``/healthz``, ``/readyz`` and ``/metrics``.

    Args:
        report: Asked for each request.
        observe: Called before metrics are read.
        registry: Of the metrics.
    """

    def __init__(
        self, *, report: Callable[[], Report], observe: Callable[[], None], registry: CollectorRegistry
    ) -> None:
        self._report = report
        self._observe = observe
        self._registry = registry
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Begin to listen; returns the port, which is chosen where 0 was asked for.

        Raises:
            OSError: The address cannot be used.
        """
        self._server = await asyncio.start_server(self._serve, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                request = (await reader.readline()).split()
                for _ in range(_MOST_HEADERS):
                    if not (await reader.readline()).strip():
                        break
                writer.write(self._answer(request))
                await writer.drain()
        except (TimeoutError, OSError, ValueError):
            pass  # whoever asked has gone, or sends what is no request
        finally:
            writer.close()

    def _answer(self, request: list[bytes]) -> bytes:
        method, path = (request[0], request[1].partition(b"?")[0]) if len(request) > 1 else (b"", b"")
        if method not in {b"GET", b"HEAD"}:
            return _response(405, b"", "text/plain")
        if path == b"/metrics":
            self._observe()
            return _response(200, generate_latest(self._registry), CONTENT_TYPE_LATEST)
        report = self._report()
        good = {b"/healthz": report.alive, b"/readyz": report.ready}.get(path)
        if good is None:
            return _response(404, b"", "text/plain")
        return _response(200 if good else 503, json.dumps(report.details).encode(), "application/json")


def _response(status: int, body: bytes, content_type: str) -> bytes:
    head = (
        f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}\r\ncontent-type: {content_type}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
