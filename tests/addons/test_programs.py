"""The manager and the commands as programs; guards; containers."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from controllers.addons.cli import register_addon, register_addons
from controllers.resource import Key
from tests.addons.conftest import Managing, write_script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from controllers.resources import Resources

STARTS_ANOTHER = """
import subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("other", other.pid, flush=True)
time.sleep(600)
"""
COMMAND = """
import argparse, sys
from controllers.addons.cli import register_addon, register_addons
parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
register_addon(commands)
register_addons(commands)
arguments = parser.parse_args(sys.argv[1:])
sys.exit(arguments.run(arguments))
"""
ENGINE = """#!{python}
import json, os, sys, time
with open({record!r}, "a") as stream:
    print(json.dumps({{"argv": sys.argv[1:], "style": os.environ.get("STYLE"), "pid": os.getpid()}}), file=stream)
if sys.argv[1] == "run":
    print("the container runs", flush=True)
    time.sleep(600)
"""


def command(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    register_addon(commands)
    register_addons(commands)
    parsed = parser.parse_args(arguments)
    code: int = parsed.run(parsed)
    return code


async def until_gone(*pids: int) -> None:
    async with asyncio.timeout(20):
        for pid in pids:
            while True:
                try:
                    os.kill(pid, 0)
                except ProcessLookupError:
                    break
                if _is_zombie(pid):
                    break
                await asyncio.sleep(0.02)


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


async def test_nothing_outlives_a_manager_that_is_killed(
    kindgraph_server: str, resources: Resources, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    package = write_script(packages / "greeter", STARTS_ANOTHER)
    manager = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMAND, "addons", "run", "--allow", str(packages)),
        *("--state-dir", str(tmp_path / "state"), "--server", kindgraph_server),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.DEVNULL,
    )
    try:
        managing = Managing(resources, packages)
        await managing.install(package)
        addon = await managing.until(lambda one: one.status.get("phase") == "Healthy")
        (pid,) = addon.status["controllers"][0]["pids"]
        log = tmp_path / "state" / "logs" / "greeter" / "main-0.log"
        async with asyncio.timeout(20):
            while not log.exists() or "other" not in log.read_text():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        other = int(log.read_text().split()[-1])
        manager.send_signal(signal.SIGKILL)
        await manager.wait()
        await until_gone(pid, other)
    finally:
        if manager.returncode is None:
            manager.kill()
            await manager.wait()


async def test_an_addon_is_made_packed_found_installed_told_and_removed(
    kindgraph_server: str, resources: Resources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, market = str(tmp_path / "greeter"), str(tmp_path / "market")

    async def run(*arguments: str) -> str:
        assert await asyncio.to_thread(command, "addon", *arguments) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    await run("init", source)
    assert "kind Greeting" in await run("validate", source)
    assert "sha256:" in await run("package", source, "-o", market, "--index")
    assert "greeter  0.1.0" in await run("list", "--marketplace", market)
    dry = json.loads(await run("install", "greeter", "--marketplace", market, "--dry-run"))
    assert dry["spec"]["definitions"][0]["kind"] == "Greeting"
    server = ("--server", kindgraph_server)
    installed = await run("install", "greeter@0.1.0", "--marketplace", market, *server)
    assert "Addon/greeter created" in installed
    assert "needs get, list, watch, updateStatus of Greeting" in installed
    assert "Addon/greeter unchanged" in await run("install", source, *server)
    key = Key(None, "greeter")
    told = {"controllers": [{"name": "greeter", "logs": ["it said this"]}], "phase": "Degraded", "message": "amiss"}
    await resources.update_status("Addon", key, told)
    assert "Degraded" in await run("list", *server)
    assert await run("logs", "greeter", "--state-dir", str(tmp_path / "none"), *server) == "greeter: it said this\n"
    assert "Addon/greeter removed" in await run("remove", "greeter", "--resources", "delete", *server)
    assert await asyncio.to_thread(command, "addon", "remove", "greeter", *server) == 1
    assert "no addon greeter" in capsys.readouterr().err


def test_what_is_wrong_is_an_error_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("addon", "validate", str(tmp_path)) == 1
    assert "it has no addon.yaml" in capsys.readouterr().err
    assert command("addon", "install", "nothing") == 1
    assert "--marketplace" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command("addons", "run", "--allow", str(tmp_path / "nowhere"))


async def test_an_image_is_run_by_the_engine_and_removed_afterwards(
    start_manager: Callable[..., Awaitable[Managing]], tmp_path: Path
) -> None:
    """The engine is a stand-in that records what it is told: the command line is proven, not the container."""
    record, engine = tmp_path / "record", tmp_path / "podman"
    engine.write_text(ENGINE.format(python=sys.executable, record=str(record)))
    engine.chmod(0o755)
    managing = await start_manager(container_engine=str(engine))
    image = f"example.org/greeter@sha256:{'0' * 64}"
    environment = [{"name": "STYLE", "value": "bold"}]
    package = write_script(managing.packages / "greeter", "", command=["serve"], image=image, environment=environment)
    await managing.install(package)
    await managing.until(lambda one: one.status.get("phase") == "Healthy")
    await managing.resources.delete("Addon", Key(None, "greeter"))
    await managing.gone()
    told: list[dict[str, Any]] = [json.loads(line) for line in record.read_text().splitlines()]
    before, run, after = told
    assert run["argv"][0] == "run"
    assert run["argv"][-2:] == [image, "serve"]
    assert "--env=STYLE" in run["argv"]
    assert run["style"] == "bold"
    assert not any("bold" in word for word in run["argv"])
    assert before["argv"] == after["argv"]
    assert before["argv"][:2] == ["rm", "--force"]
    await until_gone(run["pid"])


async def test_a_resource_alone_starts_nothing(managing: Managing, tmp_path: Path) -> None:
    evil = {"name": "main", "command": ["/bin/sh", "-c", f"touch {tmp_path}/evil"]}
    spec: dict[str, Any] = {"version": "1.0.0", "controllers": [evil]}
    await managing.resources.create("Addon", {"metadata": {"name": "without"}, "spec": spec})
    addon = await managing.until(lambda one: one.status.get("phase") is not None, "without")
    assert addon.status["controllers"] == []
    elsewhere = write_script(tmp_path / "elsewhere", f"open({str(tmp_path / 'evil')!r}, 'w')")
    await managing.install(elsewhere)
    addon = await managing.until(lambda one: one.condition("Installed") is not None)
    installed = addon.condition("Installed")
    assert installed is not None
    assert (installed["status"], installed["reason"]) == ("False", "PackageNotAllowed")
    assert addon.status["phase"] == "Refused"
    assert not (tmp_path / "evil").exists()
