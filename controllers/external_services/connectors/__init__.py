"""The protocols: how a connection is made, checked and closed, by a library for each.

A library is imported when the first service of its protocol is connected to.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, Final

from controllers.external_services.problems import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from controllers.external_services.parameters import Endpoint
    from controllers.external_services.pool import Connector

__all__ = ["make_connector"]

_MODULES: Final[Mapping[str, str]] = {"HTTP": "http", "POSTGRES": "postgres", "REDIS": "redis"}


async def make_connector(endpoint: Endpoint) -> Connector[Any]:
    """Return what makes connections to an endpoint.

    Raises:
        Misconfigured: Its certificate cannot be read, or the library for its protocol is not installed.
    """
    name = _MODULES[endpoint.protocol]
    try:
        module = await asyncio.to_thread(importlib.import_module, f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("controllers"):
            raise
        message = f"the controller lacks the library {error.name}: install kindgraph[external-services]"
        raise Misconfigured("LibraryMissing", message) from None
    connector: Connector[Any] = await module.connector_of(endpoint)
    return connector
