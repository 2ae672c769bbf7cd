"""One server over GraphQL: queries and mutations by HTTP, watches as server-sent events.

This is the only module that knows the HTTP library; nothing of it gets out.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import orjson

from controllers.errors import ServerError, StreamLost, Unreachable
from controllers.limiter import Backoff

__all__ = ["DEFAULT_SERVER", "Answer", "Client", "server_url"]

DEFAULT_SERVER: Final = "http://127.0.0.1:8000"
SERVER_VARIABLE: Final = "KINDGRAPH_SERVER"
STALL_SECONDS: Final = 30.0
"""A watch sends a bookmark every 10 s: one that is silent for longer than this is dead."""

_JSON: Final = "application/graphql-response+json, application/json;q=0.9"
_TIMEOUT: Final = httpx2.Timeout(60, connect=10)
_MAX_EVENT_BYTES: Final = 64 * 1024 * 1024
_ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave.

    Attributes:
        data: The fields by response name.
        position: The commit position of a mutation; 0 where there is none.
        warnings: What the server remarks.
        size_bytes: Of the response.
    """

    data: Mapping[str, Any]
    position: int = 0
    warnings: tuple[Any, ...] = field(default=())
    size_bytes: int = 0


def server_url(given: str | None = None) -> str:
    """Return the base URL of the server: the one given, the variable's, or the default."""
    text = given or os.environ.get(SERVER_VARIABLE) or DEFAULT_SERVER
    url = text if "://" in text else f"http://{text}"
    return url.rstrip("/").removesuffix("/graphql")


class Client:
    """Operations on one server; use it as an async context manager.

    Args:
        url: Of the server; ``server_url`` finds the usual one.
        headers: Sent with each request, such as ``authorization``.
        stall_seconds: How long a watch may be silent.
    """

    def __init__(
        self, url: str | None = None, *, headers: Mapping[str, str] | None = None, stall_seconds: float = STALL_SECONDS
    ) -> None:
        self.url = server_url(url)
        self._stall_seconds = stall_seconds
        self._backoff = Backoff(base_seconds=0.1, most_seconds=2)
        # A proxy of the environment leads away from this machine: it has no way to a server on it.
        self._http = httpx2.AsyncClient(
            headers=headers,
            timeout=_TIMEOUT,
            trust_env=not _is_local(self.url),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=32),
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def execute(
        self, document: str, variables: Mapping[str, Any] | None = None, *, repeatable: bool = True
    ) -> Answer:
        """Run a query or a mutation.

        Args:
            document: GraphQL.
            variables: For it.
            repeatable: It does no harm to run it twice: it is sent again, for some seconds, where the server says that
                it cannot answer now, or does not answer at all.

        Raises:
            ServerError: The server answered with an error.
            Unreachable: There is no answer.
        """
        attempt = 0
        while True:
            try:
                return await self._execute(document, variables)
            except (Unreachable, ServerError) as error:
                attempt += 1
                passing = isinstance(error, Unreachable) or (error.retryable and error.code == "UNAVAILABLE")
                if not (repeatable and passing) or attempt >= _ATTEMPTS:
                    raise
            await asyncio.sleep(self._backoff.delay(attempt))

    async def _execute(self, document: str, variables: Mapping[str, Any] | None) -> Answer:
        body = orjson.dumps({"query": document, "variables": variables or {}})
        headers = {"accept": _JSON, "content-type": "application/json"}
        try:
            response = await self._http.post(f"{self.url}/graphql", content=body, headers=headers)
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None
        if response.status_code == httpx2.codes.CONTENT_TOO_LARGE:
            message = f"a request of {len(body)} bytes is larger than the server takes"
            raise ServerError.of([{"message": message, "extensions": {"code": "LIMIT_EXCEEDED"}}])
        result = _decoded(response.content)
        if not isinstance(result, Mapping) or not result.keys() & {"data", "errors"}:
            raise Unreachable(f"{self.url}/graphql answered {response.status_code}, and not as a GraphQL server does")
        return dataclasses.replace(_checked(result), size_bytes=len(response.content))

    @contextlib.asynccontextmanager
    async def subscribe(
        self, document: str, variables: Mapping[str, Any]
    ) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """Open a subscription, and close it at the end of the block.

        Args:
            document: GraphQL.
            variables: For it, where to go on from among them.

        Yields:
            The data of each answer, by response name. Iterating raises ``ServerError`` where the server ends the stream
            and says why, and ``StreamLost`` where it ends, or is silent, without a word.

        Raises:
            Unreachable: There is no connection.
        """
        body = {"query": document, "variables": variables}
        stalled = httpx2.Timeout(60, connect=10, read=self._stall_seconds)
        try:
            async with self._http.sse(
                f"{self.url}/graphql",
                method="POST",
                content=orjson.dumps(body),
                headers={"content-type": "application/json"},
                timeout=stalled,
                max_event_size=_MAX_EVENT_BYTES,
            ) as source:
                yield self._events(source)
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None

    async def _events(self, source: httpx2.EventSource) -> AsyncIterator[Mapping[str, Any]]:
        if not source.response.headers.get("content-type", "").startswith("text/event-stream"):
            result = _decoded(await source.response.aread())
            if isinstance(result, Mapping) and result.get("errors"):
                raise ServerError.of(result["errors"])
            raise Unreachable(f"{self.url}/graphql answered a watch without a stream of events")
        events = aiter(source)
        while True:
            try:
                # Keep-alive comments do not count: a server whose hub is stuck would send them for ever.
                async with asyncio.timeout(self._stall_seconds):
                    event = await anext(events)
            except TimeoutError:
                raise StreamLost(f"the watch was silent for {self._stall_seconds:g} s") from None
            except (httpx2.HTTPError, StopAsyncIteration) as error:
                raise StreamLost(f"the watch broke off: {error or type(error).__name__}") from None
            if event.event == "complete":
                raise StreamLost("the watch is complete")
            if event.event == "next":
                yield _checked(_decoded(event.data)).data

    def _unreachable(self, error: httpx2.HTTPError) -> Unreachable:
        return Unreachable(f"no answer from {self.url}: {str(error) or type(error).__name__}")


def _decoded(content: bytes | str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _checked(result: Any) -> Answer:
    if not isinstance(result, Mapping):
        raise ServerError("the server sent a result that cannot be read")
    if errors := result.get("errors"):
        raise ServerError.of(errors if isinstance(errors, list) else [])
    extensions = result.get("extensions") or {}
    position = str(extensions.get("resourceVersion") or "")
    return Answer(
        result.get("data") or {},
        position=int(position) if position.isdecimal() else 0,
        warnings=tuple(extensions.get("warnings") or ()),
    )


def _is_local(url: str) -> bool:
    host = httpx2.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
