"""The controller that README shows."""

from __future__ import annotations

import asyncio
import importlib.util
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from controllers.testing import ControllerKit

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "reachability.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("reachability", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_readme_shows_the_controller_that_is_among_the_examples() -> None:
    source = EXAMPLE.read_text()
    assert len(source.splitlines()) <= 40
    assert textwrap.indent(source, "    ", lambda line: bool(line.strip())) in (ROOT / "README.md").read_text()


async def test_it_says_whether_something_answers(run_controllers: Callable[..., Awaitable[ControllerKit]]) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    controller = load().controller
    kit = await run_controllers(controller)
    definition = yaml.safe_load((ROOT / "examples" / "external-services" / "definition.yaml").read_text())
    await kit.define(definition["spec"])
    await kit.apply("ExternalService", "db", spec={"host": "127.0.0.1", "port": port})
    await kit.settled()
    found = await kit.get("ExternalService", "db")
    assert found is not None
    assert found.status["reachable"] is True
    server.close()
    await server.wait_closed()
    await kit.advance(30)
    found = await kit.get("ExternalService", "db")
    assert found is not None
    assert found.status["reachable"] is False
    assert found.status["message"]
    assert sorted(event.spec["reason"] for event in await kit.resources.list("Event")) == ["Reachable", "Unreachable"]
