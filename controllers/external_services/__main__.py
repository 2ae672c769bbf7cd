"""``python -m controllers.external_services``: the controller, which takes leave of its services in the end."""

from __future__ import annotations

import asyncio
import os

from controllers import serve
from controllers.external_services import controller, pools
from controllers.logs import configure

__all__: list[str] = []


async def _run() -> None:
    token = os.environ.get("KINDGRAPH_TOKEN")
    try:
        await serve([controller], headers={"authorization": f"Bearer {token}"} if token else None)
    finally:
        await pools.close_all()


if __name__ == "__main__":
    configure("json" if os.environ.get("EXTERNAL_SERVICES_LOG_FORMAT") == "json" else "text")
    asyncio.run(_run())
