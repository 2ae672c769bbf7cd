"""A real Chromium, a real server, and pages that fail their test where something is wrong that it does not look at."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pymongo import MongoClient

from tests.e2e.support import Kindgraph, Watched
from tests.support.serving import ServerProcess

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("KINDGRAPH_CHROMIUM") or shutil.which("chromium")
    assert path, "there is no chromium on PATH: make test-e2e"
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def process(mongo_uri: str) -> Iterator[ServerProcess]:
    """A server for the tests of one file, on a database that nobody else has. They call their kinds differently."""
    name = f"test_{secrets.token_hex(8)}"
    process = serve(mongo_uri, name)
    assert process.url
    yield process
    process.stop(signal.SIGKILL)
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        client.drop_database(name)


def serve(mongo_uri: str, database: str, *, port: int = 0) -> ServerProcess:
    """Begin a server process."""
    environment = {"KINDGRAPH_PORT": str(port), "KINDGRAPH_MONGO_URI": mongo_uri, "KINDGRAPH_DATABASE": database}
    return ServerProcess((), environment=environment)


@pytest.fixture
def kindgraph(process: ServerProcess) -> Iterator[Kindgraph]:
    """Another client of the server."""
    with Kindgraph(process.url) as client:
        yield client


@pytest.fixture
def open_page(browser: Browser, process: ServerProcess) -> Iterator[Callable[..., Page]]:
    """Opens pages; at the end, none of them may have broken its policy or thrown an error.

    ``open_page("/kinds", width=390, height=844, dark=True)``; ``phone=True`` touches instead of pointing.
    """
    opened: list[tuple[BrowserContext, Watched]] = []

    def open_page(
        path: str = "/", *, width: int = 1280, height: int = 800, dark: bool = False, phone: bool = False
    ) -> Page:
        context = browser.new_context(
            base_url=process.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = context.new_page()
        opened.append((context, Watched(page)))
        page.goto(path)
        return page

    yield open_page
    for context, watched in opened:
        complaints = watched.complaints()
        context.close()
        assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page("/")
