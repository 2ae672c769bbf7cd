"""Connections to Redis, by redis-py."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from redis import exceptions
from redis.asyncio import ConnectionPool, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from controllers.external_services.connectors.tls import make_context
from controllers.external_services.problems import Refused, network_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from controllers.external_services.parameters import Endpoint

__all__ = ["RedisConnector", "connector_of"]


async def connector_of(endpoint: Endpoint) -> RedisConnector:
    """Return what makes connections to an endpoint."""
    return RedisConnector(endpoint, await make_context(endpoint.tls) if endpoint.tls else None)


class _SecuredConnection(SSLConnection):
    """A connection with a context that is given: the library's own would trust the system's authorities as well."""

    def __init__(self, *, context: ssl.SSLContext, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.context = context


class RedisConnector:
    """Makes connections to one server, each a client with one connection.

    Args:
        endpoint: Where it is.
        context: Of TLS; None without.
    """

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext | None) -> None:
        self._endpoint = endpoint
        self._context = context

    async def open(self) -> Any:
        """Make a connection, authenticate and select the database. Nothing is repeated."""
        client = Redis(connection_pool=self._library_pool(), single_connection_client=True)
        try:
            await client.initialize()
            await self.check(client)
        except exceptions.RedisError as error:
            self.abort(client)
            raise _problem(error) from None
        except BaseException:
            self.abort(client)
            raise
        return client

    async def check(self, connection: Any) -> None:
        """PING."""
        try:
            await connection.execute_command("PING")
        except exceptions.RedisError as error:
            raise _problem(error) from None

    async def reset(self, connection: Any) -> None:
        """There is nothing to do: what is blocked or subscribed has an object of its own."""

    async def close(self, connection: Any) -> None:
        """Take leave."""
        await connection.aclose()
        await connection.connection_pool.disconnect()

    def abort(self, connection: Any) -> None:
        """Cut the connection."""
        writer = getattr(connection.connection, "_writer", None)
        if writer is not None:
            writer.transport.abort()
        connection.connection = None  # what is not closed as the library would do it must not look as if it were open

    def is_closed(self, connection: Any) -> bool:
        """Return whether it is known to be unusable."""
        return connection.connection is None or not connection.connection.is_connected

    def describe(self, connection: Any) -> Mapping[str, Any]:
        """Return the version of TLS."""
        writer = getattr(connection.connection, "_writer", None)
        secured = writer.get_extra_info("ssl_object") if writer is not None else None
        return {"tlsVersion": secured.version() if secured else None}

    def _library_pool(self) -> ConnectionPool:
        """Return the library's pool that each of its clients needs; it never has more than one connection."""
        endpoint = self._endpoint
        options: dict[str, Any] = {
            "host": endpoint.host,
            "port": endpoint.port,
            "db": int(endpoint.database or 0),
            "username": endpoint.user,
            "password": endpoint.secret,
            "client_name": endpoint.application,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "socket_timeout": None,
            "socket_connect_timeout": None,
        }
        if self._context is not None:
            options |= {"connection_class": _SecuredConnection, "context": self._context}
        return ConnectionPool(**options)


def _problem(error: exceptions.RedisError) -> Exception:
    """Return what an error of the library means."""
    match error:
        case exceptions.TimeoutError():
            return TimeoutError()
        case exceptions.AuthenticationError() | exceptions.NoPermissionError():
            return Refused("AuthenticationFailed", "the user or the password is not accepted")
        case exceptions.BusyLoadingError():
            return Refused("NotAccepting", "the service still loads its data")
        case exceptions.MaxConnectionsError():
            return Refused("TooManyConnections", "the service has no room for another connection")
        case exceptions.ConnectionError():
            return _cause(error)
        case exceptions.ResponseError() if "NOAUTH" in str(error):
            return Refused("AuthenticationFailed", "the service wants a password")
        case exceptions.ResponseError() if "DB index" in str(error):
            return Refused("DatabaseNotFound", "there is no such database")
        case exceptions.ResponseError():
            return Refused("Refused", "the service reports an error")
    return Refused("WrongProtocol", "the answer is not Redis'")


def _cause(error: exceptions.RedisError) -> Exception:
    """Return the error of the network that the library has wrapped."""
    if "max number of clients" in str(error):
        return Refused("TooManyConnections", "the service has no room for another connection")
    return network_error(error) or ConnectionError("lost")
