"""Contexts for TLS."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

from controllers.external_services.problems import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from controllers.external_services.parameters import Tls

__all__ = ["make_context"]

_VERSIONS: Final[Mapping[str, ssl.TLSVersion]] = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


async def make_context(tls: Tls) -> ssl.SSLContext:
    """Return a context that checks the certificate and its name; made in a thread, for authorities take long to load.

    Raises:
        Misconfigured: The authorities' certificate cannot be read.
    """
    return await asyncio.to_thread(_make, tls)


def _make(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=tls.ca_certificate)
    except (ssl.SSLError, ValueError):
        raise Misconfigured("BadCertificate", "/spec/tls/caCertificate must be certificates in PEM") from None
    context.minimum_version = _VERSIONS[tls.min_version]
    return context
