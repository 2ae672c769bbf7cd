"""Connections to HTTP services, by httpx2."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING, Any, Final

import httpx2

from controllers.external_services.connectors.tls import make_context
from controllers.external_services.problems import Refused, network_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from controllers.external_services.parameters import Endpoint

__all__ = ["HttpConnector", "connector_of"]

_MOST_BYTES: Final = 65_536


async def connector_of(endpoint: Endpoint) -> HttpConnector:
    """Return what makes connections to an endpoint."""
    return HttpConnector(endpoint, await make_context(endpoint.tls) if endpoint.tls else None)


class HttpConnector:
    """Makes connections to one server, each a client with one connection that is kept alive.

    Args:
        endpoint: Where it is.
        context: Of TLS; None without.
    """

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext | None) -> None:
        self._endpoint = endpoint
        self._context = context

    async def open(self) -> httpx2.AsyncClient:
        """Make a connection by a first request."""
        endpoint = self._endpoint
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        client = httpx2.AsyncClient(
            base_url=f"{'https' if self._context else 'http'}://{host}:{endpoint.port}",
            headers={"user-agent": endpoint.application, **_authorization(endpoint)},
            verify=self._context or False,
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None),
            timeout=None,  # the pool sees to it
            trust_env=False,
            follow_redirects=False,
        )
        try:
            await self.check(client)
        except BaseException:
            await client.aclose()
            raise
        return client

    async def check(self, connection: httpx2.AsyncClient) -> None:
        """Ask for the path of probes: anything will do but a server's error, or that the secret is not accepted."""
        try:
            async with connection.stream("GET", self._endpoint.path) as response:
                received = 0
                async for chunk in response.aiter_raw():
                    received += len(chunk)
                    if received > _MOST_BYTES:
                        break  # the rest is not wanted; the connection is given up for it
        except httpx2.HTTPError as error:
            raise _problem(error) from None
        if response.status_code >= 500:
            raise Refused("ServerError", f"the service answers {response.status_code}")
        if response.status_code in {401, 403}:
            raise Refused("AuthenticationFailed", f"the service answers {response.status_code}")

    async def reset(self, connection: httpx2.AsyncClient) -> None:
        """Forget cookies."""
        connection.cookies.clear()

    async def close(self, connection: httpx2.AsyncClient) -> None:
        """Take leave."""
        await connection.aclose()

    def abort(self, connection: httpx2.AsyncClient) -> None:
        """There is no way to cut it; what is in flight ends by its own timeout."""

    def is_closed(self, connection: httpx2.AsyncClient) -> bool:
        """Return whether it is known to be unusable; a lost connection is made again by the next request."""
        return connection.is_closed

    def describe(self, connection: httpx2.AsyncClient) -> Mapping[str, Any]:  # noqa: ARG002 - it keeps no more
        """Return nothing: the answer to the last request is gone."""
        return {}


def _authorization(endpoint: Endpoint) -> Mapping[str, str]:
    """Return the header with the secret: a password where there is a user, else a token."""
    if endpoint.secret is None:
        return {}
    if endpoint.user is None:
        return {"authorization": f"Bearer {endpoint.secret}"}
    pair = base64.b64encode(f"{endpoint.user}:{endpoint.secret}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


def _problem(error: httpx2.HTTPError) -> Exception:
    """Return what an error of the library means: mostly the one of the network that it has wrapped."""
    inner = network_error(error)
    if inner is not None:
        return inner
    if isinstance(error, httpx2.RemoteProtocolError):
        return Refused("WrongProtocol", "the answer is not HTTP's")
    if isinstance(error, httpx2.TimeoutException):
        return TimeoutError()
    return ConnectionError("lost")
