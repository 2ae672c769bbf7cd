"""Controllers as programs: the command line, signals, health and metrics."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from app.cli.main import COMMAND_GROUP, COMMANDS, main
from controllers.cli import main as own_main
from controllers.loading import NotLoaded, load_controllers

if TYPE_CHECKING:
    from controllers.resources import Resources

PROGRAM = """
import asyncio
from controllers import Controller

controller = Controller("Widget", workers=2)
others = [Controller("Gadget"), controller]

@controller.reconcile
async def reconcile(resource, ctx):
    ctx.log.info("begun")
    await asyncio.sleep(0.3)
    ctx.status(seen=resource.spec["size"])
    ctx.log.info("ended")
"""


class Program:
    """A controller in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def says(self, pattern: str) -> re.Match[str]:
        assert self.process.stderr is not None
        async with asyncio.timeout(60):
            while line := (await self.process.stderr.readline()).decode():
                self.lines.append(line)
                if found := re.search(pattern, line):
                    return found
        raise AssertionError(f"no {pattern} in {''.join(self.lines)}")


@pytest.fixture
async def program(kindgraph_server: str, tmp_path: Path) -> AsyncIterator[Program]:
    (tmp_path / "widgets.py").write_text(PROGRAM)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controllers", "run", "widgets:controller",
        "--server", kindgraph_server, "--listen", "127.0.0.1:0", "--log-format", "json",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
    )  # fmt: skip
    yield Program(process)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_a_program_works_shows_how_it_is_and_finishes_what_has_begun(
    program: Program, resources: Resources
) -> None:
    base = (await program.says(r"health and metrics on (http://127.0.0.1:\d+)"))[1]
    await program.says("widget works")
    written = await resources.apply("Widget", {"metadata": {"name": "a"}, "spec": {"size": 3}})
    line = json.loads((await program.says("begun")).string)
    assert (line["controller"], line["kind"], line["key"]) == ("widget", "Widget", "default/a")
    async with httpx.AsyncClient(base_url=base) as http:
        assert (await http.get("/healthz")).json()["widget"]["leader"] is True
        assert (await http.get("/readyz")).status_code == 200
        assert (await http.get("/nowhere")).status_code == 404
        assert (await http.post("/metrics")).status_code == 405
        metrics = (await http.get("/metrics")).text
    assert 'kindgraph_controller_leader{controller="widget"} 1.0' in metrics
    assert 'kindgraph_controller_running{controller="widget"} 1.0' in metrics
    program.process.send_signal(signal.SIGTERM)
    await program.says("ended")
    assert await program.process.wait() == 0
    found = await resources.find("Widget", written.resource.key)
    assert found is not None
    assert found.status["seen"] == 3
    lease = (await resources.list("Lease"))[0]
    assert lease.spec["holderIdentity"] == ""


async def test_models_are_written_for_any_word_that_means_a_kind(
    kindgraph_server: str, resources: Resources, tmp_path: Path
) -> None:
    definition = {"kind": "Box", "group": "a.example.org", "schema": {"properties": {"if": {"type": "string"}}}}
    await resources.create("ResourceDefinition", {"spec": definition})
    for word in ("boxes", "Box", "box", "boxes.a.example.org", "AExampleOrg_Box"):
        target = tmp_path / "models.py"
        assert await asyncio.to_thread(own_main, ["models", word, "--server", kindgraph_server, "-o", str(target)]) == 0
        assert "class AExampleOrgBoxSpec(_Model)" in target.read_text()


async def test_a_word_that_means_no_kind_or_several_is_refused(
    kindgraph_server: str, resources: Resources, capsys: pytest.CaptureFixture[str]
) -> None:
    for group in ("a.example.org", "b.example.org"):
        await resources.create("ResourceDefinition", {"spec": {"kind": "Box", "group": group}})
    for word, message in (("nothing", "has no kind 'nothing'"), ("box", "AExampleOrg_Box, BExampleOrg_Box")):
        assert await asyncio.to_thread(own_main, ["models", word, "--server", kindgraph_server]) == 1
        assert message in capsys.readouterr().err


def test_controllers_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "widgets_found.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (named,) = load_controllers(["widgets_found:controller"])
    assert load_controllers(["widgets_found"]) == [named]
    assert [one.kind for one in load_controllers(["widgets_found:others", "widgets_found:controller"])] == [
        "Gadget",
        "Widget",
    ]
    for wrong in ("widgets_found:reconcile", "widgets_found:nothing", "no_such_module:x", "widgets_found.deeper:x"):
        with pytest.raises(NotLoaded):
            load_controllers([wrong])


def test_the_command_line_has_the_commands_that_packages_bring(capsys: pytest.CaptureFixture[str]) -> None:
    brought = {one.name for one in importlib.metadata.entry_points(group=COMMAND_GROUP)}
    assert {"controller", "models"} <= brought
    assert brought.isdisjoint(COMMANDS)
    with pytest.raises(SystemExit):
        main(["controller", "run", "--help"])
    assert "MODULE:OBJECT" in capsys.readouterr().out
    assert main(["controller", "run", "no_such_module:controller"]) == 2


def test_the_package_needs_nothing_of_the_server() -> None:
    code = (
        "import sys, controllers, controllers.cli, controllers.testing, controllers.models\n"
        "import controllers.external_services\n"
        "server = {'app', 'schema_builder', 'beanie', 'pymongo', 'strawberry', 'graphql', 'starlette', 'uvicorn'}\n"
        "server |= {'asyncpg', 'redis'}  # an addon's, imported when they are needed\n"
        "print(sorted(server & {name.partition('.')[0] for name in sys.modules}))"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


def test_the_package_can_be_installed_without_the_server() -> None:
    """Its own metadata names all of its packages, and asks for nothing that the server's does not pin the same."""
    root = Path(__file__).parents[2]
    own = tomllib.loads((root / "controllers" / "pyproject.toml").read_text())
    whole = tomllib.loads((root / "pyproject.toml").read_text())
    packages = {".".join(found.parent.relative_to(root).parts) for found in (root / "controllers").rglob("__init__.py")}
    assert packages == set(own["tool"]["setuptools"]["packages"])
    assert set(own["project"]["dependencies"]) <= set(whole["project"]["dependencies"])
    assert own["project"]["version"] == whole["project"]["version"]
    imported = {
        name.partition(".")[0]
        for source in (root / "controllers").rglob("*.py")
        for name in re.findall(r"^(?:from|import) ([\w.]+)", source.read_text(), re.MULTILINE)
    }
    others = imported - sys.stdlib_module_names - {"controllers", "__future__"}
    extra = own["project"]["optional-dependencies"]["external-services"]
    assert extra == whole["project"]["optional-dependencies"]["external-services"]
    brought = {name.rpartition("/")[2].partition("~")[0].partition(">")[0] for name in extra}
    expected = {"httpx2", "jsonschema", "orjson", "prometheus_client", "pydantic", "pytest", "pytest_asyncio", "yaml"}
    assert others - brought == expected
