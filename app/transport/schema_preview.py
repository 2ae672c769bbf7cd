"""``POST /schema.graphql/preview``: the SDL that a definition would add, without defining anything."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.kinds.compiling import compile_spec
from schema_builder.errors import DefinitionRefused
from schema_builder.sdl import kind_sdl

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["schema_preview_route"]

_JSON: Final = "application/json"


def schema_preview_route(*, max_body_bytes: int) -> Route:
    """Return the route. A request's body is ``{"spec": …}`` as a definition has it.

    200 with the SDL; 422 with ``{"errors": […]}``, as GraphQL has them, where the definition cannot be honoured.
    Whether the names clash with those of other kinds is not looked at: a dry run tells that.
    """

    async def preview(request: Request) -> Response:
        return await _answer(request, max_body_bytes)

    return Route("/schema.graphql/preview", preview, methods=["POST"])


async def _answer(request: Request, max_body_bytes: int) -> Response:
    # A form of another site cannot send this type, so no other site can make a server work.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        return _refusal(415, f"The body must be {_JSON}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_body_bytes:
            return _refusal(413, f"The body has more than {max_body_bytes} bytes.")
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _refusal(400, f"The body is no JSON: {error}")
    spec = given.get("spec") if isinstance(given, dict) else None
    if not isinstance(spec, dict):
        return _refusal(400, 'The body must be {"spec": {…}}.')
    try:
        kind = await compile_spec(spec, name=None)
    except DefinitionRefused as refused:
        failures = [asdict(failure) for failure in refused.failures]
        return _refusal(422, str(refused), code="INVALID", failures=failures)
    return PlainTextResponse(await asyncio.to_thread(kind_sdl, kind), headers={"cache-control": "no-store"})


def _refusal(status: int, message: str, *, code: str = "BAD_USER_INPUT", **extensions: Any) -> Response:
    error = {"message": message, "extensions": {"code": code, "retryable": False, **extensions}}
    return JSONResponse({"errors": [error]}, status_code=status)
