"""One server process for all hostile requests: what one leaves behind, the next one meets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.hostile.arena import Arena
from tests.hostile.kinds import define_kinds
from tests.support.serving import ServerProcess


@pytest.fixture(scope="session")
def arena_process(mongo_uri: str) -> Iterator[Arena]:
    """A server under attack, and its bystander."""
    process = ServerProcess(
        (),
        environment={
            "KINDGRAPH_PORT": "0",
            "KINDGRAPH_MONGO_URI": mongo_uri,
            "KINDGRAPH_DATABASE": f"test_{secrets.token_hex(8)}",
        },
    )
    try:
        arena = Arena(process)
        arena.begin()
        define_kinds(arena)
        yield arena
        arena.end()
        assert process.stop() == os.EX_OK
    finally:
        process.stop()


@pytest.fixture
def arena(arena_process: Arena) -> Iterator[Arena]:
    """The server under attack, which must be unharmed afterwards."""
    yield arena_process
    arena_process.check_unharmed()
