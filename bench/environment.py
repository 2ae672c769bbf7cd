"""Where and with what a run was made: a figure without its machine says little."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pymongo import MongoClient

__all__ = ["Environment", "read_environment"]

_PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools", "pymongo", "orjson")
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Environment:
    """One machine and what runs on it.

    Attributes:
        processor: As the kernel names it.
        cores: How many of them this process may use.
        memory_gib: Of the machine.
        system: Kernel and its release.
        versions: By package, with ``python`` and ``mongod``.
        commit: The revision that was measured; ``+`` behind it where files were changed since.
        load_before: One-minute load average before the run; far above 0 the machine was shared.
    """

    processor: str
    cores: int
    memory_gib: float
    system: str
    versions: dict[str, str]
    commit: str
    load_before: float


def read_environment(mongo_uri: str) -> Environment:
    """Return where we are."""
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        mongod: str = client.server_info()["version"]
    versions = {"python": platform.python_version(), "mongod": mongod}
    return Environment(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=f"{platform.system()} {platform.release()}",
        versions=versions | {package: version(package) for package in _PACKAGES},
        commit=_commit(),
        load_before=os.getloadavg()[0],
    )


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed
