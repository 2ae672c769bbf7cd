"""Where mongod comes from: the setting, then PATH, then the wheel that is among our dependencies."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.embedded.errors import MongodNotFound

__all__ = ["MINIMUM_VERSION", "find_mongod", "parse_version", "version_text"]

MINIMUM_VERSION: Final = (6, 0)
"""Change streams with pre-images came with 6.0, clustered collections with 5.3."""

_IN_WHEEL: Final = Path("fiftyone", "db", "bin", "mongod")
_VERSION_TIMEOUT_SECONDS: Final = 20

_logger = logging.getLogger(__name__)


def find_mongod(configured: Path | None = None) -> Path:
    """Return a mongod that runs on this machine and is new enough.

    Args:
        configured: The one to use, whatever else there is (``KINDGRAPH_MONGOD``).

    Raises:
        MongodNotFound: The configured one cannot be used, or there is none.
    """
    if configured is not None:
        _require_usable(configured)
        return configured
    reasons: list[str] = []
    for candidate in _candidates():
        try:
            _require_usable(candidate)
        except MongodNotFound as error:
            reasons.append(str(error))
            continue
        for reason in reasons:
            _logger.warning("passing over a mongod: %s", reason)
        return candidate
    found = "; ".join(reasons) if reasons else "there is none on PATH and none among the installed packages"
    raise MongodNotFound(
        f"no usable mongod: {found}. Install MongoDB {version_text(MINIMUM_VERSION)} or later and name its mongod in "
        "KINDGRAPH_MONGOD, or give a replica set with --mongo-uri"
    )


def parse_version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version such as ``6.0.5-rc1``: ``(6, 0, 5)``; empty where there are none."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in match.groups(default="0")) if match else ()


def version_text(version: tuple[int, ...]) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("mongod")
    if on_path is not None:
        yield Path(on_path)
    for entry in sys.path:
        candidate = Path(entry) / _IN_WHEEL
        if candidate.is_file():
            yield candidate


def _require_usable(binary: Path) -> None:
    try:
        answer = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MongodNotFound(f"{binary} does not run: {error}") from error
    if answer.returncode != 0:
        # The loader's complaint names the shared library that is missing, such as libcurl.so.4.
        raise MongodNotFound(f"{binary} does not run: {(answer.stderr or answer.stdout).strip()}")
    version = parse_version(answer.stdout)
    if version < MINIMUM_VERSION:
        raise MongodNotFound(
            f"{binary} is MongoDB {version_text(version) or 'of an unknown version'}; "
            f"{version_text(MINIMUM_VERSION)} or later is needed"
        )
