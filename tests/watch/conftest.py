from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.store.mongo import Store
from app.watch.limits import WatchLimits
from tests.watch.world import World, running


@pytest.fixture
async def store(mongo_uri: str, database: str) -> AsyncIterator[Store]:
    """A new database."""
    opened = await Store.open(mongo_uri, database)
    yield opened
    await opened.close()


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """A running server of it."""
    async with running(World(store, WatchLimits(ahead_seconds=0.3))) as world:
        yield world
