"""The playground: ``/`` and the paths below which its pages have addresses, and the files that it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.pages.assets import Asset, find_assets

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["BUILD_FOLDER", "PAGES", "playground_routes"]

BUILD_FOLDER: Final = Path(__file__).parent / "playground"
"""Where ``make playground`` and the package build put the files."""

PAGES: Final = ("addons", "controllers", "events", "kinds", "query", "resources")
"""The first words of the playground's addresses, the same as in ``playground/src/app/routes.ts``."""

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
_SECURITY: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HASHED: Final = "public, max-age=31536000, immutable"
_REVALIDATED: Final = "no-cache"


def playground_routes(folder: Path = BUILD_FOLDER) -> list[Route] | None:
    """Return the routes; None where nothing has been built into the folder.

    Files under ``assets/`` carry a hash of their content in their names, and may be kept for ever. The page itself,
    which names them, is asked for each time, and answered with 304 while it is the same.
    """
    assets = find_assets(folder)
    if assets is None:
        return None
    page = assets["index.html"]

    async def index(request: Request) -> Response:
        return _answer(request, page, cache_control=_REVALIDATED)

    async def hashed(request: Request) -> Response:
        asset = assets.get(f"assets/{request.path_params['path']}")
        if asset is None:
            return PlainTextResponse("Not found\n", status_code=404, headers={"cache-control": "no-store"})
        return _answer(request, asset, cache_control=_HASHED)

    async def fixed(request: Request) -> Response:
        return _answer(request, assets[request.url.path.removeprefix("/")], cache_control=_REVALIDATED)

    beside = [name for name in assets if "/" not in name and name != "index.html"]
    return [
        Route("/", index),
        *(Route(f"/{name}", index) for name in PAGES),
        *(Route(f"/{name}/{{path:path}}", index) for name in PAGES),
        Route("/assets/{path:path}", hashed),
        *(Route(f"/{name}", fixed) for name in beside),
    ]


def _answer(request: Request, asset: Asset, *, cache_control: str) -> Response:
    encoding, path = asset.chosen(request.headers.get("accept-encoding", ""))
    # Each encoding is a representation of its own, with a tag of its own (RFC 9110, 8.8.3.3).
    etag = f'{asset.etag[:-1]}-{encoding}"' if encoding else asset.etag
    headers = {**_SECURITY, "cache-control": cache_control, "etag": etag, "vary": "accept-encoding"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["content-encoding"] = encoding
    return FileResponse(path, headers=headers, media_type=asset.content_type)


def _matches(tags: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in tags.split(","))
