"""The sockets that a server listens on, bound before anything slow begins."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["AddressUnusable", "bind", "bound_port", "url_of"]

_CHOOSE: Final = "choose one with --port or KINDGRAPH_PORT"
_ABSENT: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class AddressUnusable(Exception):
    """The address cannot be listened on; the message says why."""


def bind(host: str, port: int, *, shared: bool = False) -> list[socket.socket]:
    """Bind, without listening yet, each address of a host.

    Args:
        host: A name or an address.
        port: 0 picks a free one, the same for all addresses.
        shared: Let further sockets of ours be bound to the same port (``SO_REUSEPORT``): the system then
            spreads new connections over those that listen.

    Raises:
        AddressUnusable: The port is taken, the host unknown, or we may not.
    """
    sockets: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, address in _addresses(host, port):
            try:
                wanted = (address[0], bound_port(sockets), *address[2:]) if sockets and port == 0 else address
                sockets.append(_bind_one(family, wanted, shared=shared))
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise
                absent = error  # localhost may have an IPv6 address that the machine has not
        if absent is not None and not sockets:
            raise absent
    except OSError as error:
        for bound in sockets:
            bound.close()
        raise AddressUnusable(_explain(error, host=host, port=port)) from error
    return sockets


def bound_port(sockets: Sequence[socket.socket]) -> int:
    """Return the port that the sockets have in common."""
    port: int = sockets[0].getsockname()[1]
    return port


def url_of(host: str, port: int) -> str:
    """Return the address that a browser on this machine can open."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bind_one(family: socket.AddressFamily, address: tuple[Any, ...], *, shared: bool) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _explain(error: OSError, *, host: str, port: int) -> str:
    if isinstance(error, socket.gaierror):
        return f"the host {host} is unknown: {error.strerror}"
    reasons = {
        errno.EADDRINUSE: f"port {port} on {host} is taken by another program; {_CHOOSE}, or 0 for a free one",
        errno.EACCES: f"port {port} on {host} may not be used without privileges; {_CHOOSE}",
        errno.EADDRNOTAVAIL: f"{host} is no address of this machine",
    }
    return reasons.get(error.errno or 0, f"port {port} on {host} cannot be used: {error.strerror}")
