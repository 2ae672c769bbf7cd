"""What the tests over the corpus share: where it is, one server with every CRD of it, and places to tell figures."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from tests.corpus.corpus import corpus_folder, crds
from tests.support.serving import GraphqlClient, ServerProcess

T = TypeVar("T")
R = TypeVar("R")

Tell = Callable[[str], None]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the corpus' folder; without it nothing here can be said, so that it fails."""
    return corpus_folder()


REPORT = pytest.StashKey[list[str]]()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """Return lines that are printed when all is done: what was tried, and how often."""
    return request.config.stash.setdefault(REPORT, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have told."""
    lines = terminalreporter.config.stash.get(REPORT, [])
    if lines:
        terminalreporter.section("corpus")
        terminalreporter.write("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Tell:
    """Print a line at once, past pytest's capturing, and again when all is done."""
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        request.config.stash.setdefault(REPORT, []).append(line)
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"  {line}")

    return say


@dataclass(frozen=True)
class Installed:
    """A server that ``kindgraph apply`` was run against, and what it said."""

    url: str
    code: int
    lines: list[str]
    errors: list[str]
    seconds: float

    def client(self) -> GraphqlClient:
        client = GraphqlClient(self.url)
        client.client.timeout = 120
        return client


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, tell: Tell) -> Iterator[Installed]:
    """A server process with every CRD of the corpus on it, put there by one ``kindgraph apply -f FOLDER``."""
    folder = corpus_folder() / "crds"
    if "KINDGRAPH_CORPUS_PART" in os.environ:
        folder = tmp_path_factory.mktemp("part")
        for crd in crds():
            (folder / crd.file.replace("/", "-")).symlink_to(corpus_folder() / crd.file)
    environment = {
        "KINDGRAPH_PORT": "0",
        "KINDGRAPH_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "KINDGRAPH_MONGOD_CACHE_GIB": "0.5",
    }
    process = ServerProcess((), environment=environment)
    try:
        url = process.url
        tell(f"applying {folder}")
        started = time.monotonic()
        command = [sys.executable, "-m", "app.cli.main", "apply", "--server", url, "-f", str(folder)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
        yield Installed(url, ran.returncode, ran.stdout.splitlines(), ran.stderr.splitlines(), seconds)
    finally:
        process.stop()


async def gather(work: Callable[[T], Awaitable[R]], items: Iterable[T], *, at_once: int = 8) -> list[R]:
    """Do some work for each item, several at once; return the results in order."""
    slots = asyncio.Semaphore(at_once)

    async def one(item: T) -> R:
        async with slots:
            return await work(item)

    return await asyncio.gather(*map(one, items))
