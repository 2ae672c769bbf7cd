"""An ASGI application is asked without a server."""

import httpx
import pytest
from starlette.applications import Starlette


@pytest.fixture
def ask():
    async def ask(application, path):
        if isinstance(application, list):
            application = Starlette(routes=application)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.get(path)

    return ask
