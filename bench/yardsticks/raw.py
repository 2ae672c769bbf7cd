"""A raw Starlette route: no GraphQL at all, the least that Python can do for such a read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from bench.yardsticks.store import ServiceStore

__all__ = ["raw_application"]


def raw_application(store: ServiceStore) -> Starlette:
    """Return the application: ``/services/NAME`` and ``/services?first=N``."""

    async def get_service(request: Request) -> Response:
        document = await store.find(request.path_params["name"])
        return _json({"externalService": None if document is None else _service(document)})

    async def list_services(request: Request) -> Response:
        documents = await store.list(int(request.query_params["first"]))
        return _json({"externalServices": {"nodes": [_service(document) for document in documents]}})

    return Starlette(routes=[Route("/services/{name}", get_service), Route("/services", list_services)])


def _service(document: dict[str, Any]) -> dict[str, Any]:
    metadata, spec = document["metadata"], document["spec"]
    return {
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "resourceVersion": metadata["resourceVersion"],
        },
        "spec": {
            "host": spec["host"],
            "port": spec["port"],
            "tls": spec["tls"],
            "limits": {"maxConns": spec["limits"]["maxConns"]},
        },
        "status": {"phase": document["status"]["phase"]},
    }


def _json(data: dict[str, Any]) -> Response:
    return Response(orjson.dumps({"data": data}), media_type="application/json")
