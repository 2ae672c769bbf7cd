from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server(mongo_uri: str, database: str) -> AsyncIterator[Server]:
    """The services of one server on a new database."""
    async with Server.running(mongo_uri, database) as server:
        yield server
