"""What the spec of an ``ExternalService`` says, as values: where the service is, and how its pool shall be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from controllers.external_services.problems import Misconfigured

__all__ = ["DEFAULT_PORTS", "Endpoint", "Limits", "Parameters", "Timeouts", "Tls", "parse_parameters", "parse_seconds"]

DEFAULT_PORTS: Final[Mapping[str, int]] = {"HTTP": 80, "POSTGRES": 5432, "REDIS": 6379}
"""The protocols that there are, and their usual ports."""

_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"([0-9]{1,9})(ms|s|m|h)\Z")
_HOST: Final = re.compile(r"[A-Za-z0-9_:]([A-Za-z0-9_.:-]{0,251}[A-Za-z0-9_.:])?\Z")
_LONGEST_WAIT_SECONDS: Final = 60.0
_LONGEST_DRAIN_SECONDS: Final = 120.0
_SHORTEST_PROBE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Tls:
    """How a connection is protected.

    Attributes:
        min_version: ``1.2`` or ``1.3``.
        ca_certificate: PEM of the authorities that are trusted; None for the system's.
    """

    min_version: str = "1.2"
    ca_certificate: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """What a connection is made to, and as whom. A pool of one endpoint is none of another.

    Attributes:
        protocol: One of ``DEFAULT_PORTS``.
        host: A DNS name or an address; never the path of a socket.
        port: From 1 to 65535.
        tls: None without.
        user: None for the protocol's usual one.
        database: Of PostgreSQL its name, of Redis its number; None for the usual one.
        path: What a probe asks an HTTP service for.
        secret: The password or token; None without.
        application: How the service sees whose connections they are.
    """

    protocol: str
    host: str
    port: int
    tls: Tls | None = None
    user: str | None = None
    database: str | None = None
    path: str = "/"
    secret: str | None = field(default=None, repr=False)
    application: str = "kindgraph"


@dataclass(frozen=True)
class Limits:
    """How many connections there may be.

    Attributes:
        min_conns: Are always open, idle or in use.
        max_conns: Are open at most; who needs one more waits.
        max_idle_conns: Stay open when nobody uses them, at most; never fewer than ``min_conns``.
        max_lifetime_seconds: How old a connection gets.
    """

    min_conns: int = 1
    max_conns: int = 10
    max_idle_conns: int = 2
    max_lifetime_seconds: float = 1800.0


@dataclass(frozen=True)
class Timeouts:
    """How long things may take, in seconds.

    Attributes:
        connect: Making a connection, with TLS and authentication.
        acquire: Waiting for a connection of the pool.
        request: The answer to a probe.
        drain: What work in flight may take once its connection shall go.
    """

    connect: float = 5.0
    acquire: float = 5.0
    request: float = 5.0
    drain: float = 10.0


@dataclass(frozen=True)
class Parameters:
    """All of a spec."""

    endpoint: Endpoint
    limits: Limits
    timeouts: Timeouts
    probe_seconds: float = 30.0


def parse_parameters(spec: Mapping[str, Any], *, secret: str | None, application: str) -> Parameters:
    """Return what a spec says, with defaults, and a minimum that is no more than its maximum.

    Args:
        spec: Of an ``ExternalService``.
        secret: What the spec's ``secret`` names.
        application: How the service sees whose connections they are.

    Raises:
        Misconfigured: It cannot be served; the message begins with the place in the spec.
    """
    protocol = spec.get("protocol", "HTTP")
    if protocol not in DEFAULT_PORTS:
        raise Misconfigured("UnsupportedProtocol", f"/spec/protocol must be one of {', '.join(sorted(DEFAULT_PORTS))}")
    host = str(spec.get("host", ""))
    if not _HOST.match(host):
        raise Misconfigured("InvalidHost", "/spec/host must be a DNS name or an address")
    probe, database = spec.get("probe") or {}, spec.get("database")
    if protocol == "REDIS" and database is not None and not str(database).isdecimal():
        raise Misconfigured("InvalidDatabase", "/spec/database of Redis must be a number")
    endpoint = Endpoint(
        protocol=protocol,
        host=host,
        port=int(spec.get("port") or DEFAULT_PORTS[protocol]),
        tls=_tls(spec.get("tls") or {}),
        user=spec.get("user"),
        database=database,
        path=probe.get("path") or "/",
        secret=secret,
        application=application,
    )
    interval = max(parse_seconds(probe.get("interval", "30s"), "/spec/probe/interval"), _SHORTEST_PROBE_SECONDS)
    return Parameters(endpoint, _limits(spec.get("limits") or {}), _timeouts(spec.get("timeouts") or {}), interval)


def parse_seconds(text: str, pointer: str, *, most: float | None = None) -> float:
    """Return the seconds of a duration such as ``250ms``, ``5s``, ``30m`` or ``1h``.

    Raises:
        Misconfigured: It is none, or more than ``most`` seconds.
    """
    found = _DURATION.match(text)
    if found is None:
        raise Misconfigured("InvalidDuration", f"{pointer} must be a duration such as 250ms, 5s or 30m")
    seconds = int(found[1]) * _UNITS[found[2]]
    if most is not None and seconds > most:
        raise Misconfigured("InvalidDuration", f"{pointer} must be at most {most:g}s")
    return seconds


def _tls(given: Mapping[str, Any]) -> Tls | None:
    if not given.get("enabled", bool(given)):
        return None
    return Tls(given.get("minVersion") or "1.2", given.get("caCertificate"))


def _limits(given: Mapping[str, Any]) -> Limits:
    most = max(int(given.get("maxConns", 10)), 1)
    least = min(int(given.get("minConns", 1)), most)
    idle = min(max(int(given.get("maxIdleConns", 2)), least), most)
    lifetime = parse_seconds(given.get("maxLifetime", "30m"), "/spec/limits/maxLifetime")
    return Limits(least, most, idle, lifetime)


def _timeouts(given: Mapping[str, Any]) -> Timeouts:
    def seconds(name: str, default: float, most: float) -> float:
        return parse_seconds(given[name], f"/spec/timeouts/{name}", most=most) if name in given else default

    usual = Timeouts()
    return Timeouts(
        connect=seconds("connect", usual.connect, _LONGEST_WAIT_SECONDS),
        acquire=seconds("acquire", usual.acquire, _LONGEST_WAIT_SECONDS),
        request=seconds("request", usual.request, _LONGEST_WAIT_SECONDS),
        drain=seconds("drain", usual.drain, _LONGEST_DRAIN_SECONDS),
    )
