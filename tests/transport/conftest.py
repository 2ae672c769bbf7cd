"""An engine over resources in memory, served, and a connection to it that has been acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.transport.sockets import Socket, acknowledged
from tests.transport.support import Served, Shelf, serving


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def served(shelf: Shelf) -> AsyncIterator[Served]:
    async with serving(shelf.engine()) as running:
        yield running


@pytest.fixture
async def socket(served: Served) -> AsyncIterator[Socket]:
    async with acknowledged(served) as running:
        yield running
