"""Connections to Redis, by redis-py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from controllers.external_services.connectors.tls import VERSIONS, make_context
from controllers.external_services.problems import Refused, network_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from controllers.external_services.parameters import Endpoint

__all__ = ["RedisConnector", "connector_of"]


async def connector_of(endpoint: Endpoint) -> RedisConnector:
    """Return what makes connections to an endpoint."""
    if endpoint.tls is not None:
        await make_context(endpoint.tls)  # the library makes its own; here it is seen whether it can
    return RedisConnector(endpoint)


class RedisConnector:
    """Makes connections to one server, each a client with one connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def open(self) -> Any:
        """Make a connection, authenticate and select the database. Nothing is repeated."""
        endpoint, tls = self._endpoint, self._endpoint.tls
        secured: dict[str, Any] = {}
        if tls is not None:
            secured = {
                "ssl": True,
                "ssl_cert_reqs": "required",
                "ssl_check_hostname": True,
                "ssl_ca_data": tls.ca_certificate,
                "ssl_min_version": VERSIONS[tls.min_version],
            }
        client = Redis(
            host=endpoint.host,
            port=endpoint.port,
            db=int(endpoint.database or 0),
            username=endpoint.user,
            password=endpoint.secret,
            client_name=endpoint.application,
            single_connection_client=True,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            socket_timeout=None,
            socket_connect_timeout=None,
            **secured,
        )
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
