"""Where the corpus is: data of third parties, tried and never part of the product."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DEFAULT_CORPUS = Path("~/.cache/kindgraph-corpus")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the corpus' folder; without it nothing here can be said, so that it fails."""
    folder = Path(os.environ.get("KINDGRAPH_CORPUS") or DEFAULT_CORPUS).expanduser()
    if not folder.is_dir():
        pytest.fail(
            f"There is no corpus at {folder}; unpack it, and let KINDGRAPH_CORPUS name its folder.", pytrace=False
        )
    return folder


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
        terminalreporter.write("\n".join(sorted(lines)) + "\n")
