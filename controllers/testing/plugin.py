"""Fixtures for pytest; they need pytest-asyncio.

``kindgraph_server`` is a server with a database of its own for each test, in the test's own process where the server
is installed too; override it to test against another one. ``run_controllers`` runs controllers against it:

    async def test_widgets_become_ready(run_controllers):
        kit = await run_controllers(controller)
        await kit.define({"kind": "Widget", "schema": {"type": "object"}})
        await kit.apply("Widget", "a")
        await kit.settled()
        assert (await kit.get("Widget", "a")).status["ready"]
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

from controllers.testing.kit import ControllerKit

if TYPE_CHECKING:
    from controllers.controller import Controller

__all__ = ["kindgraph_server", "kindgraph_servers", "run_controllers"]

_ENTRY_POINTS: Final = "kindgraph.test_servers"
"""A context manager for the session, whose ``server()`` is an async one that gives the address of an empty server."""
_VARIABLE: Final = "KINDGRAPH_TEST_SERVER"


@pytest.fixture(scope="session")
def kindgraph_servers() -> Iterator[Any]:
    """What makes servers for tests, if one is installed; None otherwise."""
    found = next(iter(importlib.metadata.entry_points(group=_ENTRY_POINTS)), None)
    if found is None:
        yield None
        return
    with found.load()() as servers:
        yield servers


@pytest_asyncio.fixture
async def kindgraph_server(kindgraph_servers: Any) -> AsyncIterator[str]:
    """The address of a server: an empty one of this test alone, or that of KINDGRAPH_TEST_SERVER."""
    if url := os.environ.get(_VARIABLE):
        yield url
        return
    if kindgraph_servers is None:
        pytest.fail(f"install kindgraph, which can serve in tests, or name a server in {_VARIABLE}")
    async with kindgraph_servers.server() as url:
        yield url


@pytest_asyncio.fixture
async def run_controllers(kindgraph_server: str) -> AsyncIterator[Callable[..., Awaitable[ControllerKit]]]:
    """Runs controllers until the end of the test; options are those of ``ControllerKit.running``."""
    async with contextlib.AsyncExitStack() as stack:

        async def run(*controllers: Controller, **options: Any) -> ControllerKit:
            return await stack.enter_async_context(ControllerKit.running(*controllers, url=kindgraph_server, **options))

        yield run
