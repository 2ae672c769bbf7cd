"""Connections to PostgreSQL, by asyncpg."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from controllers.external_services.connectors.tls import make_context
from controllers.external_services.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from controllers.external_services.parameters import Endpoint

__all__ = ["PostgresConnector", "connector_of"]

_USUAL_USER: Final = "postgres"
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "28": ("AuthenticationFailed", "the user or the password is not accepted"),
    "3D": ("DatabaseNotFound", "there is no such database"),
    "53": ("TooManyConnections", "the service has no room for another connection"),
    "57": ("NotAccepting", "the service starts, stops or has ended the connection"),
    "08": ("WrongProtocol", "the answer is not PostgreSQL's"),
    "42": ("Forbidden", "the user may not do that"),
}
"""By the class of the SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html."""


async def connector_of(endpoint: Endpoint) -> PostgresConnector:
    """Return what makes connections to an endpoint."""
    return PostgresConnector(endpoint, await make_context(endpoint.tls) if endpoint.tls else None)


class PostgresConnector:
    """Makes connections to one server.

    Args:
        endpoint: Where it is.
        context: Of TLS; None without.
    """

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext | None) -> None:
        self._endpoint = endpoint
        self._context = context

    async def open(self) -> Any:
        """Make a connection. Nothing is taken from variables or files that libpq's clients read."""
        endpoint, user = self._endpoint, self._endpoint.user or _USUAL_USER
        try:
            return await asyncpg.connect(
                host=endpoint.host,
                port=endpoint.port,
                user=user,
                password=endpoint.secret or "",
                database=endpoint.database or user,
                ssl=self._context or False,
                direct_tls=False,
                target_session_attrs="any",
                server_settings={"application_name": endpoint.application},
            )
        except asyncpg.PostgresError as error:
            raise _refusal(error) from None
        except asyncpg.InterfaceError:
            raise Refused("WrongProtocol", "the way of authentication is not supported") from None
        except ConnectionError as error:
            if self._context is not None and "SSL" in str(error):
                raise Refused("TlsFailed", "the service offers no TLS") from None
            raise
        except OSError:
            raise
        except (ValueError, LookupError, ArithmeticError, AttributeError):
            raise Refused("WrongProtocol", "the answer is not PostgreSQL's") from None

    async def check(self, connection: Any) -> None:
        """Run the least of queries."""
        try:
            await connection.execute("SELECT 1")
        except asyncpg.PostgresError as error:
            raise _refusal(error) from None
        except asyncpg.InterfaceError:
            raise ConnectionError("closed") from None

    async def reset(self, connection: Any) -> None:
        """End what was left open: a transaction, locks, listeners, settings."""
        await connection.reset()

    async def close(self, connection: Any) -> None:
        """Take leave."""
        await connection.close()

    def abort(self, connection: Any) -> None:
        """Cut the connection."""
        connection.terminate()

    def is_closed(self, connection: Any) -> bool:
        """Return whether it is known to be unusable."""
        return bool(connection.is_closed())

    def describe(self, connection: Any) -> Mapping[str, Any]:
        """Return the server's version, and that of TLS."""
        version = connection.get_server_version()
        stream = connection.get_settings()  # what the server reports of itself
        secured = connection._transport.get_extra_info("ssl_object")  # noqa: SLF001 - there is no other way
        known = getattr(stream, "server_version", None) or f"{version.major}.{version.minor}"
        return {"serverVersion": str(known)[:100], "tlsVersion": secured.version() if secured else None}


def _refusal(error: asyncpg.PostgresError) -> Refused:
    state = str(error.sqlstate or "")
    reason, message = _REASONS.get(state[:2], ("Refused", "the service reports an error"))
    return Refused(reason, f"{message} (SQLSTATE {state})" if state.isalnum() and len(state) == 5 else message)
