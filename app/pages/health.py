"""``/healthz``: the process answers. ``/readyz``: it can also serve, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["Check", "health_routes"]

Check = Callable[[], Awaitable[str | None]]
"""Returns why a part is not ready, None when it is."""

_CHECK_TIMEOUT_SECONDS: Final = 2.0
_NOT_CACHED: Final = {"cache-control": "no-store"}


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """Return the routes.

    Args:
        checks: By the name of a part, such as ``database``. ``/readyz`` answers 200 when all pass, else 503 with
            ``{"ready": false, "reasons": {"database": "…"}}``.
    """

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_NOT_CACHED)

    async def ready(_: Request) -> Response:
        answers = await asyncio.gather(*(_ask(check) for check in checks.values()))
        reasons = {name: reason for name, reason in zip(checks, answers, strict=True) if reason is not None}
        status = 503 if reasons else 200
        return JSONResponse({"ready": not reasons, "reasons": reasons}, status_code=status, headers=_NOT_CACHED)

    return [Route("/healthz", alive), Route("/readyz", ready)]


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {_CHECK_TIMEOUT_SECONDS:g} s"
