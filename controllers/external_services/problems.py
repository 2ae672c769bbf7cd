"""What can be wrong with a service or its spec, as a reason for programs and a message for people.

Misconfigured      the spec cannot be served: nothing but a change of it, or of its secret, can help
PoolError
├── PoolClosed     the pool is none any more
└── PoolExhausted  all connections are in use, and none came back in time
Refused            the service answered, and not as it should

Messages are written here and in the connectors. What a service says never gets into one: it may
repeat the secret that it was given.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import NamedTuple

__all__ = [
    "Misconfigured",
    "PoolClosed",
    "PoolError",
    "PoolExhausted",
    "Problem",
    "Refused",
    "network_error",
    "problem_of",
]


class Problem(NamedTuple):
    """What is wrong.

    Attributes:
        reason: A word in CamelCase.
        message: A sentence.
    """

    reason: str
    message: str


class Misconfigured(Exception):
    """The spec cannot be served."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(reason, message)


class PoolError(Exception):
    """A pool has no connection to give."""


class PoolClosed(PoolError):
    """The pool is closed, or closing."""


class PoolExhausted(PoolError):
    """All connections are in use, and none came back in time."""


class Refused(Exception):
    """The service answered, and not as it should."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(reason, message)


def network_error(error: BaseException) -> OSError | None:
    """Return the error of the network that a library has wrapped, however often; None where there is none."""
    found: OSError | None = None
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and (found is None or found.errno is None):
            found = inner
        inner = inner.__cause__ or inner.__context__
    return found


def problem_of(error: BaseException) -> Problem:
    """Return what an error of the network, of TLS or of a pool means; what it says itself is not repeated."""
    match error:
        case Refused() | Misconfigured():
            return error.problem
        case PoolExhausted():
            return Problem("PoolExhausted", "all connections are in use")
        case TimeoutError():
            return Problem("TimedOut", "no answer in time")
        case socket.gaierror():
            return Problem("HostNotFound", "the host's name cannot be resolved")
        case UnicodeError():
            return Problem("HostNotFound", "the host is no name that could be resolved")
        case ssl.SSLCertVerificationError():
            return Problem("CertificateRefused", f"the certificate is not to be trusted: {error.verify_message}")
        case ssl.SSLError():
            return Problem("TlsFailed", f"TLS could not be agreed on: {error.reason or 'no reason'}")
        case ConnectionRefusedError():
            return Problem("ConnectionRefused", "nothing listens at the port")
        case ConnectionError() | EOFError():
            return Problem("ConnectionLost", "the service ended the connection")
        case OSError() if error.errno is not None:
            return Problem("Unreachable", os.strerror(error.errno))
        case OSError():
            return Problem("Unreachable", "the service cannot be reached")
    return Problem("Failed", f"a {type(error).__name__}")
